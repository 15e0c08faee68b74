/** A model is put right by outcomes: its log odds are moved, or moved and stretched, until they agree with them. */
import { inverse, Matrix } from 'ml-matrix';
import { digestOf } from '../../dicom/uid.ts';
import { Fault } from '../../fault.ts';
import type { FittedModel } from '../../model/fitted-model.ts';
import { linearPredictor, logistic, zScore } from '../../model/interval.ts';
import { referenceOf } from '../../model/reference.ts';
import { scoredColumn } from '../evaluate/probabilities.ts';
import { logitLine, logitShift } from '../statistics/logit-line.ts';
import { columnOf, type FeatureTable, withFeatures } from '../table/feature-table.ts';

export const METHODS = ['intercept', 'slope'] as const;
type Method = (typeof METHODS)[number];

const FEWEST = 20;

/** Log odds after = intercept + slope times log odds before. */
type Line = Readonly<{ intercept: number; slope: number }>;

/**
 * The model with its log odds recalibrated on rows with a known label; the cut-off goes with them, so that nobody changes sides. Training
 * facts and the reference for drift become those of the outcomes, since it is they that the probability now rests on. Faults: TOO_FEW_EVENTS below 20 of either
 * class, COHORT_INVALID where the model ranks the outcomes the wrong way round or not at all, TABLE_INVALID, BATCH_UNKNOWN.
 */
export function recalibrate(
  before: FittedModel,
  sha256: string,
  outcomes: FeatureTable,
  { method, id, version }: Readonly<{ method: Method; id: string; version: string }>,
): FittedModel {
  const labels = labelsOf(outcomes);
  const rows = rowsOf(before, outcomes);
  const beta = [before.intercept, ...before.features.map(({ coefficient }) => coefficient)];
  const logOdds = Float64Array.from(rows, (row) => linearPredictor(logisticFrom(beta), row.slice(1)));
  const line = lineOf(method, logOdds, labels);
  const covariance = covarianceAfter({ method, line, beta, rows, logOdds }, before.covariance?.matrix);
  const move = (value: number): number => line.intercept + line.slope * value;
  const facts = factsOf(outcomes, labels);
  return {
    ...before,
    id,
    version,
    features: before.features.map((feature) => ({
      ...feature,
      coefficient: line.slope * feature.coefficient,
      reference: referenceOf(columnOf(withFeatures(outcomes, [feature.name]), 0)),
    })),
    intercept: move(before.intercept),
    cutOff: logistic(move(Math.log(before.cutOff / (1 - before.cutOff)))),
    classifier: classifierAfter(before.classifier, line),
    covariance: covariance && { method: 'recalibration', matrix: covariance },
    training: facts,
    provenance: `${before.provenance} ${sentenceOf(before, sha256, line, facts)}`.trim(),
    lab: {
      ...before.lab,
      recalibration: {
        method,
        ...line,
        before: { id: before.id, version: before.version, sha256 },
        ...facts,
      },
      training: [...trainedOn(before), ...outcomes.rows.map(nameOf)],
    },
  };
}

const logisticFrom = ([intercept = 0, ...coefficients]: readonly number[]) => ({ intercept, coefficients });

function labelsOf({ rows }: FeatureTable): Uint8Array {
  const unknown = rows.find(({ label }) => label === null);
  if (unknown) throw new Fault('TABLE_INVALID', `row ${unknown.line}, column label: the outcome is missing`);
  const labels = Uint8Array.from(rows, ({ label }) => label ?? 0);
  const events = labels.reduce((sum, label) => sum + label, 0);
  const others = labels.length - events;
  if (Math.min(events, others) < FEWEST)
    throw new Fault(
      'TOO_FEW_EVENTS',
      `${events} with the outcome and ${others} without; ${FEWEST} of each are needed`,
    );
  return labels;
}

/** 1 and the z of every feature, row by row. */
function rowsOf(model: FittedModel, table: FeatureTable): number[][] {
  const { features } = model;
  const columns = features.map(({ name }) => scoredColumn(model, table, name));
  return table.rows.map((_, i) => [1, ...features.map((feature, j) => zScore(columns[j]![i]!, feature))]);
}

