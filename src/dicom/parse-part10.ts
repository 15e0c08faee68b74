import dicomParser, { type ByteArrayParser, type ByteStream, type Element } from 'dicom-parser';
import { Fault } from '../fault.ts';
import { latin1, type RawDataset, rawDataset } from './raw-dataset.ts';
import { TAGS } from './tags.ts';
import {
  DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
  EXPLICIT_VR_BIG_ENDIAN,
  IMPLICIT_VR_LITTLE_ENDIAN,
} from './transfer-syntax.ts';

const PREAMBLE = 128;

/**
 * Elements cost time and memory that the sender chooses: eight bytes of file become hundreds of heap. Every element
 * and item takes two to four of these reads; the largest segmentations stay far below.
 */
const MAX_READS = 8_000_000;

/** What stands before the data set (PS3.10 7.1). */
export type FileMeta = Readonly<{
  TransferSyntaxUID: string;
  /** byte offset of the data set behind the file meta information */
  datasetOffset: number;
  /** as they stand, unchecked; undefined when absent */
  MediaStorageSOPClassUID?: string | undefined;
  MediaStorageSOPInstanceUID?: string | undefined;
}>;

export type ParsedFile = RawDataset &
  FileMeta &
  Readonly<{
    /** the PixelData element, whose bytes need not be there */
    pixelData: Element | undefined;
  }>;

/**
 * The elements of a Part 10 file up to and including the head of PixelData (PS3.10 7.1), sequences with all their
 * items: for objects that are read whole. `maxReads` bounds the work; an object of more is DICOM_TOO_LARGE.
 * Faults: DICOM_UNPARSABLE, DICOM_TRUNCATED, DICOM_TOO_LARGE, TRANSFER_SYNTAX_UNSUPPORTED (deflated).
 */
export function parsePart10(bytes: Uint8Array, maxReads: number = MAX_READS): ParsedFile {
  try {
    const meta = readFileMeta(bytes);
    if (!meta) throw OVERRUN;
    return parse(bytes, meta, maxReads);
  } catch (thrown) {
    throw parseFault(thrown);
  }
}

/** The elements of a data set that came without file meta information (DIMSE); bounds and faults as `parsePart10`. */
export function parseDataset(bytes: Uint8Array, TransferSyntaxUID: string, maxReads: number): RawDataset {
  try {
    return parse(bytes, { TransferSyntaxUID, datasetOffset: 0 }, maxReads);
  } catch (thrown) {
    throw parseFault(thrown);
  }
}

/** What dicom-parser throws (texts), as a Fault. */
function parseFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  // A call stack that is full: sequences nested thousands deep.
  if (thrown instanceof RangeError) return new Fault('DICOM_UNPARSABLE', 'sequences nested too deeply');
  if (isOverrun(thrown)) return new Fault('DICOM_TRUNCATED');
  return new Fault('DICOM_UNPARSABLE', '', { cause: thrown });
}

const isOverrun = (thrown: unknown): boolean => /past end|overrun|overread|eof|maxP/i.test(String(thrown));
const OVERRUN = 'overrun';

export const byteOrderOf = (TransferSyntaxUID: string): ByteArrayParser =>
  TransferSyntaxUID === EXPLICIT_VR_BIG_ENDIAN
    ? dicomParser.bigEndianByteArrayParser
    : dicomParser.littleEndianByteArrayParser;

/** dicom-parser reads every tag through `readUint16`, so that is where its work is counted. */
function boundedStream(
  byteOrder: ByteArrayParser,
  bytes: Uint8Array,
  position: number,
  maxReads: number,
): ByteStream {
  const stream = new dicomParser.ByteStream(byteOrder, bytes, position);
  const read = stream.readUint16.bind(stream);
  let readsLeft = maxReads;
  stream.readUint16 = () => {
    readsLeft -= 1;
    if (readsLeft < 0) throw new Fault('DICOM_TOO_LARGE', 'elements');
    return read();
  };
  return stream;
}

function parse(bytes: Uint8Array, meta: FileMeta, maxReads: number): ParsedFile {
  const { TransferSyntaxUID, datasetOffset } = meta;
  if (TransferSyntaxUID === DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN)
    throw new Fault('TRANSFER_SYNTAX_UNSUPPORTED', 'deflated');
  const byteOrder = byteOrderOf(TransferSyntaxUID);
  const stream = boundedStream(byteOrder, bytes, datasetOffset, maxReads);
  const elements = readElements(stream, TransferSyntaxUID !== IMPLICIT_VR_LITTLE_ENDIAN);
  const pixelData = elements[TAGS.PixelData];
  return { ...rawDataset(elements, bytes, byteOrder), ...meta, pixelData };
}

