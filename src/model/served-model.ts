/** A model as scoring takes it: a published file as it stands, or one that the lab has fitted. */
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { Fault } from '../fault.ts';
import type { FittedModel } from './fitted-model.ts';
import type { Logistic, MeanAndSd } from './interval.ts';
import type { ClassicModelFile, ModelFile } from './model-file.ts';

/** What a file of the lab says beyond a published one. */
type FittedParts = Readonly<{
  /** every feature, in the order of the covariance; mean and SD of its training values */
  features: FittedModel['features'];
  /** of (intercept, coefficients) */
  covariance: readonly (readonly number[])[];
  /** ComBat: a scale of its own for each scanner or kernel, see scale-of-case.ts; absent: one for all */
  harmonisation?: Harmonisation | undefined;
}>;
type Harmonisation = Readonly<{
  batch: 'scanner' | 'kernel';
  features: NonNullable<FittedModel['harmonisation']>['features'];
}>;

/** `z`: the distribution that a published model's unpublished covariance is approximated with. */
type Training = Readonly<{ n: number; prevalence: number; z?: 'standardNormal' }>;

/** Scores the change of features; of several, `feature` and `coefficient` are of the leading one (the largest coefficient in size). */
export type ServedModel = Omit<ModelFile, 'training'> &
  Readonly<{ training: Training; fitted?: FittedParts | undefined }>;

/** Scores the follow-up alone. */
export type ServedClassic = Omit<ClassicModelFile, 'training'> &
  Readonly<{ training: Training; fitted?: FittedParts | undefined }>;

/** The features with the coefficients of their z, in the order of the file. */
export const termsOf = (
  model: Pick<ServedModel, 'feature' | 'coefficient' | 'fitted'>,
): readonly Readonly<{ name: string; coefficient: number }>[] =>
  model.fitted?.features ?? [{ name: model.feature, coefficient: model.coefficient }];

/** PyRadiomics names of all that a model asks of a lesion. */
export const featureNames = (model: ServedModel | ServedClassic): readonly string[] =>
  'coefficients' in model ? Object.keys(model.coefficients) : termsOf(model).map(({ name }) => name);

/** The regression in a model; coefficients in the order of the file. */
export const logisticOf = (model: ServedModel | ServedClassic): Logistic => ({
  intercept: model.intercept,
  coefficients:
    'coefficients' in model
      ? Object.values(model.coefficients)
      : termsOf(model).map(({ coefficient }) => coefficient),
  n: model.training.n,
  covariance: model.fitted?.covariance,
});

/** Mean and SD of every feature in the rows that the model was fitted to, taken as known; undefined for a published model. */
export const ownScale = ({
  id,
  version,
  training,
  fitted,
}: ServedModel | ServedClassic):
  | Readonly<{ n: number; source: string; features: Readonly<Record<string, MeanAndSd>> }>
  | undefined =>
  fitted && {
    n: training.n,
    source: `training rows of ${id} ${version}`,
    features: Object.fromEntries(fitted.features.map(({ name, mean, sd }) => [name, { mean, sd }])),
  };

/**
 * A model of the lab for service. MODEL_INVALID, with a sentence that says what to do, for one that no service can score honestly: a
 * definition of change that it does not compute, a harmonisation whose batch no study tells, no recipe, no covariance (so no interval).
 */
export function servedModel(model: FittedModel): ServedModel | ServedClassic {
  const { id, version, title, intercept, cutOff, features, training, citation, provenance } = model;
  const { recipe, recipeDigest } = model;
  if (recipe === null || recipeDigest === null)
    throw refused(
      'recipe: the model does not say by which recipe its features were measured; fit it to a table that does',
    );
  const harmonisation = harmonisationOf(model);
  const parts = {
    ...{ id, version, title, intercept, cutOff, recipe, recipeDigest, citation, provenance },
    training: { n: training.n, prevalence: training.prevalence },
    fitted: { features, covariance: covarianceOf(model), ...(harmonisation && { harmonisation }) },
  };
  if (model.definition === 'followUpAlone') {
    const coefficients = Object.fromEntries(features.map(({ name, coefficient }) => [name, coefficient]));
    return { ...parts, definition: model.definition, coefficients };
  }
  if (model.definition !== 'followUpMinusBaseline' || model.reference !== 'baseline')
    throw refused(
      `definition: ${model.definition} against ${model.reference} is not computed in service; fit followUpMinusBaseline against baseline`,
    );
  const lead = features.reduce((most, each) =>
    Math.abs(each.coefficient) > Math.abs(most.coefficient) ? each : most,
  );
  return { ...parts, definition: model.definition, feature: lead.name, coefficient: lead.coefficient };
}

function harmonisationOf({ harmonisation, definition, features }: FittedModel): Harmonisation | undefined {
  if (harmonisation === null) return undefined;
  const { batch } = harmonisation;
  if (batch === 'site')
    throw refused(
      'harmonisation: no study says which site of the cohort it is of; fit the model with --combat scanner or kernel, or without',
    );
  if (definition === 'followUpAlone')
    throw refused(
      'harmonisation: a model of the follow-up alone is not harmonised in service; fit it without',
    );
  const known = new Set(harmonisation.features.map(({ name }) => name));
  const missing = features.find(({ name }) => !known.has(name));
  if (missing) throw refused(`harmonisation: ${missing.name} has no parameters`);
  return { batch, features: harmonisation.features };
}

const refused = (detail: string): Fault => new Fault('MODEL_INVALID', detail);

/** Rounding of a matrix that was computed in double precision and written as decimal text. */
const SYMMETRIC_TO = 1e-9;

function covarianceOf({ covariance }: FittedModel): readonly (readonly number[])[] {
  if (covariance === null)
    throw refused(
      'covariance: without it no interval can be given, and no probability goes without one; fit with covariance',
    );
  const matrix = new Matrix(covariance.matrix);
  const scale = Math.max(...matrix.to1DArray().map(Math.abs));
  const skew = Math.max(...Matrix.sub(matrix, matrix.transpose()).to1DArray().map(Math.abs));
  if (skew > SYMMETRIC_TO * scale) throw refused('covariance.matrix: is not symmetric');
  const { realEigenvalues } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  if (!(Math.min(...realEigenvalues) > 0)) throw refused('covariance.matrix: is not positive definite');
  return covariance.matrix;
}
