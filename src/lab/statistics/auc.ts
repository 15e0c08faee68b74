import type { AucEstimate, Interval } from '../evaluate/evaluation.ts';
import { patientBootstrap, percentileInterval, type Resampling } from './bootstrap.ts';
import { delong } from './delong.ts';
import { Z95 } from './distributions.ts';

/**
 * AUC with its intervals. `patients`, one a row, or null when they are not known. Both classes need two rows or more.
 * DeLong takes rows as independent; two visits of a patient are not, so the patient bootstrap is the interval to trust.
 */
export function aucEstimate(
  labels: Uint8Array,
  scores: Float64Array,
  patients: readonly string[] | null,
  resampling: Resampling,
): AucEstimate {
  const { auc, variance } = delong(labels, scores);
  const se = Math.sqrt(variance);
  return {
    auc,
    se,
    delong: [Math.max(0, auc - Z95 * se), Math.min(1, auc + Z95 * se)],
    logit: logitInterval(auc, se),
    patientBootstrap: patients && {
      interval: percentileInterval(patientBootstrap(labels, scores, patients, resampling)),
      ...resampling,
    },
  };
}

/** logit(A) +- z SE / (A (1 - A)), back on the scale of A. */
function logitInterval(auc: number, se: number): Interval | null {
  if (auc <= 0 || auc >= 1) return null;
  const [centre, half] = [Math.log(auc / (1 - auc)), (Z95 * se) / (auc * (1 - auc))];
  return [1 / (1 + Math.exp(half - centre)), 1 / (1 + Math.exp(-half - centre))];
}
