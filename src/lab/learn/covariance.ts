import { inverse, Matrix } from 'ml-matrix';
import { logistic } from '../../model/interval.ts';
import type { Columns } from './z-score.ts';

/** Of an unpenalised logistic regression at its optimum: rows of the symmetric matrix of (intercept, coefficients in order). */
export type Covariance = readonly (readonly number[])[];

type Fitted = Readonly<{ x: Columns; labels: Uint8Array; coefficients: Float64Array; intercept: number }>;

/** The inverse of the information: rows are independent. */
export const inverseInformation = (fitted: Fitted): Covariance =>
  inverse(informationOf(fitted).information).to2DArray();

/** Sandwich estimate: the scores of a patient's rows are added before they are squared. No small-sample factor. */
export function clusterSandwich(fitted: Fitted, patients: readonly string[]): Covariance {
  const { design, information, residuals } = informationOf(fitted);
  const bread = inverse(information);
  const scores = new Map<string, Matrix>();
  patients.forEach((patient, i) => {
    const own = Matrix.rowVector(design.getRow(i)).mul(residuals[i]!);
    const sum = scores.get(patient);
    scores.set(patient, sum ? sum.add(own) : own);
  });
  const meat = Matrix.zeros(information.rows, information.rows);
  for (const score of scores.values()) meat.add(score.transpose().mmul(score));
  return bread.mmul(meat).mmul(bread).to2DArray();
}

function informationOf({ x: { values, rows }, labels, coefficients, intercept }: Fitted) {
  const design = new Matrix(rows, coefficients.length + 1);
  const weighted = new Matrix(rows, coefficients.length + 1);
  const residuals = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const row = [1, ...Array.from(coefficients, (_, j) => values[j * rows + i]!)];
    const f = coefficients.reduce((sum, w, j) => sum + w * row[j + 1]!, intercept);
    const q = logistic(f);
    residuals[i] = labels[i]! - q;
    design.setRow(i, row);
    weighted.setRow(
      i,
      row.map((each) => each * q * (1 - q)),
    );
  }
  return { design, information: design.transpose().mmul(weighted), residuals };
}
