/** A document as it was sent, item by item: what a person reads on a page. Nothing is interpreted, and nothing is left out in silence. */
import type { Code } from '../dicom/header.ts';
import type { Dataset } from '../dicom/part10.ts';
import { sopClass } from '../dicom/sop-class.ts';
import { codeText } from './codes.ts';
import { codeIn, itemsOf, textOf } from './read-tree.ts';
import { readable } from './validate.ts';

/** One attribute of the header, in the order of the file. */
type PreviewAttribute = Readonly<{
  keyword: string;
  values: readonly string[];
  /** of a sequence */
  items: readonly (readonly PreviewAttribute[])[];
}>;

export type PreviewItem = Readonly<{
  /** positions from the root, e.g. `1.9.2` as dsrdump counts them */
  path: string;
  relationship: string;
  valueType: string;
  /** what the concept is called, and its code */
  concept: Code | null;
  /** as it stands there: text, number, meaning of the code, UID, date */
  value: string;
  /** of a number */
  unit: Code | null;
  /** of a coded value */
  code: Code | null;
  /** of an image or another object */
  references: readonly Readonly<{
    SOPClassUID: string;
    SOPClassName: string;
    SOPInstanceUID: string;
    detail: string;
  }>[];
  /** of an outline: x and y in turn */
  points: readonly number[];
  /** the TID that the part below follows */
  template: string;
  children: readonly PreviewItem[];
}>;

export type Preview = Readonly<{
  header: readonly PreviewAttribute[];
  /** null: the object is no document */
  root: PreviewItem | null;
  /** there is more than is shown */
  isCut: boolean;
}>;

const MOST_ITEMS = 5000;
const DEEPEST = 30;
const MOST_ATTRIBUTES = 2000;

/** Faults: REPORT_INVALID for bytes that cannot be read. */
export function previewOf(bytes: Uint8Array): Preview {
  const dataset = readable(bytes);
  const reader = new Reader();
  const header = reader.attributes(dataset, 0, 'ContentSequence');
  const isDocument = textOf(dataset, 'ValueType') !== '';
  const root = isDocument ? reader.item(dataset, '1', 0) : null;
  return { header, root, isCut: reader.isCut };
}

/** Counts what it reads, so that no document is larger than a page. */
class Reader {
  isCut = false;
  #items = 0;
  #attributes = 0;

  item(dataset: Dataset, path: string, depth: number): PreviewItem {
    this.#items += 1;
    const below = itemsOf(dataset, 'ContentSequence');
    return {
      path,
      relationship: textOf(dataset, 'RelationshipType'),
      valueType: textOf(dataset, 'ValueType'),
      concept: codeIn(dataset, 'ConceptNameCodeSequence') ?? null,
      ...valueIn(dataset),
      references: itemsOf(dataset, 'ReferencedSOPSequence').map(referenceOf),
      points: numbersOf(dataset['GraphicData']),
      template: textOf(itemsOf(dataset, 'ContentTemplateSequence')[0] ?? {}, 'TemplateIdentifier'),
      children: this.#children(below, path, depth + 1),
    };
  }

  #children(below: readonly Dataset[], path: string, depth: number): PreviewItem[] {
    const children: PreviewItem[] = [];
    for (const [at, child] of below.entries()) {
      if (depth > DEEPEST || this.#items >= MOST_ITEMS) {
        this.isCut = true;
        break;
      }
      children.push(this.item(child, `${path}.${at + 1}`, depth));
    }
    return children;
  }

  attributes(dataset: Dataset, depth: number, ...without: readonly string[]): PreviewAttribute[] {
    const found: PreviewAttribute[] = [];
    for (const [keyword, value] of Object.entries(dataset)) {
      if (keyword.startsWith('_') || without.includes(keyword)) continue;
      if (depth > DEEPEST || this.#attributes >= MOST_ATTRIBUTES) {
        this.isCut = true;
        break;
      }
      this.#attributes += 1;
      const items = itemsOf(dataset, keyword).filter((each) => !isBinary(each) && !isName(each));
      const nested = items.map((each) => this.attributes(each, depth + 1));
      found.push({ keyword, values: items.length > 0 ? [] : textsOf(value), items: nested });
    }
    return found;
  }
}

