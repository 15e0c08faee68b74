/** Are the probabilities right? Slope and intercept of the log odds, and how far the sum of the probabilities is from the events. */
import type { Calibration } from '../evaluate/evaluation.ts';
import { chiSquaredTail } from './distributions.ts';
import { logitLine, logitShift } from './logit-line.ts';
import { wilson } from './wilson.ts';

/** A probability of 0 or 1 has no finite log odds: they are kept this far away. */
const LEAST = 1e-12;
const GROUPS = 10;

const clipped = (p: number): number => Math.min(1 - LEAST, Math.max(LEAST, p));

/** ln(p / (1 - p)), p kept within 1e-12 of 0 and 1. */
export const logitOf = (p: number): number => Math.log(clipped(p) / (1 - clipped(p)));

const sumOf = (values: Float64Array | Uint8Array): number => {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
};

/** Both classes must be there. */
export function calibrationOf(labels: Uint8Array, probabilities: Float64Array): Calibration {
  const n = labels.length;
  const events = sumOf(labels);
  const prevalence = events / n;
  const groups = groupsOf(labels, probabilities);
  const squares = probabilities.map((p, i) => (p - labels[i]!) ** 2);
  const losses = probabilities.map((p, i) => -Math.log(labels[i] === 1 ? clipped(p) : 1 - clipped(p)));
  const logits = probabilities.map(logitOf);
  const line = logitLine(logits, labels);
  return {
    brier: sumOf(squares) / n,
    brierNull: prevalence * (1 - prevalence),
    logLoss: sumOf(losses) / n,
    slope: line?.slope ?? null,
    intercept: line?.intercept ?? null,
    inTheLarge: logitShift(logits, labels),
    observedToExpected: events / sumOf(probabilities),
    hosmerLemeshow: hosmerLemeshow(groups),
    groups,
  };
}

/** By ascending probability (ties in row order), ten groups; the first take what is left over. None is empty. */
function groupsOf(labels: Uint8Array, probabilities: Float64Array): Calibration['groups'] {
  const order = [...labels.keys()].sort((one, other) => probabilities[one]! - probabilities[other]!);
  const count = Math.min(GROUPS, order.length);
  const [size, larger] = [Math.floor(order.length / count), order.length % count];
  return Array.from({ length: count }, (_, group) => {
    const from = group * size + Math.min(group, larger);
    const rows = order.slice(from, from + size + (group < larger ? 1 : 0));
    const events = rows.reduce((sum, row) => sum + labels[row]!, 0);
    const meanProbability = rows.reduce((sum, row) => sum + probabilities[row]!, 0) / rows.length;
    return { n: rows.length, meanProbability, events, wilson: wilson(events, rows.length) };
  });
}

/**
 * Sum over groups of (O - E)^2 / (E (1 - E / n)), against chi-squared with groups - 2 degrees of freedom; null with fewer than ten
 * groups, or one in which every probability is 0 or 1.
 * @see Hosmer and Lemeshow, Commun. Stat. A 9 (1980) 1043-1069
 */
function hosmerLemeshow(groups: Calibration['groups']): Calibration['hosmerLemeshow'] {
  const isCertain = groups.some(({ meanProbability: p }) => p <= 0 || p >= 1);
  if (groups.length < GROUPS || isCertain) return null;
  const statistic = groups.reduce((sum, { n, meanProbability, events }) => {
    const expected = n * meanProbability;
    return sum + (events - expected) ** 2 / (expected * (1 - meanProbability));
  }, 0);
  const df = GROUPS - 2;
  return { statistic, df, p: chiSquaredTail(statistic, df) };
}
