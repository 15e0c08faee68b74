import type { Element } from 'dicom-parser';
import { encapsulatedFrames } from './encapsulated.ts';
import { type ParsedFile, parsePart10 } from './parse-part10.ts';
import { integer } from './raw-dataset.ts';
import { TAGS } from './tags.ts';
import { isNative } from './transfer-syntax.ts';

/** What a value field may be padded with: a space, a null (PS3.5 6.2). */
const isPadding = (byte: number | undefined): boolean => byte === 0x20 || byte === 0;

/** Two objects are compared where objects are received: some ten thousand elements, no more. */
const MAX_READS = 200_000;

/**
 * Do two files hold the same elements with the same values? One object that is sent in Explicit and in Implicit VR has other
 * bytes and the same content. File meta information, group lengths and the lengths of sequences do not count, nor how compressed
 * pixels are cut into fragments. Nothing is decoded: files of two transfer syntaxes that are not both native little-endian,
 * deflated ones, files that do not parse and files of very many elements are not the same.
 */
export const sameContent = (a: Uint8Array, b: Uint8Array): boolean => compare(a, b, () => true);

/** As `sameContent`, but for who the patient is: what a PACS rewrites when it merges or corrects patients. */
export const sameContentButPatient = (a: Uint8Array, b: Uint8Array): boolean =>
  compare(a, b, (tag) => !tag.startsWith('x0010') && !REWRITTEN.has(tag));

/** SpecificCharacterSet, and the Original Attributes Sequence in which a PACS notes what it has changed. */
const REWRITTEN: ReadonlySet<string> = new Set(['x00080005', 'x04000561']);

function compare(a: Uint8Array, b: Uint8Array, counts: (tag: string) => boolean): boolean {
  try {
    const [first, second] = [parsePart10(a, MAX_READS), parsePart10(b, MAX_READS)];
    const isOneSyntax = first.TransferSyntaxUID === second.TransferSyntaxUID;
    if (!isOneSyntax && !(isLittleEndian(first) && isLittleEndian(second))) return false;
    const isEncapsulated = first.pixelData !== undefined && !isNative(first.TransferSyntaxUID);
    if (isEncapsulated && !sameCodeStreams(first, second)) return false;
    const isCounted = (tag: string): boolean => counts(tag) && !(isEncapsulated && tag === TAGS.PixelData);
    return sameElements(only(first.elements, isCounted), only(second.elements, isCounted), a, b);
  } catch {
    return false;
  }
}

const isLittleEndian = ({ TransferSyntaxUID }: ParsedFile): boolean =>
  TransferSyntaxUID === '1.2.840.10008.1.2' || TransferSyntaxUID === '1.2.840.10008.1.2.1';

/** Frame by frame; a rewritten offset table or other fragments say nothing about the pixels. */
function sameCodeStreams(first: ParsedFile, second: ParsedFile): boolean {
  const frames = framesOf(first);
  if (frames !== framesOf(second)) return false;
  const others = encapsulatedFrames(second, frames);
  return encapsulatedFrames(first, frames).every((bytes, at) => {
    const theirs = others[at];
    return theirs !== undefined && sameValue(bytes, theirs);
  });
}

const framesOf = (parsed: ParsedFile): number => integer(parsed, 'NumberOfFrames') ?? 1;

type Elements = Readonly<Record<string, Element | undefined>>;

const only = (elements: Elements, counts: (tag: string) => boolean): Elements =>
  Object.fromEntries(Object.entries(elements).filter(([tag]) => counts(tag)));

/** Group lengths (gggg,0000) and the file meta information say nothing about the object. */
const counted = (elements: Elements): string[] =>
  Object.keys(elements)
    .filter((tag) => !tag.endsWith('0000') && !tag.startsWith('x0002'))
    .sort();

function sameElements(first: Elements, second: Elements, a: Uint8Array, b: Uint8Array): boolean {
  const tags = counted(first);
  if (tags.join() !== counted(second).join()) return false;
  return tags.every((tag) => {
    const [one, other] = [first[tag], second[tag]];
    if (!one || !other) return false;
    if (one.items || other.items) return sameItems(one, other, a, b);
    return sameValue(bytesOf(one, a), bytesOf(other, b));
  });
}

function sameItems(one: Element, other: Element, a: Uint8Array, b: Uint8Array): boolean {
  const [items, others] = [one.items ?? [], other.items ?? []];
  if (items.length !== others.length) return false;
  return items.every((item, at) => {
    const [mine, theirs] = [item.dataSet?.elements, others[at]?.dataSet?.elements];
    return mine !== undefined && theirs !== undefined && sameElements(mine, theirs, a, b);
  });
}

const bytesOf = ({ dataOffset, length }: Element, bytes: Uint8Array): Uint8Array =>
  bytes.subarray(dataOffset, dataOffset + length);

function sameValue(one: Uint8Array, other: Uint8Array): boolean {
  const [shorter, longer] = one.length <= other.length ? [one, other] : [other, one];
  if (longer.length - shorter.length > 1) return false;
  if (longer.length > shorter.length && !isPadding(longer.at(-1))) return false;
  return Buffer.compare(shorter, longer.subarray(0, shorter.length)) === 0;
}
