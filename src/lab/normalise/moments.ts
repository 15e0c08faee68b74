/** Mean and SD of a site's own values, and how sure they are. */
import { type MeanAndSd, meanAndSd, percentile } from '../../model/interval.ts';
import type { Visit } from '../../model/local-deltas.ts';

export type Moments = MeanAndSd &
  Readonly<{
    /** number of equally weighted values that would be as sure (Kish): n without weights */
    effective: number;
    /** standard errors; of the SD by the kurtosis of the values */
    se: MeanAndSd;
  }>;

/** SD with ddof 0. `weights` sum to 1; absent: all alike. */
export function momentsOf(values: Float64Array, weights?: Float64Array): Moments {
  const share = (i: number): number => weights?.[i] ?? 1 / values.length;
  const sum = (of: (value: number) => number): number =>
    values.reduce((all, value, i) => all + share(i) * of(value), 0);
  let { mean, sd } = meanAndSd(values);
  if (weights) {
    mean = sum((value) => value);
    sd = Math.sqrt(sum((value) => (value - mean) ** 2));
  }
  const effective = weights ? 1 / weights.reduce((all, weight) => all + weight * weight, 0) : values.length;
  const kurtosis = sd === 0 ? 1 : sum((value) => (value - mean) ** 4) / sd ** 4;
  const ofSd = sd * Math.sqrt((kurtosis - 1) / (4 * effective));
  return { mean, sd, effective, se: { mean: sd / Math.sqrt(effective), sd: ofSd } };
}

/** Early and late visits count for half each, and those of unknown kind for nothing; undefined where a kind is missing. */
export function balancedWeights(visits: readonly Visit[]): Float64Array | undefined {
  const of = (kind: Visit): number => visits.filter((visit) => visit === kind).length;
  const counts = { early: of('early'), late: of('late') };
  if (counts.early === 0 || counts.late === 0) return undefined;
  return Float64Array.from(visits, (visit) => (visit === 'unknown' ? 0 : 0.5 / counts[visit]));
}

/** What is below the 1st or above the 99th percentile is moved to it. */
export function winsorised(values: Float64Array): Float64Array {
  const ascending = values.toSorted();
  const [low, high] = [percentile(ascending, 1), percentile(ascending, 99)];
  return values.map((value) => Math.min(high, Math.max(low, value)));
}
