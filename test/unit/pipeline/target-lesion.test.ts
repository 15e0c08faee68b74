import { describe, expect, it } from 'vitest';
import type { Code } from '../../../src/dicom/header.ts';
import { chooseTarget, type MeasuredLesion } from '../../../src/pipeline/target-lesion.ts';
import { timePoint } from '../../support/report-parts.ts';
import { makeMask, makeRegion, makeSeries } from '../matching/make-study.ts';

const PRIMARY: Code = {
  CodeValue: '86049000',
  CodingSchemeDesignator: 'SCT',
  CodeMeaning: 'Neoplasm, Primary',
};

function lesion(
  trackingUid: string,
  inPlaneMm: number,
  volumeMm3 = 1000,
  typeCodes: Code[] = [],
): MeasuredLesion {
  const values = { volumeMm3, diameterMm: inPlaneMm, inPlaneMm, feature: 1 };
  const candidate = (codes: Code[]) => ({
    mask: makeMask(),
    region: makeRegion({ typeCodes: codes }),
    series: makeSeries('1.2.3.4'),
  });
  return {
    pair: {
      baseline: candidate([]),
      followUp: candidate(typeCodes),
      by: 'trackingUid',
      trackingId: trackingUid,
      trackingUid,
    },
    baseline: timePoint('baseline', 'SEG', {}, values).measurement,
    followUp: timePoint('follow-up', 'SEG', {}, values).measurement,
  };
}

const uids = (lesions: readonly MeasuredLesion[]) => lesions.map(({ pair }) => pair.trackingUid);

describe('the lesion that the model speaks of', () => {
  it('is the only one', () => {
    const { target, others, choice } = chooseTarget([lesion('1.1', 10)]);
    expect([target.pair.trackingUid, others, choice]).toEqual(['1.1', [], { rule: 'only', of: 1 }]);
  });

  it('is the longest at baseline, whatever the order; the others follow by size', () => {
    const lesions = [lesion('1.1', 10), lesion('1.2', 30), lesion('1.3', 20)];
    for (const order of [lesions, lesions.toReversed()]) {
      const { target, others, choice } = chooseTarget(order);
      expect([target.pair.trackingUid, uids(others)]).toEqual(['1.2', ['1.3', '1.1']]);
      expect(choice).toEqual({ rule: 'largest', of: 3 });
    }
  });

  it('of equally long ones the larger volume, then the smaller tracking UID', () => {
    expect(chooseTarget([lesion('1.1', 10, 500), lesion('1.2', 10, 600)]).target.pair.trackingUid).toBe(
      '1.2',
    );
    expect(chooseTarget([lesion('1.2', 10), lesion('1.1', 10)]).target.pair.trackingUid).toBe('1.1');
  });

  it('is the only one coded as primary neoplasm, also when it is smaller; two such codes decide nothing', () => {
    const small = lesion('1.1', 10, 1000, [PRIMARY]);
    expect(chooseTarget([small, lesion('1.2', 30)])).toMatchObject({
      target: { pair: { trackingUid: '1.1' } },
      choice: { rule: 'primary', of: 2 },
    });
    expect(chooseTarget([small, lesion('1.2', 30, 1000, [PRIMARY])])).toMatchObject({
      target: { pair: { trackingUid: '1.2' } },
      choice: { rule: 'largest', of: 2 },
    });
  });
});
