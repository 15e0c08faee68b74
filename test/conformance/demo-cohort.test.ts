import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DEMO_NORMALISATION, DEMO_PATIENT_COUNT, DEMO_SEED } from '../../src/demo/demo-patients.ts';
import { type PhantomTimePoint, phantomPatient } from '../../src/demo/phantom.ts';
import { type Corner, outlinesOnSlice } from '../../src/masks/outlines.ts';
import { meanAndSd } from '../../src/model/interval.ts';
import { parseModelFile } from '../../src/model/model-file.ts';
import { score } from '../../src/model/score.ts';
import { extractFeatures } from '../../src/radiomics/extract.ts';
import { EAR_2023 } from '../../src/radiomics/profile.ts';

const { model, sha256 } = parseModelFile(
  readFileSync(new URL('../../models/ear-delta-2023.json', import.meta.url), 'utf8'),
);

const measured = ({ volume, mask }: PhantomTimePoint): number =>
  extractFeatures(volume, mask, EAR_2023, [model.feature]).features[model.feature]!;

const patients = Array.from({ length: DEMO_PATIENT_COUNT }, (_, index) => phantomPatient(DEMO_SEED, index));
const scores = patients.map(({ baseline, followUp }) =>
  score({
    model,
    sha256,
    baselineValue: measured(baseline),
    followUpValue: measured(followUp),
    normalisation: { kind: 'supplied', ...DEMO_NORMALISATION },
  }),
);

test("the demonstration's normalisation is the mean and SD of its own patients' deltas", () => {
  const { mean, sd } = meanAndSd(scores.map(({ delta }) => delta!));
  expect(DEMO_NORMALISATION.mean).toBe(Math.round(mean * 100) / 100);
  expect(DEMO_NORMALISATION.sd).toBe(Math.round(sd * 100) / 100);
  expect(DEMO_NORMALISATION.n).toBe(DEMO_PATIENT_COUNT);
});

test('the demonstration shows every category that a radiologist will meet, each at least three times', () => {
  const count = (category: string) => scores.filter((result) => result.category === category).length;
  for (const category of ['positive', 'negative', 'indeterminate']) {
    expect(count(category), category).toBeGreaterThanOrEqual(3);
  }
  expect(count('positive') + count('negative') + count('indeterminate')).toBe(DEMO_PATIENT_COUNT);
});

test('no lesion of the demonstration needs a rule for holes: none of its outlines runs the other way round', () => {
  const area = (polygon: readonly Corner[]): number =>
    polygon.reduce((sum, [x2, y2], index) => {
      const [x1, y1] = polygon.at(index - 1)!;
      return sum + (x1 * y2 - x2 * y1) / 2;
    }, 0);
  for (const { mask } of patients.flatMap(({ baseline, followUp }) => [baseline, followUp])) {
    const areas = Array.from({ length: mask.size[2] }, (_, slice) =>
      outlinesOnSlice(mask, slice).map(area),
    ).flat();
    expect(Math.min(...areas)).toBeGreaterThan(0);
  }
});

test('no lesion of the demonstration grows so much that the model would be past its purpose', () => {
  for (const { baseline, followUp } of patients) {
    const diameter = ({ mask }: PhantomTimePoint): number =>
      Math.cbrt(mask.voxels.filter((voxel) => voxel === 1).length * mask.spacing.reduce((a, b) => a * b));
    expect(diameter(followUp) / diameter(baseline)).toBeLessThan(1.1);
  }
});
