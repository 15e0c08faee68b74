/**
 * What Earshot keeps of an instance's header. Values have the DICOM keyword as their name (PS3.6).
 * Text is decoded by SpecificCharacterSet and stripped of padding; '' means present and empty,
 * undefined means absent. Numbers are JavaScript numbers; DS and IS text is parsed, malformed text is absent.
 */
export type Code = Readonly<{ CodeValue: string; CodingSchemeDesignator: string; CodeMeaning: string }>;

export type Header = Readonly<{
  // Identity: valid UIDs (PS3.5 9.1), or the object is refused.
  TransferSyntaxUID: string;
  SOPClassUID: string;
  SOPInstanceUID: string;
  StudyInstanceUID: string;
  SeriesInstanceUID: string;
  FrameOfReferenceUID?: string | undefined;

  // Patient (C.7.1.1)
  PatientName?: string | undefined;
  PatientID?: string | undefined;
  IssuerOfPatientID?: string | undefined;
  PatientBirthDate?: string | undefined;
  PatientSex?: string | undefined;
  PatientAge?: string | undefined;
  PatientSize?: string | undefined;
  PatientWeight?: string | undefined;

  // Study (C.7.2.1)
  StudyDate?: string | undefined;
  StudyTime?: string | undefined;
  /** of every date and time of the object that names no zone of its own (C.12.1) */
  TimezoneOffsetFromUTC?: string | undefined;
  StudyID?: string | undefined;
  AccessionNumber?: string | undefined;
  StudyDescription?: string | undefined;
  ReferringPhysicianName?: string | undefined;
  ProcedureCodeSequence?: readonly Code[] | undefined;

  // Series and equipment (C.7.3.1, C.7.5.1)
  Modality?: string | undefined;
  SeriesNumber?: number | undefined;
  SeriesDescription?: string | undefined;
  SeriesDate?: string | undefined;
  SeriesTime?: string | undefined;
  ProtocolName?: string | undefined;
  BodyPartExamined?: string | undefined;
  Manufacturer?: string | undefined;
  ManufacturerModelName?: string | undefined;
  StationName?: string | undefined;
  SoftwareVersions?: string | undefined;

  // Image and CT (C.7.6.1, C.7.6.2, C.7.6.3, C.8.2.1)
  InstanceNumber?: number | undefined;
  ContentDate?: string | undefined;
  ContentTime?: string | undefined;
  AcquisitionNumber?: number | undefined;
  AcquisitionDate?: string | undefined;
  AcquisitionTime?: string | undefined;
  TemporalPositionIdentifier?: number | undefined;
  ImageType?: readonly string[] | undefined;
  ImagePositionPatient?: readonly number[] | undefined;
  ImageOrientationPatient?: readonly number[] | undefined;
  /** [between rows, between columns], mm */
  PixelSpacing?: readonly number[] | undefined;
  SliceThickness?: number | undefined;
  GantryDetectorTilt?: number | undefined;
  ConvolutionKernel?: string | undefined;
  KVP?: number | undefined;
  ContrastBolusAgent?: string | undefined;
  /** Present in the dataset with at least one item, or a contrast volume or start time is given. */
  hasContrastBolus?: boolean | undefined;
  Rows?: number | undefined;
  Columns?: number | undefined;
  NumberOfFrames?: number | undefined;
  /** of the header of one frame of a multi-frame image: which one, from 1 */
  FrameNumber?: number | undefined;
  SamplesPerPixel?: number | undefined;
  PhotometricInterpretation?: string | undefined;
  BitsAllocated?: number | undefined;
  BitsStored?: number | undefined;
  HighBit?: number | undefined;
  PixelRepresentation?: number | undefined;
  PixelPaddingValue?: number | undefined;
  PixelPaddingRangeLimit?: number | undefined;
  RescaleSlope?: number | undefined;
  RescaleIntercept?: number | undefined;
  RescaleType?: string | undefined;
  LossyImageCompression?: string | undefined;
}>;
