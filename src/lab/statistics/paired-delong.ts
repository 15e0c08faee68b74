import { normalTail } from './distributions.ts';
import { midRanks } from './mid-ranks.ts';

export type PairedDelong = Readonly<{
  aucs: readonly [number, number];
  /** covariance matrix of the two */
  covariance: readonly [readonly [number, number], readonly [number, number]];
  /** of the difference; two-sided. null: the difference has no variance, as between scores that rank alike */
  test: Readonly<{ se: number; z: number; p: number }> | null;
}>;

/** Below this share of the variances, a variance of the difference is rounding. */
const ROUNDING = 1e-12;

/**
 * Two scores of the same rows, which are taken as independent. Both classes need two rows or more.
 * @see DeLong, DeLong, Clarke-Pearson, Biometrics 44 (1988) 837-845
 */
export function pairedDelong(labels: Uint8Array, first: Float64Array, second: Float64Array): PairedDelong {
  const [one, other] = [placementsOf(labels, first), placementsOf(labels, second)];
  const between = (a: Placements, b: Placements): number =>
    covariance(a.positives, b.positives) / a.positives.length +
    covariance(a.negatives, b.negatives) / a.negatives.length;
  const [v11, v12, v22] = [between(one, one), between(one, other), between(other, other)];
  const aucs = [mean(one.positives), mean(other.positives)] as const;
  const variance = v11 + v22 - 2 * v12;
  const hasTest = variance > ROUNDING * (v11 + v22);
  const se = Math.sqrt(variance);
  const z = (aucs[0] - aucs[1]) / se;
  return {
    aucs,
    covariance: [
      [v11, v12],
      [v12, v22],
    ],
    test: hasTest ? { se, z, p: 2 * normalTail(Math.abs(z)) } : null,
  };
}

type Placements = Readonly<{ positives: Float64Array; negatives: Float64Array }>;

/** Of a positive: the share of negatives below it; of a negative: the share of positives above it. Ties count one half. */
function placementsOf(labels: Uint8Array, scores: Float64Array): Placements {
  const ranks = midRanks(scores);
  const ofClass = (label: 0 | 1): Float64Array => {
    const isOfClass = (_: number, i: number): boolean => labels[i] === label;
    const inClass = midRanks(scores.filter(isOfClass));
    const opposite = scores.length - inClass.length;
    return ranks.filter(isOfClass).map((rank, i) => {
      const below = (rank - inClass[i]!) / opposite;
      return label === 1 ? below : 1 - below;
    });
  };
  return { positives: ofClass(1), negatives: ofClass(0) };
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** ddof 1 */
function covariance(one: Float64Array, other: Float64Array): number {
  const [ofOne, ofOther] = [mean(one), mean(other)];
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += (one[i]! - ofOne) * (other[i]! - ofOther);
  return sum / (one.length - 1);
}
