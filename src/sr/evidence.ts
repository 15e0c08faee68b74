import type { Dataset } from '../dicom/part10.ts';
import { lesionsOf, type ReportContent, type ReportTimePoint } from './report.ts';

type Located = Readonly<{
  StudyInstanceUID: string;
  SeriesInstanceUID: string;
  SOPClassUID: string;
  SOPInstanceUID: string;
}>;

/**
 * Study > ReferencedSeriesSequence > ReferencedSOPSequence (SOP Instance Reference Macro), in the order given;
 * a repeated instance is listed once.
 * @see PS3.3 table C.17-3
 */
export function hierarchicalReferences(instances: readonly Located[]): readonly Dataset[] {
  const studies = new Map<string, Map<string, Map<string, Located>>>();
  for (const instance of instances) {
    const study = studies.get(instance.StudyInstanceUID) ?? new Map<string, Map<string, Located>>();
    const series = study.get(instance.SeriesInstanceUID) ?? new Map<string, Located>();
    studies.set(instance.StudyInstanceUID, study.set(instance.SeriesInstanceUID, series));
    series.set(instance.SOPInstanceUID, instance);
  }
  return [...studies].map(([StudyInstanceUID, study]) => ({
    StudyInstanceUID,
    ReferencedSeriesSequence: [...study].map(([SeriesInstanceUID, series]) => ({
      SeriesInstanceUID,
      ReferencedSOPSequence: [...series.values()].map(({ SOPClassUID, SOPInstanceUID }) => ({
        ReferencedSOPClassUID: SOPClassUID,
        ReferencedSOPInstanceUID: SOPInstanceUID,
      })),
    })),
  }));
}

const evidenceOf = ({ measurement, mask, segment }: ReportTimePoint): readonly Located[] => [
  ...measurement.instances.map(({ SOPClassUID, SOPInstanceUID }) => ({
    StudyInstanceUID: measurement.header.StudyInstanceUID,
    SeriesInstanceUID: measurement.header.SeriesInstanceUID,
    SOPClassUID,
    SOPInstanceUID,
  })),
  mask,
  ...(segment ? [segment] : []),
];

/**
 * Every image and mask used: those of the follow-up are current evidence, those of the baseline other evidence,
 * each under the study that it lives in. What serves both is current evidence only.
 * @see PS3.3 C.17.2.3
 */
export function evidence(content: ReportContent): Dataset {
  const lesions = lesionsOf(content);
  const current = lesions.flatMap(({ followUp }) => evidenceOf(followUp));
  const currentUids = new Set(current.map(({ SOPInstanceUID }) => SOPInstanceUID));
  const other = lesions
    .flatMap(({ baseline }) => evidenceOf(baseline))
    .filter(({ SOPInstanceUID }) => !currentUids.has(SOPInstanceUID));
  return {
    CurrentRequestedProcedureEvidenceSequence: hierarchicalReferences(current),
    ...(other.length > 0 && { PertinentOtherEvidenceSequence: hierarchicalReferences(other) }),
  };
}
