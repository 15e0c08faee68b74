import type { Columns } from './z-score.ts';

export type Neighbours = Readonly<{ hit: Int32Array; miss: Int32Array }>;

/**
 * Relief (Kira and Rendell 1992) with every row used once, columns divided by their L2 norm, and one nearest hit and miss by Euclidean
 * distance; weight of a column: sum of (x - miss)^2 - (x - hit)^2, not divided by the rows. Columns are z-scores: each norm^2 is the rows.
 */
export function reliefWeights(columns: Columns, labels: Uint8Array): Float64Array {
  const { values, rows } = columns;
  const { hit, miss } = nearestNeighbours(columns, labels);
  const weights = new Float64Array(values.length / rows);
  for (let j = 0; j < weights.length; j++) {
    const start = j * rows;
    let sum = 0;
    for (let i = 0; i < rows; i++) {
      const x = values[start + i]!;
      sum += (x - values[start + miss[i]!]!) ** 2 - (x - values[start + hit[i]!]!) ** 2;
    }
    weights[j] = sum / rows;
  }
  return weights;
}

/** A row's distance to itself counts as its largest to any; of equal distances the lower row is nearer. */
export function nearestNeighbours({ values, rows }: Columns, labels: Uint8Array): Neighbours {
  const distances = squaredDistances(values, rows);
  const hit = new Int32Array(rows).fill(-1);
  const miss = new Int32Array(rows).fill(-1);
  for (let i = 0; i < rows; i++) {
    const of = distances.subarray(i * rows, (i + 1) * rows);
    of[i] = of.reduce((most, each) => Math.max(most, each), 0);
    for (let other = 0; other < rows; other++) {
      const nearest = labels[other] === labels[i] ? hit : miss;
      if (nearest[i]! < 0 || of[other]! < of[nearest[i]!]!) nearest[i] = other;
    }
  }
  return { hit, miss };
}

function squaredDistances(values: Float64Array, rows: number): Float64Array {
  const distances = new Float64Array(rows * rows);
  for (let start = 0; start < values.length; start += rows) {
    for (let i = 0; i < rows; i++) {
      const x = values[start + i]!;
      for (let other = 0; other < i; other++) {
        const difference = x - values[start + other]!;
        distances[i * rows + other]! += difference * difference;
      }
    }
  }
  for (let i = 0; i < rows; i++)
    for (let other = 0; other < i; other++) distances[other * rows + i] = distances[i * rows + other]!;
  return distances;
}
