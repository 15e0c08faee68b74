/** docs/sr-mapping: every item of every report template as a row, for those who map a structured report to fields. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Code } from '../../src/dicom/header.ts';
import { CODES, codeText, sameCode } from '../../src/sr/codes.ts';
import { parseTemplate, type Template } from '../../src/sr/template.ts';
import { codeOf, type TemplateItem } from '../../src/sr/template-schema.ts';
import { MANDATORY_ROWS, MODEL_ROWS, REGION_ROWS, type TidRow } from '../../src/sr/tid-rows.ts';
import { mayBeEmpty, valueSetOf } from './sr-value-sets.ts';

export type MappingRow = Readonly<{
  /** 1.9.2: the second item below the ninth below the root, as the template has them */
  position: string;
  /** concept codes from the root, alternatives as A|B, groups with their TID: 126001/126010/125007[1411]/118565006 */
  path: string;
  /** of the nearest container that names one */
  tid: string;
  relationship: string;
  valueType: string;
  /** one, or the alternatives */
  concepts: readonly Code[];
  unit: Code | undefined;
  /** what the value is: fixed, or the slot it comes from */
  value: string;
  /** of a CODE: the codes that may come */
  codes: readonly Code[];
  repeat: string;
  presence: string;
}>;

const TEMPLATES = new URL('../../sr-templates/', import.meta.url);

/** `name`: of the file, without its extension. */
export type NamedTemplate = Readonly<{ name: string; template: Template }>;

export const templates = (): readonly NamedTemplate[] =>
  readdirSync(TEMPLATES)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => ({
      name: file.replace(/\.yaml$/, ''),
      template: parseTemplate(parse(readFileSync(new URL(file, TEMPLATES), 'utf8'))),
    }));

const REPEAT_WORDS: Readonly<Record<string, string>> = {
  timePoints: 'twice: baseline, then follow-up',
  lesions: 'once for each lesion',
  'timePoint.extraction': 'once, or again where the text is longer than 1000 characters',
  'model.parameters': 'once, or again where the text is longer than 1000 characters',
  'quality.findings': 'once for each check',
  'mask.origins': 'once for each statement about a mask',
  remarks: 'once for each remark',
};

const CONDITION_WORDS: Readonly<Record<string, string>> = {
  'timePoint.isBaseline': 'only in the baseline group',
  'feature.isLaplacianOfGaussian': 'only for a feature of a Laplacian of Gaussian image',
  'feature.isAveragedOverDirections': 'only for features averaged over directions (GLCM, GLRLM)',
};

/** `timePoint.isBaseline` as `time point is baseline`: words for what the tables above do not have. */
const inWords = (name: string): string =>
  name
    .replaceAll('.', ' ')
    .replace(/([A-Z])/g, ' $1')
    .toLowerCase();

const repeatWords = ({ repeat }: TemplateItem): string =>
  repeat === undefined ? '' : (REPEAT_WORDS[repeat] ?? `once for each of: ${inWords(repeat)}`);

const conceptsOf = ({ concept }: TemplateItem): readonly Code[] =>
  Array.isArray(concept) ? [codeOf(concept)] : valueSetOf(concept.slot).codes;

const fulfils =
  (item: TemplateItem) =>
  ({ relationship, valueType, concepts }: TidRow): boolean =>
    item.relationship === relationship &&
    item.valueType === valueType &&
    conceptsOf(item).some((concept) => concepts.some((wanted) => sameCode(wanted, concept)));

function mandatoryBelow(parent: TemplateItem): readonly TidRow[] {
  const rows: Readonly<Record<string, readonly TidRow[]>> = MANDATORY_ROWS;
  const isQualitative = conceptsOf(parent).some((code) => sameCode(code, CODES.qualitativeEvaluations));
  return rows[isQualitative ? 'qualitative' : (parent.template ?? '')] ?? [];
}

/** Of several comments any one fulfils the row: none of them is there because of it. */
const isTheOnly = (item: TemplateItem, parent: TemplateItem, row: TidRow): boolean =>
  fulfils(item)(row) && (parent.children ?? []).filter((child) => fulfils(child)(row)).length === 1;

/** When the item is there, given that the item above it is. */
function presenceOf(item: TemplateItem, parent: TemplateItem | undefined): string {
  if (item.when) return CONDITION_WORDS[item.when] ?? `only if: ${inWords(item.when)}`;
  if (!parent || mandatoryBelow(parent).some((row) => isTheOnly(item, parent, row))) return 'always';
  if (parent.template === '1411' && REGION_ROWS.some(fulfils(item)))
    return 'one of the two kinds of region, as the mask is';
  if (parent.template === '1501' && MODEL_ROWS.some(fulfils(item)))
    return 'unless no normalisation is established';
  return item.slot !== undefined && mayBeEmpty(item.slot) ? 'if there is something to say' : 'always';
}

