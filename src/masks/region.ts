import type { Code } from '../dicom/header.ts';

/**
 * What a mask object says about itself, read once when it arrives. Nothing here is trusted for geometry:
 * that is checked again when the mask is laid on the image.
 */
export type MaskDescription = Readonly<{
  kind: 'RTSTRUCT' | 'SEG';
  SOPClassUID: string;
  SOPInstanceUID: string;
  SeriesInstanceUID: string;
  StudyInstanceUID: string;
  /** SeriesInstanceUIDs that the object names explicitly (SR.md 4.1 step 2) */
  referencedSeries: readonly string[];
  /** SOPInstanceUIDs of the images it names (step 3) */
  referencedInstances: readonly string[];
  /** RTSTRUCT ApprovalStatus, when given */
  ApprovalStatus?: string | undefined;
  /** who approved or rejected it, and when (PS3.3 C.8.8.16): ReviewerName, ReviewDate, ReviewTime */
  reviewer?: string | undefined;
  reviewDate?: string | undefined;
  reviewTime?: string | undefined;
  /** who drew it: ContentCreatorName, else OperatorsName, else ReviewerName */
  author?: string | undefined;
  /** what it was drawn with */
  Manufacturer?: string | undefined;
  ManufacturerModelName?: string | undefined;
  SoftwareVersions?: string | undefined;
  /** StructureSetDate/Time or ContentDate/Time, else InstanceCreationDate/Time: YYYYMMDD, HHMMSS */
  drawnDate?: string | undefined;
  drawnTime?: string | undefined;
  label?: string | undefined;
  regions: readonly Region[];
}>;

export type Region = Readonly<{
  /** ROINumber or SegmentNumber */
  number: number;
  /** ROIName or SegmentLabel */
  name: string;
  FrameOfReferenceUID?: string | undefined;
  trackingId?: string | undefined;
  trackingUid?: string | undefined;
  /** RTROIInterpretedType */
  interpretedType?: string | undefined;
  /** ROIInterpreter of its observations (PS3.3 C.8.8.8) */
  interpreter?: string | undefined;
  /** SegmentedPropertyTypeCodeSequence, RTROIIdentificationCodeSequence */
  typeCodes: readonly Code[];
  /** contours (RTSTRUCT) or frames (SEG): 0 means that nothing was drawn */
  contourOrFrameCount: number;
}>;
