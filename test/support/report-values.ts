import { type Dataset, readPart10 } from '../../src/dicom/part10.ts';

/** The numbers of a report as a reader of TID 1500 finds them: by coded concept, in full double precision. */
export type ReportValues = Readonly<{
  /** the model's feature at baseline and at follow-up */
  baseline: number | undefined;
  followUp: number | undefined;
  delta: number | undefined;
  z: number | undefined;
  /** 0 to 1 */
  probability: number | undefined;
  /** CodeMeaning of the predicted class */
  category: string | undefined;
  summary: string;
  dataset: Dataset;
}>;

export function reportValues(bytes: Uint8Array): ReportValues {
  const dataset = readPart10(bytes);
  const items = [...contentItems(dataset)];
  const groups = items.filter((item) => conceptOf(item) === '125007 DCM');
  const group = (label: string) =>
    groups.find((item) =>
      children(item).some((c) => conceptOf(c) === 'C2348792 UMLS' && c['TextValue'] === label),
    );
  const feature = (label: string) =>
    numberOf(children(group(label)).find((c) => conceptOf(c) === 'D3YU IBSI'));
  const find = (concept: string) => items.find((item) => conceptOf(item) === concept);
  const percent = numberOf(find('PROB_EAR 99EARSHOT'));
  return {
    baseline: feature('Baseline'),
    followUp: feature('Follow-up'),
    delta: numberOf(find('DELTA_LOG_DV 99EARSHOT')),
    z: numberOf(find('113071 DCM')),
    probability: percent === undefined ? undefined : percent / 100,
    category: first(find('EAR_CLASS 99EARSHOT')?.['ConceptCodeSequence'])?.['CodeMeaning'] as
      | string
      | undefined,
    summary: String(find('121111 DCM')?.['TextValue'] ?? ''),
    dataset,
  };
}

function* contentItems(item: Dataset): Generator<Dataset> {
  yield item;
  for (const child of children(item)) yield* contentItems(child);
}

const children = (item: Dataset | undefined): Dataset[] => sequence(item?.['ContentSequence']);

/** dcmjs gives a sequence of one item as an array that also answers for its item. */
const sequence = (value: unknown): Dataset[] =>
  value === undefined || value === null ? [] : Array.isArray(value) ? [...value] : [value as Dataset];
const first = (value: unknown): Dataset | undefined => sequence(value)[0];

function conceptOf(item: Dataset): string {
  const concept = first(item['ConceptNameCodeSequence']);
  return `${concept?.['CodeValue']} ${concept?.['CodingSchemeDesignator']}`;
}

/** FloatingPointValue (0040,A161) is the exact double; NumericValue beside it is rounded for people. */
function numberOf(item: Dataset | undefined): number | undefined {
  const value = first(item?.['MeasuredValueSequence'])?.['FloatingPointValue'];
  return value === undefined || value === null ? undefined : Number(value);
}