function lineOf(method: Method, logOdds: Float64Array, labels: Uint8Array): Line {
  if (method === 'intercept') return { intercept: logitShift(logOdds, labels), slope: 1 };
  const line = logitLine(logOdds, labels);
  if (line === null)
    throw new Fault(
      'COHORT_INVALID',
      'the model separates the outcomes without error, or says the same of all: there is no slope',
    );
  if (!(line.slope > 0))
    throw new Fault(
      'COHORT_INVALID',
      `the slope is ${line.slope.toFixed(3)}: the model ranks these outcomes the wrong way round; fit anew`,
    );
  return line;
}

type Fit = Readonly<{
  method: Method;
  line: Line;
  beta: readonly number[];
  rows: readonly (readonly number[])[];
  logOdds: Float64Array;
}>;

/**
 * Of the coefficients after, b' = a e0 + s b, to first order in the errors of (a, s), from the outcomes, and of b, from the training rows: with
 * J = db'/d(a, s), V the inverse information of (a, s) and D = d(a, s)/db, by which the line gives way when b changes,
 * J V J' + (s I + J D) C (s I + J D)'. Of one feature and both parameters, the second part is 0: the outcomes alone decide. null where C is not
 * known and not 0 times.
 */
function covarianceAfter(
  { method, line, beta, rows, logOdds }: Fit,
  before: readonly (readonly number[])[] | undefined,
): number[][] | null {
  const size = beta.length;
  const J = Matrix.zeros(size, method === 'slope' ? 2 : 1);
  J.set(0, 0, 1);
  if (method === 'slope') beta.forEach((value, i) => void J.set(i, 1, value));
  const information = Matrix.zeros(J.columns, J.columns);
  const cross = Matrix.zeros(J.columns, size);
  rows.forEach((row, i) => {
    const q = logistic(line.intercept + line.slope * logOdds[i]!);
    const u = Matrix.columnVector(method === 'slope' ? [1, logOdds[i]!] : [1]);
    information.add(u.mmul(u.transpose()).mul(q * (1 - q)));
    cross.add(u.mmul(Matrix.rowVector([...row])).mul(q * (1 - q)));
  });
  const V = inverse(information);
  const own = J.mmul(V).mmul(J.transpose());
  if (method === 'slope' && size === 2) return symmetric(own);
  if (before === undefined) return null;
  const D = V.mmul(cross).mul(-line.slope);
  const G = Matrix.eye(size).mul(line.slope).add(J.mmul(D));
  const C = new Matrix(before.map((row) => [...row]));
  return symmetric(own.add(G.mmul(C).mmul(G.transpose())));
}

const symmetric = (matrix: Matrix): number[][] => Matrix.add(matrix, matrix.transpose()).div(2).to2DArray();

/** P = 1 / (1 + exp(A f + B)): the log odds are -(A f + B). */
const classifierAfter = (
  before: FittedModel['classifier'],
  { intercept, slope }: Line,
): FittedModel['classifier'] =>
  before.kind === 'linearSVC'
    ? { ...before, platt: { A: slope * before.platt.A, B: slope * before.platt.B - intercept } }
    : before;

function factsOf({ rows }: FeatureTable, labels: Uint8Array): FittedModel['training'] {
  const events = labels.reduce((sum, label) => sum + label, 0);
  const patients = new Set(rows.map(({ patient, caseName }) => patient || `case ${caseName}`)).size;
  return { n: rows.length, events, patients, prevalence: events / rows.length };
}

const sentenceOf = (
  { id, version }: FittedModel,
  sha256: string,
  { intercept, slope }: Line,
  { n, events, patients }: FittedModel['training'],
): string =>
  `Recalibrated from ${id} ${version} (SHA-256 ${sha256.slice(0, 12)}) on ${n} rows of ${patients} patients, ${events} with the outcome: ` +
  `log odds = ${intercept} + ${slope} times those before; the cut-off is moved with them. Rows of one patient count as independent.`;

const trainedOn = ({ lab }: FittedModel) => (Array.isArray(lab['training']) ? lab['training'] : []);

/** No name of a patient goes into a model file. */
const nameOf = ({ patient, caseName }: FeatureTable['rows'][number]) =>
  patient === '' ? { caseName: digestOf(caseName) } : { patient: digestOf(patient) };
