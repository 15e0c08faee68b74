import { readdirSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { Migration } from '../catalogue/migrate.ts';
import { isSectionSecret, mapSecrets } from '../configuration/kept-secrets.ts';
import { type ConfigSection, fileNameOf, type RuleFile } from '../configuration/section.ts';
import { digestOf } from '../dicom/uid.ts';
import { type EligibilityRules, eligibilityRulesSchema } from '../eligibility/rule.ts';
import { type RoiRules, roiRulesSchema } from '../masks/roi-rules.ts';
import { type BaselineRules, baselineRulesSchema } from '../matching/rule.ts';
import type { Digested, World } from '../pipeline/world.ts';
import { type Template, templateSchema } from '../sr/template.ts';
import { type Config, configSchema } from './config.ts';
import { literalSecrets } from './literal-secrets.ts';
import { packageRoot } from './package-root.ts';
import { toTheLetter, withEnvironment } from './placeholders.ts';
import { opennessOf } from './secret-file.ts';
import { parseYaml, readText, readYaml } from './yaml.ts';

/** A configuration, and what can be changed of it while the service runs as it is written in the file. */
export type WrittenConfig = Readonly<{
  config: Config;
  /** relative certificate files of its nodes are relative to this folder */
  folder: string;
  /** their secrets as the file says them: a placeholder stays one, and no secret of the environment is kept anywhere else */
  written: Readonly<Record<ConfigSection, unknown>>;
  /** The same with the environment in them: how versions before kept it. */
  filled: Readonly<Record<ConfigSection, unknown>>;
  /** what the file leaves open to other users of the machine */
  openness: string | undefined;
}>;

/**
 * The configuration with its defaults and the environment in its placeholders; relative folders in it are relative to the file.
 * Faults: CONFIG_UNREADABLE, CONFIG_INVALID, and SECRET_FILE_OPEN of files that it names.
 */
export const loadConfig = (file: string): Config => loadWrittenConfig(file).config;

export function loadWrittenConfig(file: string): WrittenConfig {
  const text = readText(file, 'CONFIG_UNREADABLE');
  let kept: unknown;
  let openness: string | undefined;
  const { written: filled, value } = readYaml(text, file, configSchema, 'CONFIG_INVALID', (said) => {
    openness = opennessOf(file, literalSecrets(said));
    kept = withEnvironment(said, process.env, isSectionSecret);
    return withEnvironment(said, process.env);
  });
  const folder = dirname(resolve(file));
  return {
    config: placed(value, folder),
    folder,
    written: sectionsOf(kept as Partial<Config>),
    filled: sectionsOf(filled as Partial<Config>),
    openness,
  };
}

/** A configuration that no file has: what it says is all that it says. */
export const unwrittenConfig = (config: Config): WrittenConfig => ({
  config,
  folder: process.cwd(),
  openness: undefined,
  filled: sectionsOf(config),
  written: sectionsOf({
    ...config,
    nodes: mapSecrets('nodes', config.nodes, toTheLetter) as Config['nodes'],
    notifications: mapSecrets('notifications', config.notifications, toTheLetter) as Config['notifications'],
  }),
});

const sectionsOf = ({ nodes, model, notifications }: Partial<Config>): WrittenConfig['written'] => ({
  nodes: nodes ?? [],
  model: model ?? {},
  notifications: notifications ?? {},
});

const placeIn =
  (folder: string) =>
  (path: string): string =>
    isAbsolute(path) ? path : resolve(folder, path);

/** Nodes whose certificate files are found from anywhere. */
export const placedNodes = (nodes: Config['nodes'], folder: string): Config['nodes'] =>
  nodes.map((node) => ({ ...node, tls: node.tls && placedCertificates(node.tls, placeIn(folder)) }));

function placed(config: Config, folder: string): Config {
  const place = placeIn(folder);
  return {
    ...config,
    dataDir: place(config.dataDir),
    rulesDir: config.rulesDir && place(config.rulesDir),
    templatesDir: config.templatesDir && place(config.templatesDir),
    modelsDir: config.modelsDir && place(config.modelsDir),
    dimse: { ...config.dimse, tls: config.dimse.tls && placedCertificates(config.dimse.tls, place) },
    http: { ...config.http, tls: config.http.tls && placedCertificates(config.http.tls, place) },
    nodes: placedNodes(config.nodes, folder),
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

type RuleText = Readonly<{ file: string; text: string }>;

/** The rule files as they are written. */
export function readRules({
  rulesDir = join(packageRoot(), 'rules'),
}: Pick<Config, 'rulesDir'>): Readonly<Record<RuleFile, RuleText>> {
  const read = (section: RuleFile): RuleText => {
    const file = join(rulesDir, fileNameOf(section));
    return { file, text: readText(file, 'RULES_INVALID') };
  };
  return {
    'rules/baseline': read('rules/baseline'),
    'rules/eligibility': read('rules/eligibility'),
    'rules/roi': read('rules/roi'),
  };
}

export const loadRules = (config: Pick<Config, 'rulesDir'>): Rules => rulesOf(readRules(config));

/** Rules from their texts; RULES_INVALID tells file:line:column. */
export function rulesOf(texts: Readonly<Record<RuleFile, RuleText>>): Rules {
  const load = <T>(section: RuleFile, schema: Parameters<typeof parseYaml<T>>[2]): Digested<T> => {
    const { file, text } = texts[section];
    return { value: parseYaml(text, file, schema, 'RULES_INVALID'), sha256: digestOf(text) };
  };
  return {
    baseline: load('rules/baseline', baselineRulesSchema),
    eligibility: load('rules/eligibility', eligibilityRulesSchema),
    roi: load('rules/roi', roiRulesSchema),
  };
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

/** Numbered SQL files: `0001.sql` is version 1. */
export function loadMigrations(): Migration[] {
  const folder = join(packageRoot(), 'src/catalogue/migrations');
  return readdirSync(folder)
    .filter((name) => /^\d{4}\.sql$/.test(name))
    .map((name) => ({ version: Number(name.slice(0, 4)), text: readFileSync(join(folder, name), 'utf8') }));
}
