/** The content tree of a finished report, read back from its dataset without trusting how it was made. */
import type { Code } from '../dicom/header.ts';
import type { Dataset } from '../dicom/part10.ts';

export type ReadItem = Readonly<{
  dataset: Dataset;
  relationship: string;
  valueType: string;
  concept: Code | undefined;
  template: string | undefined;
  children: readonly ReadItem[];
  /** positions from the root, e.g. `1.9.2` as dsrdump counts them */
  path: string;
}>;

/** A sequence as a list; absent is empty. */
export const itemsOf = (dataset: Dataset, keyword: string): readonly Dataset[] => {
  const value = dataset[keyword];
  return Array.isArray(value) ? value.filter(isDataset) : [];
};
const isDataset = (value: unknown): value is Dataset => typeof value === 'object' && value !== null;

/** Text as it was written: the reader splits UT at backslashes, which UT does not (PS3.5 table 6.2-1). */
export const textOf = (dataset: Dataset, keyword: string): string => {
  const value = dataset[keyword];
  return Array.isArray(value) ? value.map(plainText).join('\\') : plainText(value);
};
const plainText = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

export function codeIn(dataset: Dataset, keyword: string): Code | undefined {
  const [item] = itemsOf(dataset, keyword);
  return (
    item && {
      CodeValue: textOf(item, 'CodeValue'),
      CodingSchemeDesignator: textOf(item, 'CodingSchemeDesignator'),
      CodeMeaning: textOf(item, 'CodeMeaning'),
    }
  );
}

export function readTree(dataset: Dataset, path = '1'): ReadItem {
  const [template] = itemsOf(dataset, 'ContentTemplateSequence');
  return {
    dataset,
    relationship: textOf(dataset, 'RelationshipType'),
    valueType: textOf(dataset, 'ValueType'),
    concept: codeIn(dataset, 'ConceptNameCodeSequence'),
    template: template && textOf(template, 'TemplateIdentifier'),
    children: itemsOf(dataset, 'ContentSequence').map((item, at) => readTree(item, `${path}.${at + 1}`)),
    path,
  };
}

/** The item itself and all below it, in reading order. */
export function* everyItem(item: ReadItem): Generator<ReadItem> {
  yield item;
  for (const child of item.children) yield* everyItem(child);
}