const isBinary = (value: unknown): value is ArrayBufferLike | ArrayBufferView =>
  value instanceof ArrayBuffer || ArrayBuffer.isView(value);

/** The reader gives a person's name as an object. */
const isName = (
  value: unknown,
): value is Readonly<{ Alphabetic?: unknown; Ideographic?: unknown; Phonetic?: unknown }> =>
  typeof value === 'object' && value !== null && ('Alphabetic' in value || 'Ideographic' in value);

function textsOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (isBinary(value)) return [`${value.byteLength} bytes`];
  if (Array.isArray(value)) return value.slice(0, MOST_VALUES).flatMap(textsOf);
  if (isName(value))
    return [[value.Alphabetic, value.Ideographic, value.Phonetic].map(plain).join('=').replace(/=+$/, '')];
  return [plain(value)];
}
const MOST_VALUES = 200;
const plain = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/** Value types whose value is one attribute (PS3.3 table C.17.3-1). */
const VALUE_OF: Readonly<Record<string, string>> = {
  TEXT: 'TextValue',
  UIDREF: 'UID',
  DATE: 'Date',
  TIME: 'Time',
  DATETIME: 'DateTime',
  SCOORD: 'GraphicType',
  SCOORD3D: 'GraphicType',
  TCOORD: 'TemporalRangeType',
};

function valueIn(dataset: Dataset): Pick<PreviewItem, 'value' | 'unit' | 'code'> {
  const valueType = textOf(dataset, 'ValueType');
  if (valueType === 'NUM') return numberOf(dataset);
  if (valueType === 'CODE') {
    const code = codeIn(dataset, 'ConceptCodeSequence') ?? null;
    return { value: code?.CodeMeaning ?? '', unit: null, code };
  }
  if (valueType === 'PNAME')
    return { value: textsOf(dataset['PersonName']).join(''), unit: null, code: null };
  const keyword = VALUE_OF[valueType];
  return { value: keyword ? textOf(dataset, keyword) : '', unit: null, code: null };
}

/** Without a number: why there is none. */
function numberOf(dataset: Dataset): Pick<PreviewItem, 'value' | 'unit' | 'code'> {
  const [measured] = itemsOf(dataset, 'MeasuredValueSequence');
  const code = codeIn(dataset, 'NumericValueQualifierCodeSequence') ?? null;
  if (!measured) return { value: code?.CodeMeaning ?? '', unit: null, code };
  const unit = codeIn(measured, 'MeasurementUnitsCodeSequence') ?? null;
  return { value: textOf(measured, 'NumericValue'), unit, code };
}

function referenceOf(reference: Dataset): PreviewItem['references'][number] {
  const SOPClassUID = textOf(reference, 'ReferencedSOPClassUID');
  const parts = (['ReferencedFrameNumber', 'ReferencedSegmentNumber'] as const).map((keyword) => {
    const number = textOf(reference, keyword);
    return number === '' ? '' : `${keyword === 'ReferencedFrameNumber' ? 'frame' : 'segment'} ${number}`;
  });
  return {
    SOPClassUID,
    SOPClassName: sopClass(SOPClassUID)?.name ?? '',
    SOPInstanceUID: textOf(reference, 'ReferencedSOPInstanceUID'),
    detail: parts.filter(Boolean).join(', '),
  };
}

const numbersOf = (value: unknown): number[] =>
  (Array.isArray(value) ? value : [])
    .filter((each): each is number => typeof each === 'number')
    .slice(0, MOST_POINTS);
const MOST_POINTS = 2000;

/** `Meaning (value, scheme)`, for a title or a tooltip. */
export const conceptText = (concept: Code | null): string => (concept ? codeText(concept) : '');
