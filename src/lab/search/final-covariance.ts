/** How sure the coefficients of a final model are. */
import type { FittedModel } from '../../model/fitted-model.ts';
import { type ClusterBootstrap, clusterBootstrap } from '../learn/cluster-bootstrap.ts';
import { clusterSandwich, inverseInformation } from '../learn/covariance.ts';
import type { FinalModel } from '../learn/final-model.ts';
import type { Columns } from '../learn/z-score.ts';
import type { ClassifierName } from '../record.ts';

type Final = Readonly<{
  model: FinalModel;
  x: Columns;
  labels: Uint8Array;
  patients: readonly string[];
  /** of the draws of patients */
  seed: number;
}>;
type Found = Readonly<{ covariance: FittedModel['covariance']; notices: readonly string[] }>;

/** By the formula of its likelihood where there is no penalty, else by drawing patients; the notices tell of draws that gave no model. */
export function finalCovariance(
  classifier: ClassifierName,
  { model, x, labels, patients, seed }: Final,
): Found {
  if (classifier !== 'LR_none') {
    const drawn = clusterBootstrap(classifier, x, labels, patients, seed);
    return { covariance: withMethod('clusterBootstrap', drawn.covariance), notices: noticesOf(drawn) };
  }
  const fitted = { x, labels, coefficients: model.coefficients, intercept: model.intercept };
  const isClustered = new Set(patients).size < patients.length;
  return {
    covariance: isClustered
      ? withMethod('clusterSandwich', clusterSandwich(fitted, patients))
      : withMethod('inverseInformation', inverseInformation(fitted)),
    notices: [],
  };
}

const withMethod = (
  method: NonNullable<FittedModel['covariance']>['method'],
  matrix: ClusterBootstrap['covariance'],
): FittedModel['covariance'] => matrix && { method, matrix: matrix.map((row) => [...row]) };

function noticesOf({ covariance, replicates, ofOneClass, unsolved }: ClusterBootstrap): string[] {
  const failed = `of ${replicates} draws of patients ${ofOneClass} had too few rows of a class and ${unsolved} gave no model`;
  if (ofOneClass + unsolved > 0)
    return [
      covariance === null
        ? `The covariance of the coefficients is not known: ${failed}.`
        : `The covariance of the coefficients leaves draws out: ${failed}.`,
    ];
  return covariance === null
    ? ['The covariance of the coefficients is not known: some of them are the same in all draws of patients.']
    : [];
}
