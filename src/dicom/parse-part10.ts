import dicomParser, { type ByteArrayParser, type ByteStream, type Element } from 'dicom-parser';
import { Fault } from '../fault.ts';
import { latin1, type RawDataset, rawDataset } from './raw-dataset.ts';
import { TAGS } from './tags.ts';

const IMPLICIT = '1.2.840.10008.1.2';
const BIG_ENDIAN = '1.2.840.10008.1.2.2';
const DEFLATED = '1.2.840.10008.1.2.1.99';
const PREAMBLE = 128;

export type ParsedFile = RawDataset &
  Readonly<{
    TransferSyntaxUID: string;
    /** byte offset of the data set behind the file meta information */
    datasetOffset: number;
    /** the PixelData element, whose bytes need not be there */
    pixelData: Element | undefined;
  }>;

/**
 * The elements of a Part 10 file up to and including the head of PixelData (PS3.10 7.1).
 * `bytes` may be the beginning of a file of `fileSize` bytes only: undefined says that more of it is needed.
 * Faults: DICOM_UNPARSABLE, DICOM_TRUNCATED, TRANSFER_SYNTAX_UNSUPPORTED (deflated).
 */
export function parsePart10(bytes: Uint8Array, fileSize: number = bytes.length): ParsedFile | undefined {
  const isWhole = bytes.length >= fileSize;
  try {
    const parsed = parse(bytes);
    return parsed.pixelData || isWhole ? parsed : undefined;
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    // A call stack that is full: sequences nested thousands deep.
    if (thrown instanceof RangeError) throw new Fault('DICOM_UNPARSABLE', 'sequences nested too deeply');
    if (!isWhole) return undefined;
    if (isOverrun(thrown)) throw new Fault('DICOM_TRUNCATED');
    throw new Fault('DICOM_UNPARSABLE', '', { cause: thrown });
  }
}

const isOverrun = (thrown: unknown): boolean => /past end|overrun|overread|eof|maxP/i.test(String(thrown));
const OVERRUN = 'overrun';

function parse(bytes: Uint8Array): ParsedFile {
  if (bytes.length <= PREAMBLE + 4) throw OVERRUN;
  if (latin1(bytes, PREAMBLE, 4) !== 'DICM') throw new Fault('DICOM_UNPARSABLE', 'no DICM prefix');
  const little = dicomParser.littleEndianByteArrayParser;
  const meta = readMeta(bytes, little);
  const { TransferSyntaxUID, datasetOffset } = meta;
  if (TransferSyntaxUID === DEFLATED) throw new Fault('TRANSFER_SYNTAX_UNSUPPORTED', 'deflated');
  const byteOrder = TransferSyntaxUID === BIG_ENDIAN ? dicomParser.bigEndianByteArrayParser : little;
  const stream = new dicomParser.ByteStream(byteOrder, bytes, datasetOffset);
  const elements = readElements(stream, TransferSyntaxUID !== IMPLICIT);
  const pixelData = elements[TAGS.PixelData];
  return { ...rawDataset(elements, bytes, byteOrder), TransferSyntaxUID, datasetOffset, pixelData };
}

function readMeta(
  bytes: Uint8Array,
  little: ByteArrayParser,
): { TransferSyntaxUID: string; datasetOffset: number } {
  const stream = new dicomParser.ByteStream(little, bytes, PREAMBLE + 4);
  let TransferSyntaxUID: string | undefined;
  while (stream.position < bytes.length && little.readUint16(bytes, stream.position) === 2) {
    const { tag, dataOffset, length } = dicomParser.readDicomElementExplicit(stream, []);
    if (stream.position > bytes.length) throw OVERRUN;
    if (tag === TAGS.TransferSyntaxUID) TransferSyntaxUID = latin1(bytes, dataOffset, length);
  }
  if (stream.position >= bytes.length) throw OVERRUN;
  if (!TransferSyntaxUID) throw new Fault('DICOM_UNPARSABLE', 'no transfer syntax');
  return { TransferSyntaxUID, datasetOffset: stream.position };
}

function readElements(stream: ByteStream, isExplicit: boolean): Record<string, Element> {
  const elements: Record<string, Element> = {};
  const warnings: string[] = [];
  const size = stream.byteArray.length;
  while (stream.position < size) {
    const next = isExplicit
      ? readExplicit(stream, warnings)
      : dicomParser.readDicomElementImplicit(stream, TAGS.PixelData);
    elements[next.tag] = next;
    if (next.tag === TAGS.PixelData) return elements;
    if (stream.position > size) throw OVERRUN;
  }
  // dicom-parser only warns when a sequence of undefined length ends with the file.
  const cut = [...warnings, ...stream.warnings].find(
    (warning) => warning.startsWith('eof encountered') && !warning.includes('peeking'),
  );
  if (cut) throw cut;
  return elements;
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
