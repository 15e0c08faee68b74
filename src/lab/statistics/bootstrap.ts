/** AUC of resampled rows or patients. The same seed gives the same replicates on every machine. */
import { percentile } from '../../model/interval.ts';
import type { Interval } from '../evaluate/evaluation.ts';

/** Uniform on [0, 1), from a 32-bit seed: Tommy Ettinger's mulberry32. Not for secrets. */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

export type Resampling = Readonly<{ replicates: number; seed: number }>;

/** Each replicate draws as many positives, then as many negatives, with replacement. */
export function stratifiedBootstrap(
  labels: Uint8Array,
  scores: Float64Array,
  { replicates, seed }: Resampling,
): Float64Array {
  const uniform = mulberry32(seed);
  const auc = aucOfCounts(labels, scores);
  const rowsOf = (label: number): number[] => [...labels.keys()].filter((i) => labels[i] === label);
  const classes = [rowsOf(1), rowsOf(0)];
  const counts = new Uint32Array(labels.length);
  return new Float64Array(replicates).map(() => {
    counts.fill(0);
    for (const rows of classes)
      for (let k = 0; k < rows.length; k++) counts[rows[Math.floor(uniform() * rows.length)]!]!++;
    return auc(counts);
  });
}

/**
 * Each replicate draws as many patients with replacement; all their rows come along. Patients are numbered as they first appear. A
 * replicate in which a class is missing has no AUC and is drawn again.
 */
export function patientBootstrap(
  labels: Uint8Array,
  scores: Float64Array,
  patients: readonly string[],
  { replicates, seed }: Resampling,
): Float64Array {
  const uniform = mulberry32(seed);
  const auc = aucOfCounts(labels, scores);
  const numbers = new Map<string, number>();
  const patientOf = patients.map((name) => {
    if (!numbers.has(name)) numbers.set(name, numbers.size);
    return numbers.get(name)!;
  });
  const drawn = new Uint32Array(numbers.size);
  const counts = new Uint32Array(labels.length);
  const draw = (): number => {
    drawn.fill(0);
    for (let k = 0; k < drawn.length; k++) drawn[Math.floor(uniform() * drawn.length)]!++;
    for (let i = 0; i < counts.length; i++) counts[i] = drawn[patientOf[i]!]!;
    return auc(counts);
  };
  return new Float64Array(replicates).map(() => {
    let value = draw();
    while (Number.isNaN(value)) value = draw();
    return value;
  });
}

/** 2.5 and 97.5 percentiles, by linear interpolation. */
export function percentileInterval(replicates: Float64Array): Interval {
  const ascending = replicates.slice().sort();
  return [percentile(ascending, 2.5), percentile(ascending, 97.5)];
}

/** AUC of rows taken counts[i] times each, ties one half, in integers until the last division; NaN without both classes. O(n). */
function aucOfCounts(labels: Uint8Array, scores: Float64Array): (counts: Uint32Array) => number {
  const order = Uint32Array.from(labels.keys()).sort((one, other) => scores[one]! - scores[other]!);
  return (counts) => {
    let [below, halves, positives] = [0, 0, 0];
    for (let from = 0; from < order.length; ) {
      let [ofPositives, ofNegatives, to] = [0, 0, from];
      for (; to < order.length && scores[order[to]!] === scores[order[from]!]; to++) {
        const row = order[to]!;
        if (labels[row] === 1) ofPositives += counts[row]!;
        else ofNegatives += counts[row]!;
      }
      halves += ofPositives * (2 * below + ofNegatives);
      below += ofNegatives;
      positives += ofPositives;
      from = to;
    }
    return halves / (2 * positives * below);
  };
}
