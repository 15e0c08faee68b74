import type { Element } from 'dicom-parser';
import { Fault } from '../fault.ts';
import { DatasetWalk, UNDEFINED_LENGTH, type WalkedElement } from './dataset-walk.ts';
import type { Header } from './header.ts';
import { byteOrderOf, type FileMeta, parseElement, readFileMeta } from './parse-part10.ts';
import {
  codes,
  decimal,
  decimals,
  element,
  integer,
  items,
  type RawDataset,
  rawDataset,
  signed,
  text,
  texts,
  uid,
  unsigned,
} from './raw-dataset.ts';
import { type Keyword, TAGS } from './tags.ts';
import { isUid } from './uid.ts';

export type ReadHeader = Readonly<{
  header: Header;
  /** byte offset of the data set behind the file meta information */
  datasetOffset: number;
}>;

/**
 * The header of a Part 10 file: elements up to group 0028, nothing behind them is built. `bytes` may be only the
 * beginning of a file of `fileSize` bytes: undefined says that the header does not end within them, and the caller comes
 * back with more. What is given of the rest is walked: a whole file must end where its content does.
 * Faults: DICOM_UNPARSABLE, DICOM_TRUNCATED, DICOM_TOO_LARGE, DICOM_BAD_UID, DICOM_MISSING_ATTRIBUTE,
 * TRANSFER_SYNTAX_UNSUPPORTED.
 */
export function readHeader(bytes: Uint8Array, fileSize: number = bytes.length): ReadHeader | undefined {
  const isWhole = bytes.length >= fileSize;
  const meta = readFileMeta(bytes);
  if (!meta) {
    if (isWhole) throw new Fault('DICOM_TRUNCATED');
    return undefined;
  }
  const { TransferSyntaxUID, datasetOffset } = meta;
  const found = new Map<number, WalkedElement>();
  const walk = new DatasetWalk(TransferSyntaxUID, (element) => {
    if (HEADER_TAGS.has(element.tag)) found.set(element.tag, element);
  });
  walk.push(bytes.subarray(datasetOffset));
  if (isWhole) walk.end();
  if (datasetOffset + walk.leastBytes > fileSize) throw new Fault('DICOM_TRUNCATED');
  if ((walk.headerEnd ?? walk.leastBytes) > MAX_HEADER_BYTES) throw new Fault('DICOM_TOO_LARGE', 'header');
  if (walk.headerEnd === undefined && !isWhole) return undefined;
  const elements = Object.fromEntries(
    Array.from(found.values(), (each) => [tagText(each.tag), elementOf(each, bytes, meta)]),
  );
  const dataset = rawDataset(elements, bytes, byteOrderOf(TransferSyntaxUID));
  return { header: headerOf({ ...dataset, TransferSyntaxUID }), datasetOffset };
}

/** A CT header has 10 KiB, the longest of structured reports a few hundred. */
export const MAX_HEADER_BYTES = 16 * 1024 * 1024;
/** No value that a header takes is nearly as long. */
const MAX_VALUE_BYTES = 64 * 1024;
/** Tags, items and lengths read of one sequence: some thousand elements. */
const MAX_SEQUENCE_READS = 20_000;

const SEQUENCES: ReadonlySet<string> = new Set<Keyword>([
  'ProcedureCodeSequence',
  'ContrastBolusAgentSequence',
]);
const HEADER_TAGS: ReadonlySet<number> = new Set(
  Object.entries(TAGS).flatMap(([keyword, tag]) =>
    keyword.endsWith('Sequence') && !SEQUENCES.has(keyword) ? [] : [Number.parseInt(tag.slice(1), 16)],
  ),
);
const SEQUENCE_TAGS: ReadonlySet<string> = new Set(
  Array.from(SEQUENCES, (keyword) => TAGS[keyword as Keyword]),
);

/** As dicom-parser writes a tag. */
const tagText = (tag: number): string => `x${tag.toString(16).padStart(8, '0')}`;

function elementOf(
  { tag, vr, length, offset, dataOffset }: WalkedElement,
  bytes: Uint8Array,
  meta: FileMeta,
): Element {
  const keyword = tagText(tag);
  if (length !== UNDEFINED_LENGTH && length > MAX_VALUE_BYTES) throw new Fault('DICOM_TOO_LARGE', keyword);
  if (SEQUENCE_TAGS.has(keyword))
    return parseElement(bytes, meta, meta.datasetOffset + offset, MAX_SEQUENCE_READS);
  const text = vr === 0 ? undefined : String.fromCharCode(vr >> 8, vr & 0xff);
  const found = { tag: keyword, length, dataOffset: meta.datasetOffset + dataOffset };
  return text === undefined ? found : { ...found, vr: text };
}

/** A data set with the transfer syntax that it was read by. */
type Headed = RawDataset & Pick<FileMeta, 'TransferSyntaxUID'>;

function requiredUid(parsed: Headed, keyword: Keyword): string {
  const value = uid(parsed, keyword);
  if (!value) throw new Fault('DICOM_MISSING_ATTRIBUTE', keyword);
  if (!isUid(value)) throw new Fault('DICOM_BAD_UID', keyword);
  return value;
}

function optionalUid(parsed: Headed, keyword: Keyword): string | undefined {
  const value = uid(parsed, keyword);
  return isUid(value) ? value : undefined;
}

