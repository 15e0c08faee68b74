import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { failedRoiExamples } from '../../../src/masks/roi-examples.ts';
import { roiRulesSchema } from '../../../src/masks/roi-rules.ts';
import { selectRegion, tumourRegions } from '../../../src/masks/select-roi.ts';

const rules = roiRulesSchema.parse(parse(readFileSync('rules/roi.yaml', 'utf8')));
const region = (number: number, name: string) => ({ number, name, typeCodes: [], contourOrFrameCount: 1 });

describe('rules/roi.yaml', () => {
  it('does what its examples promise', () => {
    expect(rules.examples.length).toBeGreaterThan(5);
    expect(failedRoiExamples(rules)).toEqual([]);
  });

  it('an example that is wrong is reported', () => {
    const wrong = { ...rules, examples: rules.examples.map((example) => ({ ...example, chosen: 99 })) };
    expect(failedRoiExamples(wrong)).toHaveLength(rules.examples.length);
  });

  it('its schema for editors is the one that is checked', () => {
    const schema = z.toJSONSchema(roiRulesSchema, { io: 'input' });
    expect(JSON.parse(readFileSync('rules/schema-roi.json', 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(schema)),
    );
  });

  it('a misspelt key and a broken pattern are refused', () => {
    expect(roiRulesSchema.safeParse({ ...rules, inclde: [] }).success).toBe(false);
    expect(roiRulesSchema.safeParse({ ...rules, include: ['('] }).success).toBe(false);
  });

  it('names what is left when several qualify', () => {
    const selection = selectRegion([region(1, 'GTV a'), region(2, 'GTV b'), region(3, 'Heart')], rules);
    expect(selection).toMatchObject({ kind: 'ambiguous', candidates: [{ number: 1 }, { number: 2 }] });
  });

  it('the reason of a choice is kept', () => {
    expect(selectRegion([region(1, 'Tumor')], rules)).toMatchObject({ kind: 'chosen', because: 'name' });
    expect(selectRegion([region(1, 'ROI')], { ...rules, acceptOnlyRegion: true })).toMatchObject({
      because: 'only region',
    });
    expect(selectRegion([region(1, 'PTV')], { ...rules, acceptOnlyRegion: true }).kind).toBe('none');
  });

  it('what is excluded by name or type is never chosen, whatever its code or type says', () => {
    const neoplasm = [{ CodeValue: '108369006', CodingSchemeDesignator: 'SCT' }];
    const margin = { ...region(1, 'PTV_GTV'), interpretedType: 'PTV', typeCodes: neoplasm };
    const node = { ...region(2, 'Lymph node 4R'), typeCodes: neoplasm };
    const typed = { ...region(3, 'Target'), interpretedType: 'CTV', typeCodes: neoplasm };
    const gtv = region(4, 'GTV');
    expect(selectRegion([margin, node, typed], rules).kind).toBe('none');
    expect(selectRegion([margin, node, typed, gtv], rules)).toMatchObject({ region: { number: 4 } });
    expect(tumourRegions([margin, node, typed, gtv], rules)).toEqual([gtv]);
    const renamed = { ...region(5, 'CTV'), interpretedType: 'GTV' };
    expect(selectRegion([renamed], rules).kind).toBe('none');
  });

  it('every tumour is known, also those that rank below the chosen one', () => {
    const regions = [
      { ...region(1, 'left upper lobe'), interpretedType: 'GTV' },
      region(2, 'Lesion 2'),
      region(3, 'Heart'),
      { ...region(4, 'Lesion 4'), contourOrFrameCount: 0 },
    ];
    expect(tumourRegions(regions, rules).map(({ number }) => number)).toEqual([1, 2]);
    expect(selectRegion(regions, rules)).toMatchObject({ region: { number: 1 } });
  });
});
