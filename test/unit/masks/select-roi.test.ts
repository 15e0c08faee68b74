import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { failedRoiExamples } from '../../../src/masks/roi-examples.ts';
import { roiRulesSchema } from '../../../src/masks/roi-rules.ts';
import { foldedRegionName, selectRegion } from '../../../src/masks/select-roi.ts';

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

  it('GTV-1, gtv 1 and GTV_1 are one lesion over time', () => {
    expect(new Set(['GTV-1', 'gtv 1', 'GTV_1'].map(foldedRegionName)).size).toBe(1);
  });
});
