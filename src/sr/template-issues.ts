/** What the shape of a template file cannot say: slots that fit, relationships of the IOD, rows that a TID demands. */
import type { Code } from '../dicom/header.ts';
import { CODES, codeText, sameCode } from './codes.ts';
import { isAllowed } from './relationships.ts';
import { type CodeSlot, SLOTS_OF } from './slots.ts';
import { codeOf, type TemplateItem } from './template-schema.ts';
import { MANDATORY_ROWS, MODEL_ROWS, REGION_ROWS, type TidRow } from './tid-rows.ts';

export type TemplateIssue = Readonly<{ path: readonly (string | number)[]; message: string }>;
type Path = TemplateIssue['path'];
type Scope = Readonly<{ inTimePoints: boolean; inLesions: boolean; inTexts: boolean }>;

const isOverTimePoints = ({ repeat }: TemplateItem): boolean =>
  repeat === 'timePoints' || repeat === 'lesionTimePoints';
const isOverLesions = ({ repeat }: TemplateItem): boolean =>
  repeat === 'lesions' || repeat === 'lesionTimePoints';

/** What a concept slot may give, so that rows can be recognised before any report exists. */
const CONCEPTS_OF_SLOT: Readonly<Partial<Record<CodeSlot, readonly Code[]>>> = {
  'feature.concept': [CODES.differenceVariance, CODES.radiomicFeature],
  'feature.deltaConcept': [CODES.deltaDifferenceVariance, CODES.deltaFeature],
};

const conceptsOf = ({ concept }: TemplateItem): readonly Code[] =>
  Array.isArray(concept) ? [codeOf(concept)] : (CONCEPTS_OF_SLOT[concept.slot] ?? []);

const fulfils = (item: TemplateItem, { relationship, valueType, concepts }: TidRow): boolean =>
  item.relationship === relationship &&
  item.valueType === valueType &&
  conceptsOf(item).some((concept) => concepts.some((wanted) => sameCode(wanted, concept)));

const isHeaded = (item: TemplateItem, heading: Code): boolean =>
  conceptsOf(item).some((concept) => sameCode(concept, heading));

function neededRows(item: TemplateItem): readonly TidRow[] {
  if (isHeaded(item, CODES.qualitativeEvaluations)) return MANDATORY_ROWS.qualitative;
  if (item.template === undefined) return [];
  if (item.template === '1411') return [...MANDATORY_ROWS['1411'], ...REGION_ROWS];
  if (item.template === '1501') return [...MANDATORY_ROWS['1501'], ...MODEL_ROWS];
  return MANDATORY_ROWS['1500'];
}

function* rowIssues(item: TemplateItem, path: Path): Generator<TemplateIssue> {
  const children = item.children ?? [];
  for (const row of neededRows(item)) {
    if (children.some((child) => fulfils(child, row))) continue;
    const what = row.concepts.map(codeText).join(' or ');
    yield { path, message: `the mandatory row ${row.relationship} ${row.valueType} ${what} is missing` };
  }
  if (!isHeaded(item, CODES.imagingMeasurements)) return;
  for (const tid of ['1411', '1501'])
    if (!children.some(({ template }) => template === tid))
      yield { path, message: `a Measurement Group of template ${tid} is missing` };
}

/** A code that Earshot reasons about keeps its meaning: a reader sees the meaning only. */
function* codeIssues(item: TemplateItem, path: Path): Generator<TemplateIssue> {
  for (const key of ['concept', 'code', 'unit'] as const) {
    const given = item[key];
    if (!Array.isArray(given)) continue;
    const code = codeOf(given);
    const known = Object.values(CODES).find((candidate) => sameCode(candidate, code));
    if (known && known.CodeMeaning !== code.CodeMeaning)
      yield { path: [...path, key], message: `the meaning of this code is "${known.CodeMeaning}"` };
  }
}

/** The keys besides `slot` that may hold the value of each value type. */
const FIXED_VALUE = { TEXT: 'text', CODE: 'code' } as const;

