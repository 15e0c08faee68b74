/** Net benefit of acting on a probability at or above a threshold. @see Vickers and Elkin, Med. Decis. Making 26 (2006) 565-574 */
import { logistic } from '../../model/interval.ts';
import type { DecisionPoint } from '../evaluate/evaluation.ts';
import { confusionAt } from './at-cut-off.ts';
import { logitOf } from './calibration.ts';

/** 0.01, 0.02, …, 0.99 */
const THRESHOLDS: readonly number[] = Array.from({ length: 99 }, (_, i) => (i + 1) / 100);

/** TP / n - FP / n t / (1 - t), at the prevalence of these rows. */
export function decisionCurve(
  labels: Uint8Array,
  probabilities: Float64Array,
  thresholds = THRESHOLDS,
): DecisionPoint[] {
  const prevalence = labels.reduce((sum, label) => sum + label, 0) / labels.length;
  return curve(labels, probabilities, prevalence, thresholds);
}

/**
 * At another prevalence: that of a clinic, where the cohort is balanced by design. Probabilities are shifted from the training
 * prevalence to it, logit p' = logit p + logit(prevalence) - logit(trained), and sensitivity and 1 - specificity weighted by it.
 */
export function reweightedCurve(
  labels: Uint8Array,
  probabilities: Float64Array,
  { prevalence, trained }: Readonly<{ prevalence: number; trained: number }>,
  thresholds = THRESHOLDS,
): DecisionPoint[] {
  const shift = logitOf(prevalence) - logitOf(trained);
  const shifted = probabilities.map((probability) => logistic(logitOf(probability) + shift));
  return curve(labels, shifted, prevalence, thresholds);
}

function curve(
  labels: Uint8Array,
  probabilities: Float64Array,
  prevalence: number,
  thresholds: readonly number[],
): DecisionPoint[] {
  return thresholds.map((threshold) => {
    const { tp, fp, fn, tn } = confusionAt(labels, probabilities, threshold);
    const odds = threshold / (1 - threshold);
    return {
      threshold,
      model: prevalence * (tp / (tp + fn)) - (1 - prevalence) * (fp / (fp + tn)) * odds,
      treatAll: prevalence - (1 - prevalence) * odds,
      treatNone: 0,
    };
  });
}