/** Undefined: the file meta information does not end within `bytes`. Faults: DICOM_UNPARSABLE. */
export function readFileMeta(bytes: Uint8Array): FileMeta | undefined {
  if (bytes.length <= PREAMBLE + 4) return undefined;
  if (latin1(bytes, PREAMBLE, 4) !== 'DICM') throw new Fault('DICOM_UNPARSABLE', 'no DICM prefix');
  const little = dicomParser.littleEndianByteArrayParser;
  const stream = new dicomParser.ByteStream(little, bytes, PREAMBLE + 4);
  const uids = new Map<string, string>();
  try {
    while (stream.position < bytes.length && little.readUint16(bytes, stream.position) === 2) {
      const { tag, dataOffset, length } = dicomParser.readDicomElementExplicit(stream, []);
      if (META_UIDS.has(tag)) uids.set(tag, latin1(bytes, dataOffset, Math.min(length, 65)));
    }
  } catch (thrown) {
    const fault = parseFault(thrown);
    if (fault.code === 'DICOM_TRUNCATED') return undefined;
    throw fault;
  }
  if (stream.position >= bytes.length) return undefined;
  const TransferSyntaxUID = uids.get(TAGS.TransferSyntaxUID);
  if (!TransferSyntaxUID) throw new Fault('DICOM_UNPARSABLE', 'no transfer syntax');
  return {
    TransferSyntaxUID,
    datasetOffset: stream.position,
    MediaStorageSOPClassUID: uids.get(TAGS.MediaStorageSOPClassUID),
    MediaStorageSOPInstanceUID: uids.get(TAGS.MediaStorageSOPInstanceUID),
  };
}

const META_UIDS: ReadonlySet<string> = new Set([
  TAGS.TransferSyntaxUID,
  TAGS.MediaStorageSOPClassUID,
  TAGS.MediaStorageSOPInstanceUID,
]);

function readElements(stream: ByteStream, isExplicit: boolean): Record<string, Element> {
  const elements: Record<string, Element> = {};
  const size = stream.byteArray.length;
  while (stream.position < size) {
    const next = readElement(stream, isExplicit);
    elements[next.tag] = next;
    if (next.tag === TAGS.PixelData) return elements;
    if (stream.position > size) throw OVERRUN;
  }
  return elements;
}

/** One element of a file whose meta information is known, a sequence with all its items, within `maxReads`. */
export function parseElement(
  bytes: Uint8Array,
  { TransferSyntaxUID }: FileMeta,
  offset: number,
  maxReads: number,
): Element {
  const stream = boundedStream(byteOrderOf(TransferSyntaxUID), bytes, offset, maxReads);
  try {
    return readElement(stream, TransferSyntaxUID !== IMPLICIT_VR_LITTLE_ENDIAN);
  } catch (thrown) {
    throw parseFault(thrown);
  }
}

function readElement(stream: ByteStream, isExplicit: boolean): Element {
  const warnings: string[] = [];
  const next = isExplicit
    ? readExplicit(stream, warnings)
    : dicomParser.readDicomElementImplicit(stream, TAGS.PixelData);
  // dicom-parser only warns when a sequence of undefined length ends with the file.
  const cut = [...warnings, ...stream.warnings].find(
    (warning) => warning.startsWith('eof encountered') && !warning.includes('peeking'),
  );
  if (cut) throw cut;
  return next;
}

const isCapital = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x41 && byte <= 0x5a;

function readExplicit(stream: ByteStream, warnings: string[]): Element {
  const { byteArray: bytes, position } = stream;
  if (position + 8 > bytes.length) throw OVERRUN;
  if (!isCapital(bytes[position + 4]) || !isCapital(bytes[position + 5]))
    throw new Fault('DICOM_UNPARSABLE', 'no value representation where one must be');
  // OV, SV and UV have four bytes of length too, which dicom-parser does not know yet.
  const isVery64 = bytes[position + 5] === 0x56 && [0x4f, 0x53, 0x55].includes(bytes[position + 4] ?? 0);
  if (!isVery64) return dicomParser.readDicomElementExplicit(stream, warnings, TAGS.PixelData);
  const tag = dicomParser.readTag(stream);
  const vr = stream.readFixedString(2);
  stream.seek(2);
  const length = stream.readUint32();
  const dataOffset = stream.position;
  stream.seek(length);
  return { tag, vr, length, dataOffset };
}
