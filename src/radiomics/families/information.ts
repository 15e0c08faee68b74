import type { PairMatrix } from './cooccurrence.ts';
import { EPSILON, entropyOf } from './distribution.ts';
import type { Marginals } from './marginals.ts';

/** Entropies, bits. @see IBSI reference manual, 3.6 (information correlation) */
export type Information = Readonly<{ hx: number; hy: number; hxy: number; hxy1: number; hxy2: number }>;

/** From so many levels on, no region has levels that are independent to the last bit. */
const MANY_LEVELS = 9;
const EPSILON_BITS = EPSILON / Math.LN2;

/** With few levels, where two entropies may be equal to the last bit, every logarithm is taken as the definition has it. */
export function informationOf(matrix: PairMatrix, marginals: Marginals): Information {
  return matrix.levels.length < MANY_LEVELS
    ? byDefinition(matrix, marginals)
    : fromMarginals(matrix, marginals);
}

function byDefinition({ cells, total }: PairMatrix, { rows, columns }: Marginals): Information {
  const n = columns.length;
  let hxy = 0;
  let hxy1 = 0;
  let hxy2 = 0;
  for (let cell = 0; cell < n * n; cell++) {
    const independent = rows[Math.floor(cell / n)]! * columns[cell % n]!;
    if (independent === 0) continue;
    const bits = Math.log2(independent + EPSILON);
    const p = cells[cell]! / total;
    hxy2 -= independent * bits;
    hxy1 -= p * bits;
    if (p > 0) hxy -= p * Math.log2(p + EPSILON);
  }
  return { hx: entropyOf(rows), hy: entropyOf(columns), hxy, hxy1, hxy2 };
}

/**
 * log2(x + eps) is log2 x + eps / (x ln 2) but for terms below rounding, and log2(px py) is log2 px + log2 py: both sums over
 * px py become sums over px and over py, and what eps adds is counted. log2(c / total) needs a logarithm for each count only.
 */
function fromMarginals({ cells, ranges, total }: PairMatrix, { rows, columns }: Marginals): Information {
  const n = columns.length;
  const inverse = columns.map((p) => (p > 0 ? 1 / p : 0));
  let countBits = 0;
  let present = 0;
  let overIndependent = 0;
  for (let i = 0; i < n; i++) {
    let inRow = 0;
    for (let j = ranges[i]!, stop = ranges[n + i]!; j < stop; j++) {
      const count = cells[i * n + j]!;
      if (count === 0) continue;
      present++;
      inRow += count * inverse[j]!;
      countBits += bitsOf(count);
    }
    if (inRow > 0) overIndependent += inRow / rows[i]!;
  }
  const [hx, hy] = [entropyOf(rows), entropyOf(columns)];
  const [nx, ny] = [filled(rows), filled(columns)];
  // entropyOf has eps in it, once for each probability
  const separate = hx + hy + (nx + ny) * EPSILON_BITS;
  return {
    hx,
    hy,
    hxy: Math.log2(total) - countBits / total - present * EPSILON_BITS,
    hxy1: separate - (overIndependent / total) * EPSILON_BITS,
    hxy2: separate - nx * ny * EPSILON_BITS,
  };
}

const filled = (probabilities: Float64Array): number => probabilities.reduce((n, p) => n + Number(p > 0), 0);

const SMALL_COUNTS = Float64Array.from({ length: 2048 }, (_, count) => count * Math.log2(Math.max(1, count)));

/** count log2 count */
function bitsOf(count: number): number {
  const whole = count | 0;
  return whole === count && whole < SMALL_COUNTS.length ? SMALL_COUNTS[whole]! : count * Math.log2(count);
}
