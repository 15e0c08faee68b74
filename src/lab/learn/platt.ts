import { LogisticRegression } from './logistic.ts';

/** P = 1 / (1 + exp(A f + B)) of a decision value f. A at or above 0: the values rank the wrong way round. */
export type Platt = Readonly<{ A: number; B: number }>;

/**
 * Platt's probabilities of held-out decision values, at the exact optimum: targets (N+ + 1) / (N+ + 2) and 1 / (N- + 2). Null where all
 * values are the same.
 * @see Lin, Lin, Weng, Mach. Learn. 68 (2007) 267
 */
export function plattOf(decisions: Float64Array, labels: Uint8Array): Platt | null {
  const n = decisions.length;
  const events = labels.reduce((sum, label) => sum + label, 0);
  const targets = Float64Array.from(labels, (label) =>
    label === 1 ? (events + 1) / (events + 2) : 1 / (n - events + 2),
  );
  const mean = decisions.reduce((sum, f) => sum + f, 0) / n;
  const sd = Math.sqrt(decisions.reduce((sum, f) => sum + (f - mean) ** 2, 0) / n);
  // Values apart by rounding alone are the same.
  if (!(sd > 1e-12 * (1 + Math.abs(mean)))) return null;
  const scaled = decisions.map((f) => (f - mean) / sd);
  const optimum = Float64Array.of(0, 0);
  if (new LogisticRegression(n, 1).fit(scaled, targets, null, optimum) !== null) return null;
  const A = -optimum[0]! / sd;
  return { A, B: -optimum[1]! - A * mean };
}
