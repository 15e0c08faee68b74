import { midRanks } from './mid-ranks.ts';

/**
 * Area under the ROC curve (ties count one half) and its variance, of independent rows. Label 1 is the class of high scores.
 * A class without rows gives NaN; one with a single row a variance of NaN. O(n log n).
 * @see DeLong, DeLong, Clarke-Pearson 1988; by mid-ranks: Sun and Xu 2014
 */
export function delong(
  labels: Uint8Array,
  scores: Float64Array,
): Readonly<{ auc: number; variance: number }> {
  const ranks = midRanks(scores);
  const ofPositives = classOf(labels, scores, ranks, 1);
  const ofNegatives = classOf(labels, scores, ranks, 0);
  const [m, n] = [ofPositives.size, ofNegatives.size];
  const auc = (ofPositives.rankSum - (m * (m + 1)) / 2) / (m * n);
  // Of a positive: the share of negatives below it; of a negative: one less the share of positives below it.
  const variance = ofPositives.placementVariance / (n * n * m) + ofNegatives.placementVariance / (m * m * n);
  return { auc, variance };
}

/** Placements of one class among the other: rank among all rows less rank in the class; their variance has ddof 1. */
function classOf(labels: Uint8Array, scores: Float64Array, ranks: Float64Array, label: 0 | 1) {
  const own = scores.filter((_, i) => labels[i] === label);
  const all = ranks.filter((_, i) => labels[i] === label);
  const inClass = midRanks(own);
  const size = own.length;
  let [rankSum, sum, squares] = [0, 0, 0];
  for (let i = 0; i < size; i++) {
    rankSum += all[i]!;
    sum += all[i]! - inClass[i]!;
  }
  for (let i = 0; i < size; i++) squares += (all[i]! - inClass[i]! - sum / size) ** 2;
  return { size, rankSum, placementVariance: squares / (size - 1) };
}
