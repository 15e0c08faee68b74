/** The second view of a case as an SR document of its own series, an option beside the report of record. */
import { writePart10 } from '../dicom/part10.ts';
import { canonicalJson, derivedUid } from '../dicom/uid.ts';
import type { KeyView } from '../picture/key-view.ts';
import { documentDataset } from './document-modules.ts';
import { hierarchicalReferences } from './evidence.ts';
import { type ReportIdentity, SR_SOP_CLASSES } from './identity.ts';
import type { RenderedReport, ReportTimePoint } from './report.ts';
import { validateView } from './validate-view.ts';
import { type View, type ViewedPoint, viewTree } from './view-content.ts';

const SERIES_DESCRIPTION = 'Earshot EAR lesion view (research)';
const SERIES_NUMBER = 9104;

/**
 * The finished view of one time point, in the study of its images. `belongsTo`: SOP Instance UID of the report. Equal input gives equal bytes, which have passed the
 * assertions of validate-view.ts, or REPORT_INVALID is thrown: also when the time point has no outline.
 * @see PS3.16 TID 1500, TID 1410
 */
export function renderView(view: View, which: ViewedPoint, belongsTo: string): RenderedReport {
  const { content } = view;
  const { header } = content[which].measurement;
  const root = viewTree(view, which);
  const shown = keyImage(content[which], view[which]);
  const other = which === 'followUp' ? [keyImage(content.baseline, view.baseline)] : [];
  // All that is rendered but the times.
  const name = canonicalJson(['view', belongsTo, root, header, content.installation, shown, other]);
  const identity: ReportIdentity = {
    SOPClassUID: SR_SOP_CLASSES[content.srSopClass],
    SOPInstanceUID: derivedUid(name),
    SeriesInstanceUID: derivedUid(`${name}series`),
    StudyInstanceUID: header.StudyInstanceUID,
  };
  const dataset = documentDataset({
    header,
    identity,
    seriesNumber: SERIES_NUMBER,
    SeriesDescription: SERIES_DESCRIPTION,
    installation: content.installation,
    completed: content.completed,
    general: {
      CompletionFlag: 'COMPLETE',
      CurrentRequestedProcedureEvidenceSequence: hierarchicalReferences([shown]),
      // The delta was measured of both.
      ...(other.length > 0 && { PertinentOtherEvidenceSequence: hierarchicalReferences(other) }),
    },
    root,
  });
  const bytes = writePart10(dataset);
  validateView(bytes);
  return { ...identity, bytes };
}

const keyImage = (
  { measurement: { header } }: ReportTimePoint,
  { SOPClassUID, SOPInstanceUID }: KeyView,
) => ({
  StudyInstanceUID: header.StudyInstanceUID,
  SeriesInstanceUID: header.SeriesInstanceUID,
  SOPClassUID,
  SOPInstanceUID,
});
