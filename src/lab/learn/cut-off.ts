/**
 * Youden's cut-off: the score at or above which sensitivity + specificity is largest, the highest of several. They are compared by whole numbers,
 * tp * negatives - fp * positives, where fractions would tear ties apart.
 */
export function youdenCutOff(labels: Uint8Array, scores: Float64Array): number {
  const order = Array.from(scores, (_, i) => i).sort((one, other) => scores[other]! - scores[one]!);
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const negatives = labels.length - positives;
  let [best, most, tp, fp] = [Number.NaN, Number.NEGATIVE_INFINITY, 0, 0];
  order.forEach((row, at) => {
    if (labels[row] === 1) tp++;
    else fp++;
    const next = order[at + 1];
    if (next !== undefined && scores[next] === scores[row]) return;
    const youden = tp * negatives - fp * positives;
    if (youden > most) [best, most] = [scores[row]!, youden];
  });
  return best;
}
