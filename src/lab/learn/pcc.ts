import type { Columns } from './z-score.ts';

/** What was decided about a column that correlates with one kept before it. */
export type PruningEvent = Readonly<{
  candidate: number;
  kept: number;
  /** Pearson's r of the two, and the absolute r of each with the label */
  r: number;
  absoluteLabelRKept: number;
  absoluteLabelRCandidate: number;
  action: 'replace' | 'dropCandidate';
}>;

/**
 * Columns of z-scores that survive pruning by Pearson's |r| strictly above `threshold`, ascending. From left to right, each is compared
 * with those kept, in the order of their slots; the first hit decides: the one whose |r| with the label is larger has the slot, at a tie
 * the older. A column that takes a slot is not compared again, so survivors may still correlate. It uses the labels: inside folds only.
 */
export function prunedByCorrelation(
  { values, rows }: Columns,
  labels: Uint8Array,
  threshold: number,
): Readonly<{ survivors: Int32Array; events: readonly PruningEvent[] }> {
  const kept: number[] = [];
  const events: PruningEvent[] = [];
  const withLabel = labelCorrelations({ values, rows }, labels).map(Math.abs);
  for (let candidate = 0; candidate < withLabel.length; candidate++) {
    let r = 0;
    const slot = kept.findIndex((each) => {
      r = correlation(values, rows, each, candidate);
      return Math.abs(r) > threshold;
    });
    if (slot < 0) {
      kept.push(candidate);
      continue;
    }
    const before = kept[slot]!;
    const isReplaced = withLabel[before]! < withLabel[candidate]!;
    if (isReplaced) kept[slot] = candidate;
    events.push({
      candidate,
      kept: before,
      r,
      absoluteLabelRKept: withLabel[before]!,
      absoluteLabelRCandidate: withLabel[candidate]!,
      action: isReplaced ? 'replace' : 'dropCandidate',
    });
  }
  return { survivors: Int32Array.from(kept).sort(), events };
}

/** Of z-scores r is the mean product; rounding never takes it out of -1 to 1, where a threshold of 1 prunes nothing. */
function correlation(values: Float64Array, rows: number, one: number, other: number): number {
  const [a, b] = [one * rows, other * rows];
  let sum = 0;
  for (let i = 0; i < rows; i++) sum += values[a + i]! * values[b + i]!;
  return Math.max(-1, Math.min(1, sum / rows));
}

/** Pearson's r of each column of z-scores with the label. */
export function labelCorrelations({ values, rows }: Columns, labels: Uint8Array): Float64Array {
  const events = labels.reduce((sum, label) => sum + label, 0);
  const share = events / rows;
  const sd = Math.sqrt(share * (1 - share));
  const all = new Float64Array(values.length / rows);
  for (let j = 0; j < all.length; j++) {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += values[j * rows + i]! * (labels[i]! - share);
    all[j] = sum / (rows * sd);
  }
  return all;
}
