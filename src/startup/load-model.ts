/** Models from the models folder, whoever wrote them, ready to be scored with, and the scale that each is used with. */
import { join } from 'node:path';
import { z } from 'zod';
import { digestOf } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import type { ClassicInUse } from '../model/classic.ts';
import { fittedModelSchema } from '../model/fitted-model.ts';
import { classicModelFileSchema, modelFileSchema } from '../model/model-file.ts';
import type { Normalisation } from '../model/score-result.ts';
import {
  featureNames,
  ownScale,
  type ServedClassic,
  type ServedModel,
  servedModel,
} from '../model/served-model.ts';
import { settingsOf } from '../pipeline/evaluate.ts';
import type { Digested, ShadowModel } from '../pipeline/world.ts';
import { planOf } from '../radiomics/plan.ts';
import type { Config } from './config.ts';
import { packageRoot } from './package-root.ts';
import { parseYaml, readText } from './yaml.ts';

export const modelsFolder = ({
  modelsDir = join(packageRoot(), 'models'),
}: Pick<Config, 'modelsDir'>): string => modelsDir;

/** The lab says that a file is its own; a published one has no kind. */
const kindSchema = z.looseObject({ kind: z.string().optional() });
const publishedSchema = z.discriminatedUnion('definition', [
  modelFileSchema.unwrap(),
  classicModelFileSchema.unwrap(),
]);

/**
 * The model in the text of a file. Throws MODEL_INVALID with file:line:column, or with why no service takes it; RECIPES_MIXED for one of
 * other numbers than this version measures; FEATURE_UNKNOWN.
 */
export function modelOf(text: string, file: string): Digested<ServedModel | ServedClassic> {
  const { kind } = parseYaml(text, file, kindSchema, 'MODEL_INVALID');
  const value =
    kind === 'fitted'
      ? servedModel(parseYaml(text, file, fittedModelSchema, 'MODEL_INVALID'))
      : parseYaml(text, file, publishedSchema, 'MODEL_INVALID');
  planOf(settingsOf({ model: { value } }), featureNames(value));
  return { value, sha256: digestOf(text) };
}

export const isClassic = (model: ServedModel | ServedClassic): model is ServedClassic =>
  model.definition === 'followUpAlone';

export const loadAnyModelFile = (file: string): Digested<ServedModel | ServedClassic> =>
  modelOf(readText(file, 'MODEL_INVALID'), file);

/** A delta model by its id, from the models folder. */
export const loadModel = (id: string, config: Pick<Config, 'modelsDir'>): Digested<ServedModel> =>
  loadModelFile(join(modelsFolder(config), `${id}.json`));

export function loadModelFile(file: string): Digested<ServedModel> {
  const { value, sha256 } = loadAnyModelFile(file);
  if (isClassic(value)) throw new Fault('MODEL_INVALID', `${file} definition: scores the follow-up alone`);
  return { value, sha256 };
}

/**
 * The comparison model where the configuration enables it; undefined where not. Both models are scored on the same
 * measurement, so RECIPES_MIXED refuses one that was fitted to the numbers of another recipe than `beside`; CONFIG_INVALID a
 * normalisation that has not every feature of the model, or one that is none of them.
 */
export function loadClassic(
  { model: { classic }, modelsDir }: Pick<Config, 'model' | 'modelsDir'>,
  beside: ServedModel,
): ClassicInUse | undefined {
  if (classic === undefined) return undefined;
  const file = join(modelsFolder({ modelsDir }), `${classic.id}.json`);
  const { value: model, sha256 } = loadAnyModelFile(file);
  if (!isClassic(model))
    throw new Fault('MODEL_INVALID', `${file} definition: scores a change, not the follow-up alone`);
  refuseOtherRecipe(model, beside);
  const { normalisation } = classic;
  if (normalisation) refuseOtherFeatures(normalisation.features, model, 'model.classic.normalisation');
  const scale = normalisation ?? ownScale(model);
  return { model, sha256, normalisation: scale ? { kind: 'supplied', ...scale } : { kind: 'none' } };
}

/**
 * The delta model on trial where the configuration names one; undefined where not. RECIPES_MIXED refuses one that was fitted to the
 * numbers of another recipe than `beside`.
 */
export function loadShadow(
  { model: { shadow }, modelsDir }: Pick<Config, 'model' | 'modelsDir'>,
  beside: ServedModel,
): ShadowModel | undefined {
  if (shadow === undefined) return undefined;
  const model = loadModel(shadow.id, { modelsDir });
  refuseOtherRecipe(model.value, beside);
  return {
    model,
    normalisation: normalisationOf(model.value, shadow.normalisation, 'model.shadow.normalisation'),
  };
}

/**
 * The scale that a delta model is used with: the configured one, else its own, else none. CONFIG_INVALID for a configured one that has
 * not every feature of the model, or one that is none of them, or beside a harmonised model; `key`: where it stands.
 */
export function normalisationOf(
  model: ServedModel,
  configured: Config['model']['normalisation'],
  key: string,
): Normalisation {
  if (configured && model.fitted?.harmonisation)
    throw new Fault(
      'CONFIG_INVALID',
      `${key}: ${model.id} is harmonised by ${model.fitted.harmonisation.batch} and has a scale for each; leave the key out`,
    );
  const scale = configured ? configuredScale(model, configured, key) : ownScale(model);
  const { [model.feature]: lead, ...others } = scale?.features ?? {};
  if (!scale || !lead) return { kind: 'none' };
  const { n, source } = scale;
  const mix = configured?.mix;
  const hasOthers = Object.keys(others).length > 0;
  return { kind: 'supplied', ...lead, n, source, ...(mix && { mix }), ...(hasOthers && { others }) };
}

type Configured = NonNullable<Config['model']['normalisation']>;

function configuredScale(
  model: ServedModel,
  { mean, sd, features, n, source }: Configured,
  key: string,
): NonNullable<ReturnType<typeof ownScale>> {
  const given = mean === undefined || sd === undefined ? (features ?? {}) : { [model.feature]: { mean, sd } };
  refuseOtherFeatures(given, model, key);
  return { n, source, features: given };
}

function refuseOtherRecipe(model: ServedModel | ServedClassic, beside: ServedModel): void {
  if (model.recipe === beside.recipe && model.recipeDigest === beside.recipeDigest) return;
  throw new Fault(
    'RECIPES_MIXED',
    `${model.id} was fitted to the numbers of another recipe than ${beside.id}`,
  );
}

function refuseOtherFeatures(
  given: Readonly<Record<string, unknown>>,
  model: ServedModel | ServedClassic,
  key: string,
): void {
  const names = featureNames(model);
  const missing = names.filter((name) => !Object.hasOwn(given, name));
  const unknown = Object.keys(given).filter((name) => !names.includes(name));
  if (missing.length + unknown.length === 0) return;
  const problems = [
    ...missing.map((name) => `${name} is missing`),
    ...unknown.map((name) => `${name} is no feature of ${model.id}`),
  ];
  throw new Fault('CONFIG_INVALID', `${key}.features: ${problems.join('; ')}`);
}
