/** Our own assertions on a finished report (SR.md section 6): what the public validators do not look at. */
import { type Dataset, readPart10 } from '../dicom/part10.ts';
import { isUid } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import { CODES, codeText, sameCode } from './codes.ts';
import { SR_SOP_CLASSES } from './identity.ts';
import { codeIn, everyItem, itemsOf, type ReadItem, readTree, textOf } from './read-tree.ts';
import { MANDATORY_ROWS, MODEL_ROWS, REGION_ROWS, type TidRow } from './tid-rows.ts';
import { itemRules } from './validate-items.ts';

const TYPE_1 = [
  'SOPClassUID',
  'SOPInstanceUID',
  'StudyInstanceUID',
  'SeriesInstanceUID',
  'SpecificCharacterSet',
  'Modality',
  'SeriesNumber',
  'InstanceNumber',
  'CompletionFlag',
  'VerificationFlag',
  'PreliminaryFlag',
  'ContentDate',
  'ContentTime',
  'SeriesDate',
  'SeriesTime',
  'ValueType',
  'ContinuityOfContent',
];

const TYPE_2 = [
  'PatientName',
  'PatientID',
  'PatientBirthDate',
  'PatientSex',
  'StudyDate',
  'StudyTime',
  'StudyID',
  'AccessionNumber',
  'ReferringPhysicianName',
  'Manufacturer',
  'ReferencedPerformedProcedureStepSequence',
  'PerformedProcedureCodeSequence',
];

const FIXED: Readonly<Record<string, string>> = {
  SpecificCharacterSet: 'ISO_IR 192',
  Modality: 'SR',
  VerificationFlag: 'UNVERIFIED',
  PreliminaryFlag: 'PRELIMINARY',
  InstanceNumber: '1',
};

function* headerRules(dataset: Dataset): Generator<string> {
  for (const keyword of TYPE_1)
    if (textOf(dataset, keyword) === '') yield `type-1: ${keyword} is missing or empty`;
  for (const keyword of TYPE_2) if (dataset[keyword] === undefined) yield `type-2: ${keyword} is missing`;
  for (const [keyword, value] of Object.entries(FIXED))
    if (textOf(dataset, keyword) !== value) yield `fixed-value: ${keyword} is not ${value}`;
  for (const keyword of ['SOPInstanceUID', 'SeriesInstanceUID', 'StudyInstanceUID'])
    if (!isUid(dataset[keyword])) yield `uid: ${keyword} is malformed`;
  if (!Object.values<unknown>(SR_SOP_CLASSES).includes(dataset['SOPClassUID']))
    yield 'sop-class: neither Comprehensive nor Comprehensive 3D SR';
  yield* completionRules(dataset);
  const schemes = itemsOf(dataset, 'CodingSchemeIdentificationSequence');
  if (!schemes.some((scheme) => textOf(scheme, 'CodingSchemeDesignator') === '99EARSHOT'))
    yield 'coding-scheme: 99EARSHOT is not identified';
}

function* completionRules(dataset: Dataset): Generator<string> {
  const flag = textOf(dataset, 'CompletionFlag');
  if (flag !== 'COMPLETE' && flag !== 'PARTIAL') yield 'completion: the flag is neither COMPLETE nor PARTIAL';
  if (flag === 'PARTIAL' && textOf(dataset, 'CompletionFlagDescription') === '')
    yield 'completion: PARTIAL without a description';
}

/** SOPInstanceUIDs of an evidence sequence. */
function evidenceUids(dataset: Dataset, keyword: string): readonly string[] {
  return itemsOf(dataset, keyword)
    .flatMap((study) => itemsOf(study, 'ReferencedSeriesSequence'))
    .flatMap((series) => itemsOf(series, 'ReferencedSOPSequence'))
    .map((reference) => textOf(reference, 'ReferencedSOPInstanceUID'));
}

function* evidenceRules(dataset: Dataset, root: ReadItem): Generator<string> {
  const uids = [
    ...evidenceUids(dataset, 'CurrentRequestedProcedureEvidenceSequence'),
    ...evidenceUids(dataset, 'PertinentOtherEvidenceSequence'),
  ];
  const listed = new Set(uids);
  if (listed.size !== uids.length) yield 'evidence: an instance is listed twice';
  for (const { dataset: item, valueType, path } of everyItem(root)) {
    if (valueType !== 'IMAGE' && valueType !== 'COMPOSITE') continue;
    const [reference] = itemsOf(item, 'ReferencedSOPSequence');
    if (!reference || !listed.has(textOf(reference, 'ReferencedSOPInstanceUID')))
      yield `evidence: the reference at ${path} is in no evidence sequence`;
  }
}

