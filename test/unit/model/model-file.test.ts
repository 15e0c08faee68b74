import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/dicom/uid.ts';
import { parseModelFile } from '../../../src/model/model-file.ts';

const text = readFileSync('models/ear-delta-2023.json', 'utf8');
const broken = (change: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ ...(JSON.parse(text) as Record<string, unknown>), ...change });

describe('the model file ear-delta-2023', () => {
  it('holds the published numbers', () => {
    const { model, sha256 } = parseModelFile(text);
    expect(model).toMatchObject({
      id: 'ear-delta-2023',
      feature: 'log-sigma-3-0-mm-3D_glcm_DifferenceVariance',
      coefficient: 0.90483,
      intercept: 0.06478,
      cutOff: 0.4438,
      training: { n: 134, prevalence: 0.5 },
      recipe: 'ear-2023',
    });
    expect(sha256).toBe(digestOf(text));
  });

  it.each<[string, string, RegExp]>([
    ['text that is not JSON', '{', /not JSON/],
    ['an unknown key', broken({ cutoff: 0.5 }), /cutoff/],
    ['a missing coefficient', broken({ coefficient: undefined }), /coefficient/],
    ['a cut-off above 1', broken({ cutOff: 44.38 }), /cutOff/],
    ['no digest of its recipe', broken({ recipeDigest: undefined }), /recipeDigest/],
    ['another definition', broken({ definition: 'ratio' }), /definition/],
    ['no training rows', broken({ training: { n: 0, prevalence: 0.5, z: 'standardNormal' } }), /training\.n/],
  ])('%s is refused, and the place is named', (_, bad, place) => {
    expect(() => parseModelFile(bad)).toThrow(expect.objectContaining({ code: 'MODEL_INVALID' }));
    expect(() => parseModelFile(bad)).toThrow(place);
  });
});
