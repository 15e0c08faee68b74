/** The curve of sensitivity against 1 - specificity, and its cut-off. Label 1 is the class of high scores. */
import type { RocPoint } from '../evaluate/evaluation.ts';

/** Rows at or above a threshold, by class. */
type Count = Readonly<{ threshold: number; tp: number; fp: number }>;

const sizesOf = (labels: Uint8Array): Readonly<{ positives: number; negatives: number }> => {
  const positives = labels.reduce((sum, label) => sum + label, 0);
  return { positives, negatives: labels.length - positives };
};

/** One for each distinct score, from the highest to the lowest. */
function countsOf(labels: Uint8Array, scores: Float64Array): Count[] {
  const order = [...scores.keys()].sort((one, other) => scores[other]! - scores[one]!);
  const counts: Count[] = [];
  let [tp, fp] = [0, 0];
  order.forEach((row, at) => {
    if (labels[row] === 1) tp++;
    else fp++;
    const next = order[at + 1];
    if (next === undefined || scores[next] !== scores[row]) counts.push({ threshold: scores[row]!, tp, fp });
  });
  return counts;
}

const pointsOf = (labels: Uint8Array, counts: readonly Count[]): RocPoint[] => {
  const { positives, negatives } = sizesOf(labels);
  const points = counts.map(({ threshold, tp, fp }) => ({
    threshold,
    fpr: fp / negatives,
    tpr: tp / positives,
  }));
  return [{ threshold: null, fpr: 0, tpr: 0 }, ...points];
};

/** (0, 0), and a point for each distinct score. */
export const rocCurve = (labels: Uint8Array, scores: Float64Array): RocPoint[] =>
  pointsOf(labels, countsOf(labels, scores));

/** The same line with fewer points: those inside a run of equal steps are left out (scikit-learn's `drop_intermediate`). */
export function rocCorners(labels: Uint8Array, scores: Float64Array): RocPoint[] {
  const counts = countsOf(labels, scores);
  const isCorner = ({ tp, fp }: Count, at: number): boolean => {
    const [before, after] = [counts[at - 1], counts[at + 1]];
    if (before === undefined || after === undefined) return true;
    return after.tp - tp !== tp - before.tp || after.fp - fp !== fp - before.fp;
  };
  return pointsOf(labels, counts.filter(isCorner));
}

/**
 * The cut-off with the largest sensitivity + specificity - 1, and how many cut-offs reach it. Of several the highest counts. Compared by
 * the integers tp negatives - fp positives: differences of rounded rates would break exact ties. Both classes must be there.
 */
export function youdenCutOff(
  labels: Uint8Array,
  scores: Float64Array,
): Readonly<{ cutOff: number; tied: number }> {
  const { positives, negatives } = sizesOf(labels);
  const counts = countsOf(labels, scores);
  const gains = counts.map(({ tp, fp }) => tp * negatives - fp * positives);
  const largest = gains.reduce((one, other) => Math.max(one, other));
  return {
    cutOff: counts[gains.indexOf(largest)]!.threshold,
    tied: gains.filter((gain) => gain === largest).length,
  };
}
