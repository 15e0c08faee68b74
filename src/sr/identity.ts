import type { ObjectIdentity } from '../dicom/rendered-object.ts';
import { canonicalJson, derivedUid } from '../dicom/uid.ts';
import type { ReportContent, ReportLesion, ReportTimePoint } from './report.ts';

export type ReportIdentity = ObjectIdentity;

export const SR_SOP_CLASSES = {
  comprehensive: '1.2.840.10008.5.1.4.1.1.88.33',
  comprehensive3d: '1.2.840.10008.5.1.4.1.1.88.34',
} as const;

/** Name of an SR class of ours; undefined for another class. */
export const srSopClassOf = (SOPClassUID: string): ReportContent['srSopClass'] | undefined =>
  (Object.keys(SR_SOP_CLASSES) as ReportContent['srSopClass'][]).find(
    (name) => SR_SOP_CLASSES[name] === SOPClassUID,
  );

/**
 * Text that is equal for equal results: everything that a report renders, but neither its times nor what it
 * supersedes, nor how long measuring took. A case whose latest report has the same key needs no new one.
 */
export function canonicalContentKey(content: ReportContent): string {
  const { completed: _completed, supersedes: _supersedes, ...rendered } = content;
  const otherLesions = content.otherLesions.map(untimed);
  return canonicalJson({ ...untimed(rendered), otherLesions });
}

const untimed = <T extends ReportLesion>(lesion: T): T => ({
  ...lesion,
  baseline: untimedPoint(lesion.baseline),
  followUp: untimedPoint(lesion.followUp),
});

function untimedPoint({ measurement: { seconds: _seconds, ...measurement }, ...point }: ReportTimePoint) {
  return { ...point, measurement };
}

/**
 * The UIDs of the report, known before it is rendered. They depend on all that is rendered but the time of
 * completion (SR.md 1.3), so the same UID means the same bytes once that time is persisted. A report is always
 * alone in its series: some viewers show one instance of a series only.
 * @see PS3.5 B.2
 */
export function reportIdentity(content: ReportContent): ReportIdentity {
  const superseded = content.supersedes.map(({ SOPInstanceUID, ContentDate }) => [
    SOPInstanceUID,
    ContentDate,
  ]);
  const name = canonicalJson([canonicalContentKey(content), superseded]);
  return {
    SOPClassUID: SR_SOP_CLASSES[content.srSopClass],
    SOPInstanceUID: derivedUid(name),
    SeriesInstanceUID: derivedUid(`${name}series`),
    StudyInstanceUID: content.followUp.measurement.header.StudyInstanceUID,
  };
}
