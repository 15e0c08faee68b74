import { readdirSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { Migration } from '../catalogue/migrate.ts';
import { digestOf } from '../dicom/uid.ts';
import { type EligibilityRules, eligibilityRulesSchema } from '../eligibility/rule.ts';
import { Fault } from '../fault.ts';
import { type RoiRules, roiRulesSchema } from '../masks/roi-rules.ts';
import { type BaselineRules, baselineRulesSchema } from '../matching/rule.ts';
import type { ClassicInUse } from '../model/classic.ts';
import {
  type ClassicModelFile,
  classicModelFileSchema,
  type ModelFile,
  modelFileSchema,
} from '../model/model-file.ts';
import { settingsOf } from '../pipeline/evaluate.ts';
import type { Digested, ShadowModel, World } from '../pipeline/world.ts';
import { planOf } from '../radiomics/plan.ts';
import { type Template, templateSchema } from '../sr/template.ts';
import { type Config, configSchema } from './config.ts';
import { packageRoot } from './package-root.ts';
import { parseYaml, readText } from './yaml.ts';

/** The configuration with its defaults; relative folders in it are relative to the file. */
export function loadConfig(file: string): Config {
  const config = parseYaml(readText(file, 'CONFIG_UNREADABLE'), file, configSchema, 'CONFIG_INVALID');
  const base = dirname(resolve(file));
  const place = (path: string) => (isAbsolute(path) ? path : resolve(base, path));
  return {
    ...config,
    dataDir: place(config.dataDir),
    rulesDir: config.rulesDir && place(config.rulesDir),
    templatesDir: config.templatesDir && place(config.templatesDir),
    modelsDir: config.modelsDir && place(config.modelsDir),
    dimse: { ...config.dimse, tls: config.dimse.tls && placedCertificates(config.dimse.tls, place) },
    http: { ...config.http, tls: config.http.tls && placedCertificates(config.http.tls, place) },
    nodes: config.nodes.map((node) => ({ ...node, tls: node.tls && placedCertificates(node.tls, place) })),
  };
}

type CertificateFiles = { cert?: string | undefined; key?: string | undefined; ca: string[] };

const placedCertificates = <T extends CertificateFiles>(files: T, place: (path: string) => string): T => ({
  ...files,
  cert: files.cert && place(files.cert),
  key: files.key && place(files.key),
  ca: files.ca.map(place),
});

/** The configuration without a file: every default. */
export const defaultConfig = (): Config => configSchema.parse({});

export type Rules = Readonly<{
  baseline: Digested<BaselineRules>;
  eligibility: Digested<EligibilityRules>;
  roi: Digested<RoiRules>;
}>;

export function loadRules({ rulesDir = join(packageRoot(), 'rules') }: Pick<Config, 'rulesDir'>): Rules {
  return {
    baseline: loadRule(join(rulesDir, 'baseline.yaml'), baselineRulesSchema),
    eligibility: loadRule(join(rulesDir, 'eligibility.yaml'), eligibilityRulesSchema),
    roi: loadRule(join(rulesDir, 'roi.yaml'), roiRulesSchema),
  };
}

function loadRule<T>(file: string, schema: Parameters<typeof parseYaml<T>>[2]): Digested<T> {
  const text = readText(file, 'RULES_INVALID');
  return { value: parseYaml(text, file, schema, 'RULES_INVALID'), sha256: digestOf(text) };
}

const TEMPLATE_FILES = {
  comprehensive: 'delta-radiomics.yaml',
  comprehensive3d: 'delta-radiomics-3d.yaml',
} as const;

/** The template of each form of the report. */
export function loadTemplates({
  templatesDir = join(packageRoot(), 'sr-templates'),
}: Pick<Config, 'templatesDir'>): World['templates'] {
  const load = (name: string): Digested<Template> => {
    const file = join(templatesDir, name);
    const text = readText(file, 'TEMPLATE_INVALID');
    return { value: parseYaml(text, file, templateSchema, 'TEMPLATE_INVALID'), sha256: digestOf(text) };
  };
  return {
    comprehensive: load(TEMPLATE_FILES.comprehensive),
    comprehensive3d: load(TEMPLATE_FILES.comprehensive3d),
  };
}

/** A model by its id, from the models folder. */
export function loadModel(
  id: string,
  { modelsDir = join(packageRoot(), 'models') }: Pick<Config, 'modelsDir'>,
): Digested<ModelFile> {
  return loadModelFile(join(modelsDir, `${id}.json`));
}

export function loadModelFile(file: string): Digested<ModelFile> {
  const text = readText(file, 'MODEL_INVALID');
  const model = { value: parseYaml(text, file, modelFileSchema, 'MODEL_INVALID'), sha256: digestOf(text) };
  settingsOf({ model }); // refuses a recipe that this version does not have
  return model;
}

/**
 * The comparison model where the configuration enables it; undefined where not. Both models are scored on the same
 * measurement, so RECIPES_MIXED refuses one that was fitted to the numbers of another recipe than `beside`; CONFIG_INVALID a
 * normalisation that has not every feature of the model, or one that is none of them.
 */
export function loadClassic(
  { model: { classic }, modelsDir = join(packageRoot(), 'models') }: Pick<Config, 'model' | 'modelsDir'>,
  beside: ModelFile,
): ClassicInUse | undefined {
  if (classic === undefined) return undefined;
  const file = join(modelsDir, `${classic.id}.json`);
  const text = readText(file, 'MODEL_INVALID');
  const model = parseYaml(text, file, classicModelFileSchema, 'MODEL_INVALID');
  refuseOtherRecipe(model, beside);
  const { normalisation } = classic;
  if (normalisation === undefined) return { model, sha256: digestOf(text), normalisation: { kind: 'none' } };
  refuseOtherFeatures(normalisation.features, model);
  return { model, sha256: digestOf(text), normalisation: { kind: 'supplied', ...normalisation } };
}

/**
 * The delta model on trial where the configuration names one; undefined where not. RECIPES_MIXED refuses one that was fitted to the
 * numbers of another recipe than `beside`, FEATURE_UNKNOWN one whose feature this version does not measure.
 */
export function loadShadow(
  { model: { shadow }, modelsDir }: Pick<Config, 'model' | 'modelsDir'>,
  beside: ModelFile,
): ShadowModel | undefined {
  if (shadow === undefined) return undefined;
  const model = loadModel(shadow.id, { modelsDir });
  refuseOtherRecipe(model.value, beside);
  planOf(settingsOf({ model }), [model.value.feature]);
  const { normalisation } = shadow;
  return { model, normalisation: normalisation ? { kind: 'supplied', ...normalisation } : { kind: 'none' } };
}

type WithRecipe = Pick<ModelFile, 'id' | 'recipe' | 'recipeDigest'>;
function refuseOtherRecipe(model: WithRecipe, beside: WithRecipe): void {
  if (model.recipe === beside.recipe && model.recipeDigest === beside.recipeDigest) return;
  throw new Fault(
    'RECIPES_MIXED',
    `${model.id} was fitted to the numbers of another recipe than ${beside.id}`,
  );
}

function refuseOtherFeatures(
  given: Readonly<Record<string, unknown>>,
  { id, coefficients }: ClassicModelFile,
): void {
  const missing = Object.keys(coefficients).filter((name) => !Object.hasOwn(given, name));
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(coefficients, name));
  if (missing.length + unknown.length === 0) return;
  const problems = [
    ...missing.map((name) => `${name} is missing`),
    ...unknown.map((name) => `${name} is no feature of ${id}`),
  ];
  throw new Fault('CONFIG_INVALID', `model.classic.normalisation.features: ${problems.join('; ')}`);
}

/** Numbered SQL files: `0001.sql` is version 1. */
export function loadMigrations(): Migration[] {
  const folder = join(packageRoot(), 'src/catalogue/migrations');
  return readdirSync(folder)
    .filter((name) => /^\d{4}\.sql$/.test(name))
    .map((name) => ({ version: Number(name.slice(0, 4)), text: readFileSync(join(folder, name), 'utf8') }));
}
