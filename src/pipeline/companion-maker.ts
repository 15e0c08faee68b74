/** How something beside an SR is made: a picture, a PDF, a second SR, the masks that were used. */

import type { ReportIdentity } from '../sr/identity.ts';
import type { Language } from '../sr/language.ts';
import type { RenderedReport, ReportContent } from '../sr/report.ts';
import type { CompanionKind, Outcome } from '../sr/report-choice.ts';
import type { CaseInputs } from './judge.ts';

export type CompanionRequest = Readonly<{
  language: Language;
  outcome: Outcome;
  /** of the SR, in that form of it */
  content: ReportContent;
  /** the form of the SR that goes to the destinations of the companion */
  report: ReportIdentity;
  inputs: CaseInputs;
  /** absolute path of an image or mask of either time point */
  fileOf: (SOPInstanceUID: string) => string;
}>;

/** The same for all that goes beside one report. `report`: the SR that the catalogue knows as the report. */
export type BesideRequest = Omit<CompanionRequest, 'language'> &
  Readonly<{
    /** the report in other classes and languages */
    renditions: readonly (ReportIdentity & Readonly<{ language: Language }>)[];
  }>;

/**
 * Makes the objects of one kind, in any study of the patient. The same request gives the same UIDs, and no other report's
 * companion has them: they are derived from the SOP Instance UID of `report`, or from all that it is derived from.
 */
export type CompanionMaker = (
  request: CompanionRequest,
  signal: AbortSignal,
) => Promise<readonly RenderedReport[]>;
export type CompanionMakers = Readonly<Partial<Record<CompanionKind, CompanionMaker>>>;
