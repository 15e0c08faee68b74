import { Fault } from '../../fault.ts';
import type { Columns } from './z-score.ts';

/** Of one column: mean of all rows, SD within batches, and of each batch the shift (in SDs) and the variance ratio after shrinkage. */
export type ComBatColumn = Readonly<{
  mean: number;
  sd: number;
  batches: Readonly<Record<string, Readonly<{ gamma: number; delta: number }>>>;
}>;

type Estimate = Readonly<{ gamma: Float64Array; delta: Float64Array }>;

const CONVERGED = 1e-12;
const MOST_ROUNDS = 10_000;

/**
 * ComBat with parametric empirical Bayes, without covariates, because a new case's label is not known: location and scale of each batch,
 * shrunk towards what all columns of the batch have in common. Constant columns within batches are left as they are. Needs two rows of each
 * batch. Throws COHORT_INVALID.
 * @see Johnson, Li, Rabinovic, Biostatistics 8 (2007) 118; Fortin et al., NeuroImage 161 (2017) 149
 */
export function fitComBat(
  { values, rows }: Columns,
  columns: Int32Array,
  batches: readonly string[],
  training: Int32Array,
): readonly ComBatColumn[] {
  const members = new Map<string, number[]>();
  for (const row of training) members.set(batches[row]!, [...(members.get(batches[row]!) ?? []), row]);
  refuseSmall(members);
  const n = training.length;
  const place = new Map(Array.from(training, (row, i) => [row, i]));
  const columnsFound = Array.from(columns, (column) => {
    const x = Float64Array.from(training, (row) => values[column * rows + row]!);
    const mean = x.reduce((sum, each) => sum + each, 0) / n;
    let squares = 0;
    for (const own of members.values()) {
      const middle = own.reduce((sum, row) => sum + x[place.get(row)!]!, 0) / own.length;
      for (const row of own) squares += (x[place.get(row)!]! - middle) ** 2;
    }
    const sd = Math.sqrt(squares / n);
    return { mean, sd, standardised: x.map((each) => (each - mean) / sd) };
  });
  const varying = columnsFound.filter(({ sd }) => sd > 0);
  const estimates = new Map(
    [...members].map(([batch, own]) => [
      batch,
      shrunk(
        varying.map(({ standardised }) => Float64Array.from(own, (row) => standardised[place.get(row)!]!)),
      ),
    ]),
  );
  let at = 0;
  return columnsFound.map(({ mean, sd }) => {
    const i = sd > 0 ? at++ : -1;
    const found = [...estimates].map(([batch, { gamma, delta }]) => [
      batch,
      i < 0 ? { gamma: 0, delta: 1 } : { gamma: gamma[i]!, delta: delta[i]! },
    ]);
    return { mean, sd: sd > 0 ? sd : 1, batches: Object.fromEntries(found) };
  });
}

function refuseSmall(members: ReadonlyMap<string, readonly number[]>): void {
  if (members.size < 2) throw new Fault('COHORT_INVALID', 'ComBat needs two batches or more');
  for (const [batch, own] of members)
    if (own.length < 2)
      throw new Fault(
        'COHORT_INVALID',
        `ComBat needs two training rows of each batch; ${batch.slice(0, 80)} has one`,
      );
}

/** Shift and variance ratio of a batch, of each column, by its standardised rows. */
function shrunk(columns: readonly Float64Array[]): Estimate {
  const gammaHat = Float64Array.from(columns, mean);
  const deltaHat = Float64Array.from(columns, (z) => varianceOf(z, mean(z)));
  const gammaBar = mean(gammaHat);
  const tau2 = varianceOf(gammaHat, gammaBar);
  // Inverse gamma prior by its moments; one column, or columns all alike, have none.
  const [m, s2] = [mean(deltaHat), varianceOf(deltaHat, mean(deltaHat))];
  if (!(s2 > 0)) return { gamma: gammaHat, delta: deltaHat.map((d) => (d > 0 ? d : 1)) };
  const [a, b] = [(2 * s2 + m * m) / s2, (m * s2 + m ** 3) / s2];
  const gamma = new Float64Array(columns.length);
  const delta = new Float64Array(columns.length);
  columns.forEach((z, j) => {
    const n = z.length;
    let [g, d] = [gammaHat[j]!, deltaHat[j]!];
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const before = [g, d] as const;
      g = (n * tau2 * gammaHat[j]! + d * gammaBar) / (n * tau2 + d);
      let squares = 0;
      for (const each of z) squares += (each - g) ** 2;
      d = (b + squares / 2) / (n / 2 + a - 1);
      const change = Math.max(Math.abs(g - before[0]), Math.abs(d - before[1]) / d);
      if (change < CONVERGED) break;
    }
    gamma[j] = g;
    delta[j] = d;
  });
  return { gamma, delta };
}

const mean = (list: Float64Array): number => list.reduce((sum, each) => sum + each, 0) / list.length;
/** ddof 1 */
const varianceOf = (list: Float64Array, middle: number): number =>
  list.reduce((sum, each) => sum + (each - middle) ** 2, 0) / (list.length - 1);

/** A table with these columns of these rows harmonised; the rest as it is. A batch that was not fitted throws BATCH_UNKNOWN. */
export function harmonised(
  table: Columns,
  columns: Int32Array,
  batches: readonly string[],
  fitted: readonly ComBatColumn[],
  rows: Int32Array,
): Columns {
  const values = table.values.slice();
  columns.forEach((column, j) => {
    const of = fitted[j]!;
    for (const row of rows) {
      const at = column * table.rows + row;
      values[at] = harmonisedValue(values[at]!, of, batches[row]!);
    }
  });
  return { values, rows: table.rows };
}

/** (x - mean - gamma sd) / sqrt(delta) + mean. */
export function harmonisedValue(
  x: number,
  { mean: middle, sd, batches }: ComBatColumn,
  batch: string,
): number {
  const of = Object.hasOwn(batches, batch) ? batches[batch] : undefined;
  if (of === undefined) throw new Fault('BATCH_UNKNOWN', `"${batch.slice(0, 80)}"`);
  return (x - middle - of.gamma * sd) / Math.sqrt(of.delta) + middle;
}
