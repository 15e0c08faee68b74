/** How far the delta moves when the contours do. */
export type DeltaStability = Readonly<{
  /** deltas looked at: every contour of the one time point with every contour of the other, the drawn ones included */
  pairs: number;
  minimum: number;
  maximum: number;
  /** sample standard deviation of those deltas */
  sd: number;
}>;

/**
 * Spread of follow-up minus baseline over the drawn and the perturbed masks of both time points; contours of two visits are
 * drawn apart, so that each goes with each. Undefined when a time point has no second value.
 */
export function deltaStability(
  baseline: readonly (number | null)[],
  followUp: readonly (number | null)[],
): DeltaStability | undefined {
  const [before, after] = [baseline, followUp].map((values) => values.filter((v): v is number => v !== null));
  if (!before || !after || before.length < 2 || after.length < 2) return undefined;
  const deltas = after.flatMap((late) => before.map((early) => late - early));
  const mean = deltas.reduce((sum, delta) => sum + delta, 0) / deltas.length;
  const squares = deltas.reduce((sum, delta) => sum + (delta - mean) ** 2, 0);
  return {
    pairs: deltas.length,
    minimum: Math.min(...deltas),
    maximum: Math.max(...deltas),
    sd: Math.sqrt(squares / (deltas.length - 1)),
  };
}
