import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { ClassifierName } from '../record.ts';
import type { Covariance } from './covariance.ts';
import { logOddsOf } from './final-model.ts';
import { MersenneTwister } from './mersenne-twister.ts';
import type { Columns } from './z-score.ts';

export type ClusterBootstrap = Readonly<{
  /** null: too few replicates have a model, or it is not positive definite */
  covariance: Covariance | null;
  /** as many as were drawn: none after too many have failed */
  replicates: number;
  /** replicates in which a class is missing, or for held-out decision values has a single row */
  ofOneClass: number;
  /** replicates whose model was not found */
  unsolved: number;
}>;

const REPLICATES = 500;
/** Share of the replicates: were more to fail, those left would tell of easy draws only. */
const MOST_FAILED = 0.1;

/**
 * Covariance of (intercept, coefficients in order) of a final model: as many patients are drawn with replacement as there are, all their rows
 * come along, and the classifier is fitted anew, with Platt's held-out decision values where it is a support vector machine. A row that is
 * drawn twice counts twice, and is never held out from itself. Features, z-scores and harmonisation are taken as given. One seed (0 to 2^32 - 1)
 * gives the same numbers on every machine.
 * @see Field, Welsh, J. R. Stat. Soc. B 69 (2007) 369
 */
export function clusterBootstrap(
  classifier: ClassifierName,
  x: Columns,
  labels: Uint8Array,
  patients: readonly string[],
  seed: number,
  replicates = REPLICATES,
): ClusterBootstrap {
  const random = new MersenneTwister(seed);
  const numbers = new Map([...new Set(patients)].map((patient, number) => [patient, number]));
  const patientOf = patients.map((patient) => numbers.get(patient)!);
  const found: number[][] = [];
  let [ofOneClass, unsolved] = [0, 0];
  const isHopeless = (): boolean => ofOneClass + unsolved > MOST_FAILED * replicates;
  while (found.length + ofOneClass + unsolved < replicates && !isHopeless()) {
    const drawn = new Uint32Array(numbers.size);
    for (let k = 0; k < drawn.length; k++) drawn[random.upTo(drawn.length - 1)]!++;
    const counts = Uint32Array.from(patientOf, (number) => drawn[number]!);
    const sample = sampleOf(x, labels, counts);
    if (Math.min(...sample.ofClass) < (classifier === 'SVM' ? 2 : 1)) {
      ofOneClass++;
      continue;
    }
    const form = logOddsOf(classifier, sample.x, sample.labels, sample.counts);
    if (typeof form === 'string') unsolved++;
    else found.push([form.intercept, ...form.coefficients]);
  }
  return {
    ...{ replicates: found.length + ofOneClass + unsolved, ofOneClass, unsolved },
    covariance: isHopeless() ? null : covarianceOf(found),
  };
}

/** The rows that were drawn, once each. */
function sampleOf({ values, rows }: Columns, labels: Uint8Array, countOfRow: Uint32Array) {
  const drawn = Int32Array.from(countOfRow.keys()).filter((row) => countOfRow[row]! > 0);
  const own = new Float64Array((values.length / rows) * drawn.length);
  for (let j = 0; j < values.length / rows; j++)
    for (const [i, row] of drawn.entries()) own[j * drawn.length + i] = values[j * rows + row]!;
  const events = drawn.reduce((sum, row) => sum + labels[row]!, 0);
  return {
    x: { values: own, rows: drawn.length },
    labels: Uint8Array.from(drawn, (row) => labels[row]!),
    counts: Uint32Array.from(drawn, (row) => countOfRow[row]!),
    ofClass: [drawn.length - events, events],
  };
}

function covarianceOf(found: readonly (readonly number[])[]): Covariance | null {
  const centred = new Matrix(found.map((row) => [...row])).center('column');
  const matrix = centred
    .transpose()
    .mmul(centred)
    .div(found.length - 1);
  const symmetric = Matrix.add(matrix, matrix.transpose()).div(2);
  const { realEigenvalues } = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
  return Math.min(...realEigenvalues) > 0 ? symmetric.to2DArray() : null;
}
