import { stringify } from 'yaml';
import { z } from 'zod';
import { withKeptSecrets } from '../configuration/kept-secrets.ts';
import { fileNameOf, isRuleFile, RULE_FILES, SECTIONS, type Section } from '../configuration/section.ts';
import { configSchema } from './config.ts';
import { keptText, lettersOf } from './effective.ts';
import { readYaml } from './yaml.ts';

const HEAD = `# Configuration of Earshot. nodes, model and notifications stand here as in earshot.yaml; each of rules is a file of rulesDir.
# (kept) is in the place of a secret: the one that the installation has.
`;

/** All sections in one document. */
export function exportText(textOf: (section: Section) => string): string {
  const keys = SECTIONS.filter((section) => !isRuleFile(section));
  const document = {
    ...Object.fromEntries(keys.map((section) => [section, JSON.parse(textOf(section)) as unknown])),
    rules: Object.fromEntries(RULE_FILES.map((section) => [fileNameOf(section), textOf(section)])),
  };
  return HEAD + stringify(document, { lineWidth: 0, blockQuote: 'literal' });
}

const { nodes, model, notifications } = configSchema.shape;
const rule = z.string().optional();
const importSchema = z.strictObject({
  nodes: nodes.optional(),
  model: model.optional(),
  notifications: notifications.optional(),
  rules: z.strictObject({ 'baseline.yaml': rule, 'eligibility.yaml': rule, 'roi.yaml': rule }).optional(),
});

type Document = Readonly<Record<string, unknown>>;

/** The sections that a document has, as they are kept. CONFIG_INVALID tells line:column, and which secret is not known here. */
export function readImport(text: string, presentOf: (section: Section) => string): Map<Section, string> {
  const fill = (written: unknown): unknown => {
    if (typeof written !== 'object' || written === null || Array.isArray(written)) return written;
    const entries = Object.entries(written).map(([key, value]) => {
      if (key !== 'nodes' && key !== 'notifications') return [key, value];
      return [key, withKeptSecrets(key, lettersOf(key, value), JSON.parse(presentOf(key)))];
    });
    return Object.fromEntries(entries) as unknown;
  };
  const written = readYaml<unknown>(text, 'import', importSchema, 'CONFIG_INVALID', fill).written as Document;
  const rules = (written['rules'] ?? {}) as Document;
  const found = new Map<Section, string>();
  for (const section of SECTIONS) {
    const value = isRuleFile(section) ? rules[fileNameOf(section)] : written[section];
    if (value !== undefined) found.set(section, isRuleFile(section) ? String(value) : keptText(value));
  }
  return found;
}
