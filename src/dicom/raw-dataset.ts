/**
 * The door to dicom-parser: data sets of foreign objects, read without copying. Elements are found by their DICOM
 * keyword; every value is hostile, so a reader answers undefined for what is absent or malformed.
 */
import dicomParser, { type ByteArrayParser, type Element } from 'dicom-parser';
import { type DecodeText, textDecoder } from './charset.ts';
import type { Code } from './header.ts';
import { type Keyword, TAGS } from './tags.ts';
import { parseDs, parseDsList, parseIs, unpadded } from './values.ts';

type Elements = Readonly<Record<string, Element | undefined>>;

/** A data set or the item of a sequence. */
export type RawDataset = Readonly<{
  elements: Elements;
  bytes: Uint8Array;
  byteOrder: ByteArrayParser;
  decode: DecodeText;
}>;

/** A data set of `elements` that reads its text by its own SpecificCharacterSet, else by `inherited`. */
export function rawDataset(
  elements: Elements,
  bytes: Uint8Array,
  byteOrder: ByteArrayParser,
  inherited?: DecodeText,
): RawDataset {
  const own = elements[TAGS.SpecificCharacterSet];
  const decode =
    own || !inherited ? textDecoder(own && latin1(bytes, own.dataOffset, own.length)) : inherited;
  return { elements, bytes, byteOrder, decode };
}

/** Bytes as characters of the same code; for values of the default repertoire. */
export function latin1(bytes: Uint8Array, offset: number, length: number): string {
  let text = '';
  const end = Math.min(bytes.length, offset + length);
  for (let i = offset; i < end; i++) text += String.fromCharCode(bytes[i] ?? 0);
  return unpadded(text);
}

/** The element, or undefined when absent. */
export const element = (dataset: RawDataset, keyword: Keyword): Element | undefined =>
  dataset.elements[TAGS[keyword]];

/** Text without its padding, several values with their `\`; '' when present and empty. */
export function text(dataset: RawDataset, keyword: Keyword): string | undefined {
  const found = element(dataset, keyword);
  if (!found) return undefined;
  if (found.length === 0) return '';
  return unpadded(dataset.decode(dataset.bytes.subarray(found.dataOffset, found.dataOffset + found.length)));
}

/** The values of a text attribute; undefined when absent or empty. */
export function texts(dataset: RawDataset, keyword: Keyword): readonly string[] | undefined {
  const value = text(dataset, keyword);
  return value ? value.split('\\').map(unpadded) : undefined;
}

/** A UI value as it stands. */
export function uid(dataset: RawDataset, keyword: Keyword): string | undefined {
  const found = element(dataset, keyword);
  return found && latin1(dataset.bytes, found.dataOffset, found.length);
}

/** The first value of a DS attribute. */
export function decimal(dataset: RawDataset, keyword: Keyword): number | undefined {
  const value = text(dataset, keyword);
  return value ? parseDs(value.split('\\')[0] ?? '') : undefined;
}

/** All values of a DS attribute. */
export function decimals(dataset: RawDataset, keyword: Keyword): readonly number[] | undefined {
  const value = text(dataset, keyword);
  return value ? parseDsList(value) : undefined;
}

/** The first value of an IS attribute. */
export function integer(dataset: RawDataset, keyword: Keyword): number | undefined {
  const value = text(dataset, keyword);
  return value ? parseIs(value.split('\\')[0] ?? '') : undefined;
}

/** The first value of a US attribute. */
export function unsigned(dataset: RawDataset, keyword: Keyword): number | undefined {
  const found = element(dataset, keyword);
  return found && found.length >= 2
    ? dataset.byteOrder.readUint16(dataset.bytes, found.dataOffset)
    : undefined;
}

/** The first value of a UL attribute. */
export function unsignedLong(dataset: RawDataset, keyword: Keyword): number | undefined {
  const found = element(dataset, keyword);
  return found && found.length >= 4
    ? dataset.byteOrder.readUint32(dataset.bytes, found.dataOffset)
    : undefined;
}

/** The first value of an SS attribute. */
export function signed(dataset: RawDataset, keyword: Keyword): number | undefined {
  const found = element(dataset, keyword);
  return found && found.length >= 2
    ? dataset.byteOrder.readInt16(dataset.bytes, found.dataOffset)
    : undefined;
}

/** The items of a sequence, also of one that was written as UN (PS3.5 6.2.2); none when absent. */
export function items(dataset: RawDataset, keyword: Keyword): readonly RawDataset[] {
  const found = element(dataset, keyword);
  if (!found) return [];
  if (!found.items && found.vr === 'UN' && found.length > 0) readUnknownSequence(dataset, found);
  return (found.items ?? []).flatMap(({ dataSet }) =>
    dataSet ? [rawDataset(dataSet.elements, dataset.bytes, dataset.byteOrder, dataset.decode)] : [],
  );
}

function readUnknownSequence(dataset: RawDataset, sequence: Element): void {
  const stream = new dicomParser.ByteStream(
    dicomParser.littleEndianByteArrayParser,
    dataset.bytes,
    sequence.dataOffset,
  );
  try {
    dicomParser.readSequenceItemsImplicit(stream, sequence);
  } catch {
    sequence.items = [];
  }
}

/** The first item of a sequence. */
export const item = (dataset: RawDataset | undefined, keyword: Keyword): RawDataset | undefined =>
  dataset && items(dataset, keyword)[0];

/** The codes of a code sequence (PS3.3 8.8); items without value or scheme are left out. */
export function codes(dataset: RawDataset, keyword: Keyword): readonly Code[] {
  return items(dataset, keyword).flatMap((code) => {
    const CodeValue = text(code, 'CodeValue') || text(code, 'LongCodeValue');
    const CodingSchemeDesignator = text(code, 'CodingSchemeDesignator');
    if (!CodeValue || !CodingSchemeDesignator) return [];
    return [{ CodeValue, CodingSchemeDesignator, CodeMeaning: text(code, 'CodeMeaning') ?? '' }];
  });
}
