import { Fault } from '../fault.ts';
import type { Header } from './header.ts';
import { type ParsedFile, parsePart10 } from './parse-part10.ts';
import {
  codes,
  decimal,
  decimals,
  element,
  integer,
  items,
  signed,
  text,
  texts,
  uid,
  unsigned,
} from './raw-dataset.ts';
import { isNative } from './sop-class.ts';
import type { Keyword } from './tags.ts';
import { isUid } from './uid.ts';

export type ReadHeader = Readonly<{
  header: Header;
  /** byte offset of the data set behind the file meta information */
  datasetOffset: number;
}>;

/**
 * The header of a Part 10 file; pixels are not touched. `bytes` may be only the beginning of a file of `fileSize`
 * bytes: undefined says that the header does not end within them, and the caller comes back with more.
 * Faults: DICOM_UNPARSABLE, DICOM_TRUNCATED, DICOM_BAD_UID, DICOM_MISSING_ATTRIBUTE, TRANSFER_SYNTAX_UNSUPPORTED.
 */
export function readHeader(bytes: Uint8Array, fileSize: number = bytes.length): ReadHeader | undefined {
  const parsed = parsePart10(bytes, fileSize);
  if (!parsed) return undefined;
  checkPixels(parsed, fileSize);
  return { header: headerOf(parsed), datasetOffset: parsed.datasetOffset };
}

const ENCAPSULATED_MINIMUM = 8; // the head of the basic offset table

function checkPixels({ pixelData, TransferSyntaxUID }: ParsedFile, fileSize: number): void {
  if (!pixelData) return;
  if (pixelData.hadUndefinedLength && isNative(TransferSyntaxUID))
    throw new Fault('DICOM_UNPARSABLE', 'PixelData without a length in a native transfer syntax');
  const length = pixelData.hadUndefinedLength ? ENCAPSULATED_MINIMUM : pixelData.length;
  if (pixelData.dataOffset + length > fileSize) throw new Fault('DICOM_TRUNCATED', 'PixelData');
}

function requiredUid(parsed: ParsedFile, keyword: Keyword): string {
  const value = uid(parsed, keyword);
  if (!value) throw new Fault('DICOM_MISSING_ATTRIBUTE', keyword);
  if (!isUid(value)) throw new Fault('DICOM_BAD_UID', keyword);
  return value;
}

function optionalUid(parsed: ParsedFile, keyword: Keyword): string | undefined {
  const value = uid(parsed, keyword);
  return isUid(value) ? value : undefined;
}

/** The header of a parsed file. Faults: DICOM_BAD_UID, DICOM_MISSING_ATTRIBUTE. */
export function headerOf(parsed: ParsedFile): Header {
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

const patientAndStudy = (parsed: ParsedFile) => ({
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
  StudyID: text(parsed, 'StudyID'),
  AccessionNumber: text(parsed, 'AccessionNumber'),
  StudyDescription: text(parsed, 'StudyDescription'),
  ReferringPhysicianName: text(parsed, 'ReferringPhysicianName'),
  ProcedureCodeSequence: element(parsed, 'ProcedureCodeSequence') && codes(parsed, 'ProcedureCodeSequence'),
});

const seriesAndEquipment = (parsed: ParsedFile) => ({
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

const acquisition = (parsed: ParsedFile) => ({
  InstanceNumber: integer(parsed, 'InstanceNumber'),
  ContentDate: text(parsed, 'ContentDate'),
  ContentTime: text(parsed, 'ContentTime'),
  AcquisitionNumber: integer(parsed, 'AcquisitionNumber'),
  AcquisitionDate: text(parsed, 'AcquisitionDate'),
  AcquisitionTime: text(parsed, 'AcquisitionTime'),
  ImageType: texts(parsed, 'ImageType'),
  ConvolutionKernel: text(parsed, 'ConvolutionKernel'),
  KVP: decimal(parsed, 'KVP'),
  GantryDetectorTilt: decimal(parsed, 'GantryDetectorTilt'),
  ContrastBolusAgent: text(parsed, 'ContrastBolusAgent'),
  hasContrastBolus: hasContrastBolus(parsed),
});

const hasContrastBolus = (parsed: ParsedFile): boolean =>
  items(parsed, 'ContrastBolusAgentSequence').length > 0 ||
  (decimal(parsed, 'ContrastBolusVolume') ?? 0) > 0 ||
  Boolean(text(parsed, 'ContrastBolusStartTime'));

const plane = (parsed: ParsedFile) => ({
  ImagePositionPatient: decimals(parsed, 'ImagePositionPatient'),
  ImageOrientationPatient: decimals(parsed, 'ImageOrientationPatient'),
  PixelSpacing: decimals(parsed, 'PixelSpacing'),
  SliceThickness: decimal(parsed, 'SliceThickness'),
});

function pixels(parsed: ParsedFile) {
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
