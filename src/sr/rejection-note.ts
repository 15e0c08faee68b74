/** A Key Object Selection Document that takes reports back (PS3.3 A.35.4, PS3.16 TID 2010; IHE RAD IOCM). */
import type { Code } from '../dicom/header.ts';
import { type Dataset, readPart10, writePart10 } from '../dicom/part10.ts';
import { KEY_OBJECT_SELECTION } from '../dicom/sop-class.ts';
import { canonicalJson, derivedUid } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import { hierarchicalReferences } from './evidence.ts';
import type { RenderedReport } from './report.ts';

const dcm = (CodeValue: string, CodeMeaning: string): Code => ({
  CodeValue,
  CodingSchemeDesignator: 'DCM',
  CodeMeaning,
});

/** Why a report is taken back: the document titles of IOCM (CID 7010). */
export const REJECTION_TITLES = {
  quality: dcm('113001', 'Rejected for Quality Reasons'),
  safety: dcm('113037', 'Rejected for Patient Safety Reasons'),
  worklist: dcm('113038', 'Incorrect Modality Worklist Entry'),
  retention: dcm('113039', 'Data Retention Policy Expired'),
} as const;
export type RejectionReason = keyof typeof REJECTION_TITLES;

/** What was wrong, which TID 2010 asks of a rejection for quality: those of CID 7011 that a computed report can have. */
export const QUALITY_REASONS: Readonly<Record<string, Code>> = {
  software: dcm('111218', 'Software failure'),
  processing: dcm('111219', 'Inappropriate image processing'),
  other: dcm('111220', 'Other failure'),
  unknown: dcm('111221', 'Unknown failure'),
};
export type QualityReason = 'software' | 'processing' | 'other' | 'unknown';

const TITLE_MODIFIER = dcm('113011', 'Document Title Modifier');
const DESCRIPTION = dcm('113012', 'Key Object Description');
const OBSERVER_TYPE = dcm('121005', 'Observer Type');
const DEVICE = dcm('121007', 'Device');
const DEVICE_OBSERVER_UID = dcm('121012', 'Device Observer UID');

export type Rejection = Readonly<{
  reason: RejectionReason;
  /** of a rejection for quality */
  quality: QualityReason;
  /** a person's words: they go into the PACS */
  text: string;
  installationUid: string;
  /** YYYYMMDD, HHMMSS: kept with the note, never `now` of a retry */
  date: string;
  time: string;
}>;

/** Copied from the report: the note belongs to the same patient and study. */
const COPIED = [
  'PatientName',
  'PatientID',
  'IssuerOfPatientID',
  'PatientBirthDate',
  'PatientSex',
  'StudyInstanceUID',
  'StudyDate',
  'StudyTime',
  'StudyID',
  'StudyDescription',
  'AccessionNumber',
  'ReferringPhysicianName',
  'Manufacturer',
  'ManufacturerModelName',
  'DeviceSerialNumber',
  'SoftwareVersions',
  'ReferencedRequestSequence',
] as const;

type Reference = Pick<
  RenderedReport,
  'StudyInstanceUID' | 'SeriesInstanceUID' | 'SOPClassUID' | 'SOPInstanceUID'
>;

const referenceTo = ({
  StudyInstanceUID,
  SeriesInstanceUID,
  SOPClassUID,
  SOPInstanceUID,
}: Reference): Reference => ({
  StudyInstanceUID,
  SeriesInstanceUID,
  SOPClassUID,
  SOPInstanceUID,
});

/**
 * The note about reports of one study, of which it takes patient and study, and about `others` of that study. Its UIDs are derived from the reports and the
 * reason, so the same withdrawal is the same object. Faults: REPORT_INVALID without a report, with a text that is empty
 * or longer than 1024 characters, or for reports of several studies.
 * @see PS3.16 TID 2010, CID 7010, CID 7011
 */
