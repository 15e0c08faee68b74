import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { probabilitiesOf } from '../../../../src/lab/evaluate/probabilities.ts';
import { finalModel } from '../../../../src/lab/learn/final-model.ts';
import { fitZScore, toZScores } from '../../../../src/lab/learn/z-score.ts';
import { FEATURE, MODEL, madeTable } from './made-cohort.ts';

describe('probabilities of a model', () => {
  it('equal those of its fit to the last bit, so that the row which set the cut-off stays on its side', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 24, maxLength: 24 }),
        (noise) => {
          const table = madeTable({ value: (i, late) => noise[2 * i + late]! + 10 * late });
          const all = { values: table.values, rows: table.rows.length };
          const columns = Int32Array.of(0, 1);
          const rows = Int32Array.from(table.rows, (_, i) => i);
          const zScore = fitZScore(all, columns, rows);
          fc.pre(!zScore.sd.includes(0));
          const labels = Uint8Array.from(table.rows, ({ label }) => label ?? 0);
          const fit = finalModel('LR_L2', toZScores(all, columns, rows, zScore), labels);
          const features = [FEATURE, 'original_shape_MeshVolume'].map((name, j) => ({
            name,
            mean: zScore.mean[j]!,
            sd: zScore.sd[j]!,
            coefficient: fit.coefficients[j]!,
          }));
          const scored = probabilitiesOf({ ...MODEL, features, intercept: fit.intercept }, table);
          expect([...scored]).toEqual([...fit.probabilities]);
        },
      ),
    );
  });
});