function* valueIssues(item: TemplateItem, path: Path): Generator<TemplateIssue> {
  const { valueType, slot } = item;
  const fixedKey = valueType === 'TEXT' || valueType === 'CODE' ? FIXED_VALUE[valueType] : undefined;
  for (const key of ['text', 'code'] as const)
    if (item[key] !== undefined && key !== fixedKey)
      yield { path: [...path, key], message: `a ${valueType} has no fixed ${key}` };
  if ((item.unit !== undefined) !== (valueType === 'NUM'))
    yield { path: [...path, 'unit'], message: 'a NUM needs a unit, and nothing else has one' };
  if (item.template !== undefined && valueType !== 'CONTAINER')
    yield { path: [...path, 'template'], message: 'only a CONTAINER names a template' };
  if (valueType === 'CONTAINER') {
    if (slot !== undefined) yield { path: [...path, 'slot'], message: 'a CONTAINER has no value' };
    return;
  }
  const sources = [slot, item.text, item.code].filter((source) => source !== undefined).length;
  if (sources !== 1) yield { path, message: `a ${valueType} needs exactly one value` };
  if (slot !== undefined && !(slot in SLOTS_OF[valueType]))
    yield { path: [...path, 'slot'], message: `slot ${slot} does not give a ${valueType}` };
}

function* scopeIssues(item: TemplateItem, path: Path, scope: Scope, outer: Scope): Generator<TemplateIssue> {
  const conceptSlot = Array.isArray(item.concept) ? undefined : item.concept.slot;
  const named = { slot: item.slot, when: item.when, concept: conceptSlot };
  for (const [key, name] of Object.entries(named)) {
    if (name?.startsWith('timePoint.') && !scope.inTimePoints)
      yield { path: [...path, key], message: `${name} stands outside of a repeat over time points` };
    if (name?.startsWith('repeated.') && !scope.inTexts)
      yield { path: [...path, key], message: `${name} stands outside of a repeat over texts` };
  }
  if (item.repeat?.startsWith('timePoint.') && !outer.inTimePoints)
    yield {
      path: [...path, 'repeat'],
      message: `${item.repeat} stands outside of a repeat over time points`,
    };
  if (isOverTimePoints(item) && outer.inTimePoints)
    yield { path: [...path, 'repeat'], message: 'timePoints cannot be repeated inside itself' };
  if (isOverLesions(item) && outer.inLesions)
    yield { path: [...path, 'repeat'], message: 'lesions cannot be repeated inside itself' };
}

function* itemIssues(item: TemplateItem, path: Path, outer: Scope): Generator<TemplateIssue> {
  const scope: Scope = {
    inTimePoints: outer.inTimePoints || isOverTimePoints(item),
    inLesions: outer.inLesions || isOverLesions(item),
    inTexts: item.repeat === undefined ? outer.inTexts : !isOverTimePoints(item) && !isOverLesions(item),
  };
  yield* codeIssues(item, path);
  yield* valueIssues(item, path);
  yield* scopeIssues(item, path, scope, outer);
  yield* rowIssues(item, path);
  for (const [index, child] of (item.children ?? []).entries()) {
    const below = [...path, 'children', index];
    const { relationship } = child;
    if (relationship === undefined) yield { path: below, message: 'a relationship is missing' };
    else if (!isAllowed(item.valueType, relationship, child.valueType))
      yield {
        path: [...below, 'relationship'],
        message: `${item.valueType} ${relationship} ${child.valueType} is not allowed in a Comprehensive SR`,
      };
    yield* itemIssues(child, below, scope);
  }
}

function* rootIssues(root: TemplateItem, path: Path): Generator<TemplateIssue> {
  if (root.valueType !== 'CONTAINER' || root.template !== '1500' || root.relationship !== undefined)
    yield { path, message: 'the root is a CONTAINER of template 1500 without a relationship' };
  if (root.when !== undefined || root.repeat !== undefined)
    yield { path, message: 'the root is made always and once' };
  if (!isHeaded(root, CODES.oncologyMeasurementReport))
    yield {
      path: [...path, 'concept'],
      message: `the title is ${codeText(CODES.oncologyMeasurementReport)}: viewers choose by it how to show the report`,
    };
}

/** Everything that is wrong with a template of the right shape, with paths from the file's root. */
export function templateIssues(root: TemplateItem, path: Path): readonly TemplateIssue[] {
  return [
    ...rootIssues(root, path),
    ...itemIssues(root, path, { inTimePoints: false, inLesions: false, inTexts: false }),
  ];
}
