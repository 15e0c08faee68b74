/** How the values that a model was fitted to are spread, kept with the model, so that what comes later can be compared with them. */
import { z } from 'zod';
import { meanAndSd, percentile } from './interval.ts';
import {
  countsOf,
  type KolmogorovSmirnov,
  quintilesOf,
  type StabilityIndex,
  stabilityOf,
  withTail,
} from './two-samples.ts';

const finite = z.number();
const PERCENTILES = 101;

const isAscending = (values: readonly number[]): boolean =>
  values.every((value, at) => at === 0 || values[at - 1]! <= value);

/** Of one feature, before z-scoring. Percentiles instead of the values: no row of the training set can be told from them. */
export const referenceSchema = z
  .strictObject({
    /** values behind it */
    n: z.int().min(1),
    mean: finite,
    /** quintiles, equal ones once; and how many values lie between them (a value on an edge is above it) */
    edges: z.array(finite).min(1).max(4),
    counts: z.array(z.int().min(0)),
    /** 0 to 100, by linear interpolation */
    percentiles: z.array(finite).length(PERCENTILES).refine(isAscending, 'must not fall'),
  })
  .refine(({ edges, counts }) => counts.length === edges.length + 1, 'one count more than edges')
  .refine(({ n, counts }) => counts.reduce((sum, count) => sum + count, 0) === n, 'the counts sum to n');

export type Reference = z.infer<typeof referenceSchema>;

/** Of finite values, at least one. */
export function referenceOf(values: ArrayLike<number>): Reference {
  const ascending = Float64Array.from(values).sort();
  const edges = quintilesOf(ascending);
  return {
    n: ascending.length,
    mean: meanAndSd(ascending).mean,
    edges,
    counts: countsOf([...ascending], edges),
    percentiles: Array.from({ length: PERCENTILES }, (_, percent) => percentile(ascending, percent)),
  };
}

/** The stability index of newer values against the bins of the reference. */
export const stabilityAgainst = ({ edges, counts }: Reference, recent: readonly number[]): StabilityIndex =>
  stabilityOf(edges, counts, recent);

/**
 * Kolmogorov-Smirnov of newer values against the distribution function through the percentiles: within 1/100 and 1/n of that against the
 * values themselves.
 */
export function kolmogorovSmirnovAgainst(
  { n, percentiles }: Reference,
  recent: readonly number[],
): KolmogorovSmirnov {
  const ascending = Float64Array.from(recent).sort();
  let statistic = 0;
  for (const [at, value] of ascending.entries()) {
    const [below, upTo] = [shareBelow(percentiles, value), shareUpTo(percentiles, value)];
    if (ascending[at - 1] !== value) statistic = Math.max(statistic, Math.abs(at / ascending.length - below));
    if (ascending[at + 1] !== value)
      statistic = Math.max(statistic, Math.abs((at + 1) / ascending.length - upTo));
  }
  return withTail(statistic, n, ascending.length);
}

/** Limits of the distribution function from the right and from the left: apart where percentiles are equal. */
function shareUpTo(percentiles: readonly number[], value: number): number {
  const above = percentiles.findIndex((each) => each > value);
  return above === -1 ? 1 : above === 0 ? 0 : between(percentiles, above, value);
}
function shareBelow(percentiles: readonly number[], value: number): number {
  const from = percentiles.findIndex((each) => each >= value);
  return from === -1 ? 1 : from === 0 ? 0 : between(percentiles, from, value);
}

function between(percentiles: readonly number[], upper: number, value: number): number {
  const [low, high] = [percentiles[upper - 1]!, percentiles[upper]!];
  return (upper - 1 + (value - low) / (high - low)) / (PERCENTILES - 1);
}
