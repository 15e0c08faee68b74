import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainRegions } from '../../../src/masks/explain-roi.ts';
import { selectRegion } from '../../../src/masks/select-roi.ts';
import { defaultConfig, loadRules } from '../../../src/startup/load.ts';
import { makeRegion } from '../matching/make-study.ts';

const rules = loadRules(defaultConfig()).roi.value;
const NEOPLASM = { CodeValue: '108369006', CodingSchemeDesignator: 'SCT', CodeMeaning: '' };
const region = fc.record({
  number: fc.integer({ min: 1, max: 9 }),
  name: fc.constantFrom('GTV-1', 'PTV', 'Lung L', 'nodule', 'GTV_n', ''),
  interpretedType: fc.constantFrom(undefined, 'GTV', 'CTV', 'ORGAN'),
  typeCodes: fc.constantFrom([], [NEOPLASM]),
  contourOrFrameCount: fc.constantFrom(0, 3),
});

describe('what the ROI rules say of every region', () => {
  it('agrees with the choice that they make, whatever the regions', () => {
    fc.assert(
      fc.property(fc.array(region, { maxLength: 5 }), fc.boolean(), (regions, acceptOnlyRegion) => {
        const asked = { ...rules, acceptOnlyRegion };
        const selection = selectRegion(regions, asked);
        const said = explainRegions(regions, asked);
        const regionsThatAre = (verdict: string) => regions.filter((_, at) => said[at]?.verdict === verdict);
        expect(regionsThatAre('taken')).toEqual(selection.kind === 'chosen' ? [selection.region] : []);
        expect(regionsThatAre('candidate')).toEqual(
          selection.kind === 'ambiguous' ? selection.candidates : [],
        );
      }),
      { seed: 20_230, numRuns: 300 },
    );
  });

  it('says why each region was not taken', () => {
    const regions = [
      makeRegion({ number: 1, name: 'GTV-1' }),
      makeRegion({ number: 2, name: 'seg', typeCodes: [NEOPLASM] }),
      makeRegion({ number: 3, name: 'PTV' }),
      makeRegion({ number: 4, name: 'GTV', interpretedType: 'CTV' }),
      makeRegion({ number: 5, name: 'Lung' }),
      makeRegion({ number: 6, name: 'lesion', contourOrFrameCount: 0 }),
    ];
    expect(explainRegions(regions, rules).map(({ verdict, because }) => [verdict, because])).toEqual([
      ['rankedLower', 'Its name means a tumour; others say it more strongly.'],
      ['taken', 'Its code means a tumour.'],
      ['rejected', 'Its name is excluded by PTV|CTV.'],
      ['rejected', 'Its interpreted type is excluded.'],
      ['rejected', 'Neither code, interpreted type nor name means a tumour.'],
      ['rejected', 'Nothing is drawn in this region.'],
    ]);
  });
});