export function renderRejectionNote(
  reports: readonly Uint8Array[],
  rejection: Rejection,
  others: readonly Reference[] = [],
): RenderedReport {
  const text = rejection.text.trim();
  if (text === '' || text.length > 1024)
    throw new Fault('REPORT_INVALID', 'the text has 1 to 1024 characters');
  const datasets = reports.map(readPart10);
  const ofReports = datasets.map((dataset) => ({
    StudyInstanceUID: String(dataset['StudyInstanceUID']),
    SeriesInstanceUID: String(dataset['SeriesInstanceUID']),
    SOPClassUID: String(dataset['SOPClassUID']),
    SOPInstanceUID: String(dataset['SOPInstanceUID']),
  }));
  const references = [...ofReports, ...others.map(referenceTo)];
  const [first] = datasets;
  const [reference] = references;
  const studies = new Set(references.map(({ StudyInstanceUID }) => StudyInstanceUID));
  if (!first || !reference || studies.size !== 1) throw new Fault('REPORT_INVALID', 'reports of one study');

  const { reason, quality, date, time } = rejection;
  const uids = references.map(({ SOPInstanceUID }) => SOPInstanceUID).sort();
  const name = canonicalJson(['rejection note', uids, reason, reason === 'quality' ? quality : '', text]);
  const identity = {
    SOPClassUID: KEY_OBJECT_SELECTION,
    SOPInstanceUID: derivedUid(name),
    SeriesInstanceUID: derivedUid(`${name}series`),
    StudyInstanceUID: reference.StudyInstanceUID,
  };
  const bytes = writePart10({
    SpecificCharacterSet: 'ISO_IR 192',
    ...Object.fromEntries(COPIED.flatMap((keyword) => (keyword in first ? [[keyword, first[keyword]]] : []))),
    ...identity,
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    Modality: 'KO',
    SeriesNumber: SERIES_NUMBER,
    SeriesDescription: 'Earshot rejection note',
    ReferencedPerformedProcedureStepSequence: [],
    InstanceNumber: 1,
    ContentDate: date,
    ContentTime: time,
    CurrentRequestedProcedureEvidenceSequence: hierarchicalReferences(references),
    ValueType: 'CONTAINER',
    ContinuityOfContent: 'SEPARATE',
    ConceptNameCodeSequence: coded(REJECTION_TITLES[reason]),
    ContentTemplateSequence: [{ MappingResource: 'DCMR', TemplateIdentifier: '2010' }],
    ContentSequence: content(rejection, text, references),
  });
  return { ...identity, bytes };
}

const SERIES_NUMBER = 9191;
const coded = (code: Code): readonly Dataset[] => [{ ...code }];

function content(
  { reason, quality, installationUid }: Rejection,
  text: string,
  references: readonly Readonly<{ SOPClassUID: string; SOPInstanceUID: string }>[],
): readonly Dataset[] {
  const item = (RelationshipType: string, ValueType: string, concept: Code, value: Dataset): Dataset => ({
    RelationshipType,
    ValueType,
    ConceptNameCodeSequence: coded(concept),
    ...value,
  });
  const modifier = QUALITY_REASONS[quality];
  return [
    ...(reason === 'quality' && modifier
      ? [item('HAS CONCEPT MOD', 'CODE', TITLE_MODIFIER, { ConceptCodeSequence: coded(modifier) })]
      : []),
    item('HAS OBS CONTEXT', 'CODE', OBSERVER_TYPE, { ConceptCodeSequence: coded(DEVICE) }),
    item('HAS OBS CONTEXT', 'UIDREF', DEVICE_OBSERVER_UID, { UID: installationUid }),
    item('CONTAINS', 'TEXT', DESCRIPTION, { TextValue: text }),
    ...references.map(({ SOPClassUID, SOPInstanceUID }) => ({
      RelationshipType: 'CONTAINS',
      ValueType: 'COMPOSITE',
      ReferencedSOPSequence: [
        { ReferencedSOPClassUID: SOPClassUID, ReferencedSOPInstanceUID: SOPInstanceUID },
      ],
    })),
  ];
}
