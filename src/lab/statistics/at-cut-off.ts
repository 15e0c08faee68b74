import type { AtCutOff } from '../evaluate/evaluation.ts';
import { proportion } from './wilson.ts';

/** Rows by what was called and what was so. */
export type Confusion = Readonly<{ tp: number; fp: number; fn: number; tn: number }>;

/** Positive: a probability at or above the cut-off. */
export function confusionAt(labels: Uint8Array, probabilities: Float64Array, cutOff: number): Confusion {
  const counts = { tp: 0, fp: 0, fn: 0, tn: 0 };
  probabilities.forEach((probability, i) => {
    const isCalled = probability >= cutOff;
    if (labels[i] === 1) counts[isCalled ? 'tp' : 'fn']++;
    else counts[isCalled ? 'fp' : 'tn']++;
  });
  return counts;
}

/** Every proportion with its Wilson interval, rows taken as independent. Both classes must be there. */
export function atCutOff(confusion: Confusion, cutOff: number, source: AtCutOff['source']): AtCutOff {
  const { tp, fp, fn, tn } = confusion;
  const margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn);
  return {
    cutOff,
    source,
    ...confusion,
    accuracy: proportion(tp + tn, tp + fp + fn + tn),
    sensitivity: proportion(tp, tp + fn),
    specificity: proportion(tn, tn + fp),
    ppv: proportion(tp, tp + fp),
    npv: proportion(tn, tn + fn),
    youden: tp / (tp + fn) + tn / (tn + fp) - 1,
    mcc: margins === 0 ? null : (tp * tn - fp * fn) / Math.sqrt(margins),
  };
}
