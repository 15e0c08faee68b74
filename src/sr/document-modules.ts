/** The modules that every SR document of ours has, whatever it says (PS3.3 A.35.3). */
import type { Header } from '../dicom/header.ts';
import type { Dataset } from '../dicom/part10.ts';
import { patientAndStudy } from '../dicom/patient-and-study.ts';
import { IBSI_SCHEME, PRIVATE_SCHEME } from './codes.ts';
import { type ContentItem, isCode } from './content-item.ts';
import { equipment } from './equipment.ts';
import type { ReportIdentity } from './identity.ts';
import { coded, itemDataset } from './item-dataset.ts';

/** Only with an accession number does the report answer a request (PS3.3 C.17.2). */
function request({ AccessionNumber, StudyInstanceUID }: Header): Dataset {
  if (!AccessionNumber) return {};
  const item = {
    StudyInstanceUID,
    ReferencedStudySequence: [],
    AccessionNumber,
    PlacerOrderNumberImagingServiceRequest: '',
    FillerOrderNumberImagingServiceRequest: '',
    RequestedProcedureID: '',
    RequestedProcedureDescription: '',
    RequestedProcedureCodeSequence: [],
  };
  return { ReferencedRequestSequence: [item] };
}

/** What differs between our documents. */
export type DocumentParts = Readonly<{
  /** of the CT whose patient and study the document belongs to */
  header: Header;
  identity: ReportIdentity;
  seriesNumber: number;
  SeriesDescription: string;
  installation: Readonly<{ name: string; softwareVersion: string }>;
  /** YYYYMMDD, HHMMSS: persisted, never `now` on a retry */
  completed: Readonly<{ date: string; time: string }>;
  /** CompletionFlag, evidence and what else of SR Document General depends on the content */
  general: Dataset;
  root: ContentItem;
}>;

/** The dataset of an SR document by DICOM keyword, ready to be written. */
export function documentDataset(parts: DocumentParts): Dataset {
  const { header, identity, installation, root } = parts;
  const { date, time } = parts.completed;
  const procedures = (header.ProcedureCodeSequence ?? []).filter(isCode);
  return {
    // SOP Common
    SpecificCharacterSet: 'ISO_IR 192',
    ...identity,
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    CodingSchemeIdentificationSequence: [PRIVATE_SCHEME, IBSI_SCHEME],
    // Patient, Patient Study, General Study
    ...patientAndStudy(header),
    // SR Document Series
    Modality: 'SR',
    SeriesNumber: parts.seriesNumber,
    SeriesDescription: parts.SeriesDescription,
    SeriesDate: date,
    SeriesTime: time,
    ReferencedPerformedProcedureStepSequence: [],
    // General Equipment
    ...equipment(installation),
    // SR Document General
    InstanceNumber: 1,
    PreliminaryFlag: 'PRELIMINARY',
    VerificationFlag: 'UNVERIFIED',
    ContentDate: date,
    ContentTime: time,
    ...request(header),
    PerformedProcedureCodeSequence: procedures.flatMap(coded),
    ...parts.general,
    // SR Document Content
    ...itemDataset(root),
  };
}
