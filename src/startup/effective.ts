/** From the texts of the sections to the configuration that counts. */
import type { z } from 'zod';
import type { DecisiveTexts } from '../catalogue/same-configuration.ts';
import { mapSecrets, withKeptSecrets } from '../configuration/kept-secrets.ts';
import {
  type ConfigSection,
  fileNameOf,
  isRuleFile,
  type RuleFile,
  type Section,
} from '../configuration/section.ts';
import type { Seed } from '../configuration/seed.ts';
import type { ClassicInUse } from '../model/classic.ts';
import type { Normalisation } from '../model/score-result.ts';
import type { ServedModel } from '../model/served-model.ts';
import type { Digested, ShadowModel, World } from '../pipeline/world.ts';
import { type Config, configSchema } from './config.ts';
import { loadTemplates, placedNodes, type Rules, readRules, rulesOf, type WrittenConfig } from './load.ts';
import { loadClassic, loadModel, loadShadow, normalisationOf } from './load-model.ts';
import { toTheLetter, withVariables } from './placeholders.ts';
import { refuseFailedExamples } from './rule-examples.ts';
import { nodeOf } from './tls.ts';
import { readYaml } from './yaml.ts';

export type SectionTexts = Readonly<Record<Section, string>>;

/** What counts now, checked and ready for use. */
export type Effective = Readonly<{
  config: Config;
  rules: Rules;
  templates: World['templates'];
  model: Digested<ServedModel>;
  normalisation: Normalisation;
  classic: ClassicInUse | undefined;
  shadow: ShadowModel | undefined;
  /** what the sections say that decide what a case comes to */
  decisive: DecisiveTexts;
}>;

const schemaOf = configSchema.shape;
const INDENT = 2;

/** The text of a section of `earshot.yaml` as it is kept. */
export const keptText = (written: unknown): string => JSON.stringify(written, null, INDENT);

/** What the file says of every section. */
export function seedsOf({ config, written, filled }: WrittenConfig): readonly Seed[] {
  const isBundled = config.rulesDir === undefined;
  const rules = Object.entries(readRules(config)) as [RuleFile, { text: string }][];
  return [
    ...(Object.entries(written) as [ConfigSection, unknown][]).map(([section, value]) => ({
      section,
      text: keptText(value),
      filledText: keptText(filled[section]),
      isBundled: false,
    })),
    ...rules.map(([section, { text }]) => ({ section, text, isBundled })),
  ];
}

/**
 * The text of a section of the file, as it is kept: with the secrets that stay, and with the placeholders of the others. CONFIG_INVALID
 * tells line:column.
 */
export const textOfFile = (section: Section, given: string, present: string | undefined): string =>
  keptWith(section, given, present, (written) => written);

/**
 * The same of a section as somebody gives it (YAML or JSON). A secret in it is meant to the letter: a placeholder would read any
 * variable of the service for whoever may change a node.
 */
export const acceptedText = (section: Section, given: string, present: string | undefined): string =>
  keptWith(section, given, present, (written) => lettersOf(section, written));

/** What somebody gives of a section, with its secrets to the letter. */
export const lettersOf = (section: Section, written: unknown): unknown =>
  isRuleFile(section) ? written : mapSecrets(section, written, toTheLetter);

function keptWith(
  section: Section,
  given: string,
  present: string | undefined,
  prepare: (written: unknown) => unknown,
): string {
  if (isRuleFile(section)) return given;
  const kept: unknown = present === undefined ? undefined : JSON.parse(present);
  const fill = (written: unknown) => withKeptSecrets(section, prepare(written), kept);
  return keptText(readYaml<unknown>(given, section, schemaOf[section], 'CONFIG_INVALID', fill).written);
}

/** What a kept section means now, with the environment in the placeholders of its secrets. Fault: CONFIG_INVALID. */
export const readSection = <T>(section: ConfigSection, text: string, schema: z.ZodType<T>): T =>
  readYaml(text, section, schema, 'CONFIG_INVALID', (said) =>
    mapSecrets(section, said, (secret, path) => withVariables(secret, process.env, path)),
  ).value;

/** Throws CONFIG_INVALID, RULES_INVALID, MODEL_INVALID, MODEL_CHANGED, RECIPES_MIXED, FEATURE_UNKNOWN. */
export function effectiveOf({ config: file, folder }: WrittenConfig, texts: SectionTexts): Effective {
  const read = <T>(section: ConfigSection, schema: z.ZodType<T>): T =>
    readSection(section, texts[section], schema);
  const config: Config = {
    ...file,
    nodes: placedNodes(read('nodes', schemaOf.nodes), folder),
    model: read('model', schemaOf.model),
    notifications: read('notifications', schemaOf.notifications),
  };
  const rule = (section: RuleFile) => ({ file: `rules/${fileNameOf(section)}`, text: texts[section] });
  const model = loadModel(config.model.id, config, config.model.sha256);
  return {
    config,
    rules: rulesOf({
      'rules/baseline': rule('rules/baseline'),
      'rules/eligibility': rule('rules/eligibility'),
      'rules/roi': rule('rules/roi'),
    }),
    templates: loadTemplates(config),
    model,
    normalisation: normalisationOf(model.value, config.model.normalisation, 'model.normalisation'),
    classic: loadClassic(config, model.value),
    shadow: loadShadow(config, model.value),
    decisive: {
      model: texts.model,
      'rules/baseline': texts['rules/baseline'],
      'rules/eligibility': texts['rules/eligibility'],
      'rules/roi': texts['rules/roi'],
    },
  };
}

/** What loading alone does not look at: examples of rules, certificate files of every node. */
export function refuseUnusable({ config, rules }: Effective): void {
  refuseFailedExamples(rules);
  for (const node of config.nodes) nodeOf(node);
}
