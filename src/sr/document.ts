/** A report as a Comprehensive (3D) SR: every module of PS3.3 A.35.3, and the bytes. */
import { type Dataset, writePart10 } from '../dicom/part10.ts';
import { documentDataset } from './document-modules.ts';
import { evidence, hierarchicalReferences } from './evidence.ts';
import { reportIdentity } from './identity.ts';
import { messagesOf } from './messages/messages-of.ts';
import { renderTree } from './render.ts';
import type { RenderedReport, ReportContent } from './report.ts';
import type { ReportTemplates, Template } from './template.ts';
import { validateReport } from './validate.ts';
import { shortLine } from './wording.ts';

const SERIES_DESCRIPTION = 'Earshot EAR delta-radiomics (research)';

/** PARTIAL: the model was not evaluated, for want of a normalisation or of a feature value, or because it is past its purpose. */
function completion({ score, language }: ReportContent): Dataset {
  if (score.probability !== null) return { CompletionFlag: 'COMPLETE' };
  const because = shortLine(messagesOf(language).because(score)) || 'No probability can be given.';
  return { CompletionFlag: 'PARTIAL', CompletionFlagDescription: because };
}

/** The dataset of the SR document by DICOM keyword, ready to be written. */
function reportDataset(template: Template, content: ReportContent): Dataset {
  const { completed, followUp, installation, seriesNumber, supersedes } = content;
  return documentDataset({
    header: followUp.measurement.header,
    identity: reportIdentity(content),
    seriesNumber,
    SeriesDescription: SERIES_DESCRIPTION,
    installation,
    completed,
    general: {
      ...completion(content),
      ...evidence(content),
      ...(supersedes.length > 0 && { PredecessorDocumentsSequence: hierarchicalReferences(supersedes) }),
    },
    root: renderTree(template, content),
  });
}

/**
 * The finished report. Equal templates and content give equal bytes; the bytes have passed every assertion of
 * validate.ts, or REPORT_INVALID is thrown and nothing may be sent.
 * @see PS3.3 A.35.3
 */
export function renderReport(templates: ReportTemplates, content: ReportContent): RenderedReport {
  const template = templates[content.srSopClass].value;
  const bytes = writePart10(reportDataset(template, content));
  validateReport(bytes);
  return { ...reportIdentity(content), bytes };
}
