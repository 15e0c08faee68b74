/** The authors' mean and SD of a model's deltas: imported, compared with a site's own, and drawn together with them. */
import { Fault } from '../../fault.ts';
import type { MeanAndSd } from '../../model/interval.ts';
import type { Moments } from './moments.ts';

export type AuthorScale = MeanAndSd & Readonly<{ n: number; source: string }>;

/** A raw delta and the probability that the authors' model gives for it. */
export type Pair = Readonly<{ delta: number; probability: number }>;

/**
 * Mean and SD behind two pairs: with L the log odds, SD = coefficient (x2 - x1) / (L2 - L1), mean = x1 - SD (L1 - intercept) / coefficient.
 * Throws INPUT_INVALID for pairs that no mean and SD explain.
 */
export function scaleOfPairs(
  [one, other]: readonly [Pair, Pair],
  { intercept, coefficient }: Readonly<{ intercept: number; coefficient: number }>,
): MeanAndSd {
  for (const { probability } of [one, other])
    if (!(probability > 0 && probability < 1))
      throw new Fault('INPUT_INVALID', 'pairs: a probability is above 0 and below 1');
  const logOdds = ({ probability: p }: Pair): number => Math.log(p / (1 - p));
  const sd = (coefficient * (other.delta - one.delta)) / (logOdds(other) - logOdds(one));
  if (!(sd > 0 && Number.isFinite(sd)))
    throw new Fault(
      'INPUT_INVALID',
      'pairs: give two different deltas whose probabilities rise as the model says',
    );
  return { mean: one.delta - (sd * (logOdds(one) - intercept)) / coefficient, sd };
}

export type Comparison = Readonly<{
  /** local minus authors', in standard errors of that difference */
  mean: number;
  sd: number;
  isAlarm: boolean;
}>;

const ALARM_FROM = 2;

/** The authors' own standard errors are those of n normal values. */
export function compareWithAuthors(local: Moments, authors: AuthorScale): Comparison {
  const se = { mean: authors.sd / Math.sqrt(authors.n), sd: authors.sd / Math.sqrt(2 * authors.n) };
  const mean = (local.mean - authors.mean) / Math.hypot(local.se.mean, se.mean);
  const sd = (local.sd - authors.sd) / Math.hypot(local.se.sd, se.sd);
  return { mean, sd, isAlarm: Math.abs(mean) > ALARM_FROM || Math.abs(sd) > ALARM_FROM };
}

/** The authors' numbers count as `k0` values, the site's own as they are; the SD is of both together around the common mean. */
export function shrunk(local: Moments, authors: AuthorScale, k0: number): MeanAndSd {
  const [ofAuthors, ofSite] = [k0 / (k0 + local.effective), local.effective / (k0 + local.effective)];
  const mean = ofAuthors * authors.mean + ofSite * local.mean;
  const spread = ({ mean: own, sd }: MeanAndSd): number => sd ** 2 + (own - mean) ** 2;
  return { mean, sd: Math.sqrt(ofAuthors * spread(authors) + ofSite * spread(local)) };
}