/** The header of a parsed file. Faults: DICOM_BAD_UID, DICOM_MISSING_ATTRIBUTE. */
export function headerOf(parsed: Headed): Header {
  const { TransferSyntaxUID } = parsed;
  if (!isUid(TransferSyntaxUID)) throw new Fault('DICOM_BAD_UID', 'TransferSyntaxUID');
  return {
    TransferSyntaxUID,
    SOPClassUID: requiredUid(parsed, 'SOPClassUID'),
    SOPInstanceUID: requiredUid(parsed, 'SOPInstanceUID'),
    StudyInstanceUID: requiredUid(parsed, 'StudyInstanceUID'),
    SeriesInstanceUID: requiredUid(parsed, 'SeriesInstanceUID'),
    FrameOfReferenceUID: optionalUid(parsed, 'FrameOfReferenceUID'),
    ...patientAndStudy(parsed),
    ...seriesAndEquipment(parsed),
    ...acquisition(parsed),
    ...plane(parsed),
    ...pixels(parsed),
  };
}

const patientAndStudy = (parsed: Headed) => ({
  PatientName: text(parsed, 'PatientName'),
  PatientID: text(parsed, 'PatientID'),
  IssuerOfPatientID: text(parsed, 'IssuerOfPatientID'),
  PatientBirthDate: text(parsed, 'PatientBirthDate'),
  PatientSex: text(parsed, 'PatientSex'),
  PatientAge: text(parsed, 'PatientAge'),
  PatientSize: text(parsed, 'PatientSize'),
  PatientWeight: text(parsed, 'PatientWeight'),
  StudyDate: text(parsed, 'StudyDate'),
  StudyTime: text(parsed, 'StudyTime'),
  TimezoneOffsetFromUTC: text(parsed, 'TimezoneOffsetFromUTC'),
  StudyID: text(parsed, 'StudyID'),
  AccessionNumber: text(parsed, 'AccessionNumber'),
  StudyDescription: text(parsed, 'StudyDescription'),
  ReferringPhysicianName: text(parsed, 'ReferringPhysicianName'),
  ProcedureCodeSequence: element(parsed, 'ProcedureCodeSequence') && codes(parsed, 'ProcedureCodeSequence'),
});

const seriesAndEquipment = (parsed: Headed) => ({
  Modality: text(parsed, 'Modality'),
  SeriesNumber: integer(parsed, 'SeriesNumber'),
  SeriesDescription: text(parsed, 'SeriesDescription'),
  SeriesDate: text(parsed, 'SeriesDate'),
  SeriesTime: text(parsed, 'SeriesTime'),
  ProtocolName: text(parsed, 'ProtocolName'),
  BodyPartExamined: text(parsed, 'BodyPartExamined'),
  Manufacturer: text(parsed, 'Manufacturer'),
  ManufacturerModelName: text(parsed, 'ManufacturerModelName'),
  StationName: text(parsed, 'StationName'),
  SoftwareVersions: text(parsed, 'SoftwareVersions'),
});

const acquisition = (parsed: Headed) => ({
  InstanceNumber: integer(parsed, 'InstanceNumber'),
  ContentDate: text(parsed, 'ContentDate'),
  ContentTime: text(parsed, 'ContentTime'),
  AcquisitionNumber: integer(parsed, 'AcquisitionNumber'),
  AcquisitionDate: text(parsed, 'AcquisitionDate'),
  AcquisitionTime: text(parsed, 'AcquisitionTime'),
  TemporalPositionIdentifier: integer(parsed, 'TemporalPositionIdentifier'),
  ImageType: texts(parsed, 'ImageType'),
  ConvolutionKernel: text(parsed, 'ConvolutionKernel'),
  KVP: decimal(parsed, 'KVP'),
  GantryDetectorTilt: decimal(parsed, 'GantryDetectorTilt'),
  ContrastBolusAgent: text(parsed, 'ContrastBolusAgent'),
  hasContrastBolus: hasContrastBolus(parsed),
});

const hasContrastBolus = (parsed: Headed): boolean =>
  items(parsed, 'ContrastBolusAgentSequence').length > 0 ||
  (decimal(parsed, 'ContrastBolusVolume') ?? 0) > 0 ||
  Boolean(text(parsed, 'ContrastBolusStartTime'));

const plane = (parsed: Headed) => ({
  ImagePositionPatient: decimals(parsed, 'ImagePositionPatient'),
  ImageOrientationPatient: decimals(parsed, 'ImageOrientationPatient'),
  PixelSpacing: decimals(parsed, 'PixelSpacing'),
  SliceThickness: decimal(parsed, 'SliceThickness'),
});

function pixels(parsed: Headed) {
  const PixelRepresentation = unsigned(parsed, 'PixelRepresentation');
  const sample = PixelRepresentation === 1 ? signed : unsigned;
  return {
    Rows: unsigned(parsed, 'Rows'),
    Columns: unsigned(parsed, 'Columns'),
    NumberOfFrames: integer(parsed, 'NumberOfFrames'),
    SamplesPerPixel: unsigned(parsed, 'SamplesPerPixel'),
    PhotometricInterpretation: text(parsed, 'PhotometricInterpretation'),
    BitsAllocated: unsigned(parsed, 'BitsAllocated'),
    BitsStored: unsigned(parsed, 'BitsStored'),
    HighBit: unsigned(parsed, 'HighBit'),
    PixelRepresentation,
    PixelPaddingValue: sample(parsed, 'PixelPaddingValue'),
    PixelPaddingRangeLimit: sample(parsed, 'PixelPaddingRangeLimit'),
    RescaleSlope: decimal(parsed, 'RescaleSlope'),
    RescaleIntercept: decimal(parsed, 'RescaleIntercept'),
    RescaleType: text(parsed, 'RescaleType'),
    LossyImageCompression: text(parsed, 'LossyImageCompression'),
  };
}