function valueText(item: TemplateItem): string {
  if (item.slot !== undefined) return item.slot === 'repeated.text' ? (item.repeat ?? item.slot) : item.slot;
  if (item.code) return 'fixed code';
  if (item.text === undefined) return '';
  return `fixed text: ${typeof item.text === 'string' ? item.text : JSON.stringify(item.text)}`;
}

function codesOf({ valueType, code, slot }: TemplateItem): readonly Code[] {
  if (valueType !== 'CODE') return [];
  return code ? [codeOf(code)] : valueSetOf(slot ?? '').codes;
}

const step = (item: TemplateItem): string =>
  [...conceptsOf(item).map(({ CodeValue }) => CodeValue)].join('|') +
  (item.template !== undefined && item.template !== '1500' ? `[${item.template}]` : '');

type Above = Readonly<{ item: TemplateItem; position: string; path: string; tid: string }>;

function* rowsOf(item: TemplateItem, position: string, above?: Above): Generator<MappingRow> {
  const path = above ? `${above.path}/${step(item)}` : step(item);
  const tid = item.template ?? above?.tid ?? '';
  const more = valueSetOf(item.slot ?? '').more;
  yield {
    position,
    path,
    tid,
    relationship: item.relationship ?? '',
    valueType: item.valueType,
    concepts: conceptsOf(item),
    unit: item.unit && codeOf(item.unit),
    value: [valueText(item), more].filter(Boolean).join('; '),
    codes: codesOf(item),
    repeat: repeatWords(item),
    presence: presenceOf(item, above?.item),
  };
  for (const [index, child] of (item.children ?? []).entries())
    yield* rowsOf(child, `${position}.${index + 1}`, { item, position, path, tid });
}

export const mappingRows = ({ template: { document } }: NamedTemplate): readonly MappingRow[] => [
  ...rowsOf(document, '1'),
];

const quoted = (field: string): string =>
  /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
const each = (codes: readonly Code[], key: keyof Code): string =>
  [...new Set(codes.map((code) => code[key] ?? ''))].join('|');

/** RFC 4180; alternatives within a field are separated by `|`. */
export function mappingCsv(template: NamedTemplate): string {
  const head =
    'position,path,tid,relationship,valueType,conceptCode,conceptScheme,conceptMeaning,unit,unitScheme,value,codes,repeat,presence';
  const lines = mappingRows(template).map((row) =>
    [
      row.position,
      row.path,
      row.tid,
      row.relationship,
      row.valueType,
      each(row.concepts, 'CodeValue'),
      each(row.concepts, 'CodingSchemeDesignator'),
      each(row.concepts, 'CodeMeaning'),
      row.unit?.CodeValue ?? '',
      row.unit?.CodingSchemeDesignator ?? '',
      row.value,
      row.codes.map(codeText).join('|'),
      row.repeat,
      row.presence,
    ]
      .map(quoted)
      .join(','),
  );
  return `${[head, ...lines].join('\n')}\n`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
export const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((cells, at) => `| ${cells.map(at === 1 ? String : cell).join(' | ')} |`)
    .join('\n');

function valueCell({ value, unit, codes }: MappingRow): string {
  const unitText = unit ? `unit ${codeText(unit)}` : '';
  const from = /^[a-z][A-Za-z]*(\.[A-Za-z0-9]+)?(;|$)/.test(value) ? value.replace(/^[^;]+/, '`$&`') : value;
  return [codes.map(codeText).join(' or '), unitText, from].filter(Boolean).join('; ');
}

export const mappingMarkdown = ({
  name,
  template,
}: NamedTemplate): string => `# ${name}, version ${template.version}

Generated from \`sr-templates/${name}.yaml\` by \`node --import tsx test/support/write-sr-mapping.ts\`; the same as
[CSV](${name}.csv). How to read it: [README](README.md). *There* is meant within the item above: what is not there is left
out with everything below it. A name like \`score.delta\` is the template's name of the value.

${markdownTable(
  [
    'Position',
    'Path of concept codes',
    'TID',
    'Relationship',
    'Type',
    'Concept',
    'Value',
    'There',
    'How often',
  ],
  mappingRows({ name, template }).map((row) => [
    row.position,
    `\`${row.path}\``,
    row.tid,
    row.relationship,
    row.valueType,
    row.concepts.map(codeText).join(' or '),
    valueCell(row),
    row.presence,
    row.repeat || 'once',
  ]),
)}
`;