const has = (item: ReadItem, { relationship, valueType, concepts }: TidRow): boolean =>
  item.children.some(
    (child) =>
      child.relationship === relationship &&
      child.valueType === valueType &&
      concepts.some((wanted) => child.concept !== undefined && sameCode(wanted, child.concept)),
  );

function* missingRows(item: ReadItem, rows: readonly TidRow[]): Generator<string> {
  for (const row of rows)
    if (!has(item, row))
      yield `mandatory-row: ${item.path} has no ${row.relationship} ${row.concepts.map(codeText).join(' or ')}`;
}

export const below = (
  item: ReadItem | undefined,
  concept: (typeof CODES)[keyof typeof CODES],
): readonly ReadItem[] =>
  (item?.children ?? []).filter((child) => child.concept !== undefined && sameCode(child.concept, concept));

function roleOf(group: ReadItem): string | undefined {
  const [role] = below(group, CODES.lesionRole);
  return role && codeIn(role.dataset, 'ConceptCodeSequence')?.CodeValue;
}

function* templateRules(root: ReadItem): Generator<string> {
  if (!root.concept || !sameCode(root.concept, CODES.oncologyMeasurementReport))
    yield 'title: the document title is not (126001, DCM)';
  if (root.template !== '1500') yield 'template-id: the root does not name TID 1500';
  yield* missingRows(root, MANDATORY_ROWS['1500']);
  for (const qualitative of below(root, CODES.qualitativeEvaluations))
    yield* missingRows(qualitative, MANDATORY_ROWS.qualitative);

  yield* groupRules(root);
}

function* groupRules(root: ReadItem): Generator<string> {
  const [measurements] = below(root, CODES.imagingMeasurements);
  const groups = below(measurements, CODES.measurementGroup);
  for (const { template, path } of groups)
    if (template !== '1411' && template !== '1501')
      yield `template-id: ${path} names neither TID 1411 nor 1501`;
  const regions = groups.filter(({ template }) => template === '1411');
  const changes = groups.filter(({ template }) => template === '1501');
  if (changes.length === 0 || regions.length !== 2 * changes.length)
    yield 'groups: not two TID 1411 groups and one TID 1501 group a lesion';
  const targets = changes.filter((group) => roleOf(group) === CODES.targetLesion.CodeValue);
  if (targets.length !== 1) yield 'groups: not exactly one lesion is the target';
  if (changes.some((group) => !targets.includes(group) && MODEL_ROWS.some((row) => has(group, row))))
    yield 'groups: a lesion that is not the target carries a result of the model';
  for (const group of regions) {
    yield* missingRows(group, MANDATORY_ROWS['1411']);
    if (REGION_ROWS.filter((row) => has(group, row)).length !== 1)
      yield `region: ${group.path} does not have exactly one of segment and region in space`;
  }
  for (const group of changes) {
    yield* missingRows(group, MANDATORY_ROWS['1501']);
    yield* resultRules(group);
  }
}

/** No class without its probability, no number without its class, and nothing said where nothing was computed. */
function* resultRules(group: ReadItem): Generator<string> {
  const given = MODEL_ROWS.filter((row) => has(group, row)).length;
  if (given !== 0 && given !== MODEL_ROWS.length)
    yield 'result: z-score, probability and class do not stand together';
  const [probability] = below(group, CODES.probability);
  const [predicted] = below(group, CODES.predictedClass);
  if (!probability || !predicted) return;
  const hasNumber = itemsOf(probability.dataset, 'MeasuredValueSequence').length > 0;
  const [category] = itemsOf(predicted.dataset, 'ConceptCodeSequence');
  const isEvaluable = category && textOf(category, 'CodeValue') !== CODES.notEvaluable.CodeValue;
  if (hasNumber !== isEvaluable) yield 'result: class and probability contradict each other';
}

/** Everything that is wrong with a finished report; each line begins with the name of its rule. */
export function reportFaults(dataset: Dataset): readonly string[] {
  const root = readTree(dataset);
  return [...documentRules(dataset, root), ...templateRules(root)];
}

/** What holds for every SR document of ours. */
export function* documentRules(dataset: Dataset, root: ReadItem): Generator<string> {
  yield* headerRules(dataset);
  yield* itemRules(root);
  yield* evidenceRules(dataset, root);
}

export function readable(bytes: Uint8Array): Dataset {
  try {
    return readPart10(bytes);
  } catch (thrown) {
    // What the reader says may hold a value of the patient: it stays in the cause.
    throw new Fault('REPORT_INVALID', 'part-10: the bytes cannot be read back', { cause: thrown });
  }
}

/** Throws REPORT_INVALID with the names of the rules that the bytes break. */
export function validateReport(bytes: Uint8Array): void {
  const faults = reportFaults(readable(bytes));
  if (faults.length > 0) throw new Fault('REPORT_INVALID', faults.slice(0, 5).join('; '));
}
