import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Columns, fitZScore, toZScores } from '../../src/lab/learn/z-score.ts';
import { readFeatureTable } from '../../src/lab/table/read-feature-table.ts';

/** The reference's training or test set: table, labels, and all rows and columns by number. */
export function modelLabSet(reference: string, set: 'train' | 'test') {
  const table = readFeatureTable(readFileSync(join(reference, 'model-lab', `${set}.csv`), 'utf8'));
  const n = table.rows.length;
  return {
    table,
    values: { values: table.values, rows: n } satisfies Columns,
    labels: Uint8Array.from(table.rows, ({ label }) => label!),
    rows: Int32Array.from({ length: n }, (_, i) => i),
    columns: Int32Array.from(table.features, (_, j) => j),
  };
}

/** z-scores of some columns of a set, fitted to the set itself. */
export function zScoresOf({ values, rows }: ReturnType<typeof modelLabSet>, columns: Int32Array): Columns {
  return toZScores(values, columns, rows, fitZScore(values, columns, rows));
}

/** Largest difference of two lists of numbers of one length. */
export function furthest(ours: ArrayLike<number>, theirs: readonly number[]): number {
  if (ours.length !== theirs.length) throw new Error(`${ours.length} numbers for ${theirs.length}`);
  return theirs.reduce((most, each, i) => Math.max(most, Math.abs(each - ours[i]!)), 0);
}
