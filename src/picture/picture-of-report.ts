/** What a picture and a document of a report have in common: whose they are, and which report they belong to. */
import type { Code, Header } from '../dicom/header.ts';
import type { Dataset } from '../dicom/part10.ts';
import { patientAndStudy } from '../dicom/patient-and-study.ts';
import type { ObjectIdentity } from '../dicom/rendered-object.ts';
import { derivedUid } from '../dicom/uid.ts';
import { equipment } from '../sr/equipment.ts';
import type { Language } from '../sr/language.ts';
import type { KeyView } from './key-view.ts';

type InstanceReference = Readonly<{ SOPClassUID: string; SOPInstanceUID: string }>;

export type PictureOfReport = Readonly<{
  /** of the follow-up CT: patient and study are copied from it, as the report's are */
  header: Header;
  report: InstanceReference;
  language: Language;
  /** the images that are shown */
  sources: readonly Pick<KeyView, 'SOPClassUID' | 'SOPInstanceUID' | 'FrameNumber'>[];
  /** persisted first completion of the case, as in the report: YYYYMMDD, HHMMSS */
  completed: Readonly<{ date: string; time: string }>;
  installation: Readonly<{ name: string; softwareVersion: string }>;
  /** default: 9102 for the picture, 9105 for the document */
  seriesNumber?: number | undefined;
}>;

/** UIDs of the object of that kind: one for each report, kind and language, so that the same report has the same picture. */
export function identityOf(
  of: PictureOfReport,
  kind: 'picture' | 'pdf',
  SOPClassUID: string,
): ObjectIdentity {
  const name = `${of.report.SOPInstanceUID}${kind}${of.language}`;
  return {
    SOPClassUID,
    SOPInstanceUID: derivedUid(name),
    SeriesInstanceUID: derivedUid(`${name}series`),
    StudyInstanceUID: of.header.StudyInstanceUID,
  };
}

/** SOP Common, Patient, General Study, General Series, General Equipment, and the dates of the report. */
export function commonModules(of: PictureOfReport, identity: ObjectIdentity, seriesNumber: number): Dataset {
  const { date, time } = of.completed;
  return {
    SpecificCharacterSet: 'ISO_IR 192',
    ...patientAndStudy(of.header),
    ...identity,
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    SeriesNumber: of.seriesNumber ?? seriesNumber,
    SeriesDescription: 'Earshot EAR delta-radiomics page (research)',
    SeriesDate: date,
    SeriesTime: time,
    ...equipment(of.installation),
    // SC Equipment: made on a workstation
    ConversionType: 'WSD',
    InstanceNumber: 1,
    ContentDate: date,
    ContentTime: time,
    BurnedInAnnotation: 'YES',
    RecognizableVisualFeatures: 'NO',
  };
}

/** An item of a sequence of references. */
export const referenceTo = ({ SOPClassUID, SOPInstanceUID }: InstanceReference): Dataset => ({
  ReferencedSOPClassUID: SOPClassUID,
  ReferencedSOPInstanceUID: SOPInstanceUID,
});

export const dcm = (CodeValue: string, CodeMeaning: string): readonly Code[] => [
  { CodeValue, CodingSchemeDesignator: 'DCM', CodeMeaning },
];
