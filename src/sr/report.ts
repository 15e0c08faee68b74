import type { Finding } from '../eligibility/finding.ts';
import type { MaskDescription, Region } from '../masks/region.ts';
import type { ModelFile } from '../model/model-file.ts';
import type { ScoreResult } from '../model/score-result.ts';
import type { Measurement } from '../radiomics/measurement.ts';
import type { ExtractionSettings } from '../radiomics/settings.ts';
import type { Language } from './report-choice.ts';

/** One time point of the lesion, as the report shows it. */
export type ReportTimePoint = Readonly<{
  measurement: Measurement;
  mask: MaskDescription;
  region: Region;
}>;

/** Everything that a report renders. The SOP Instance UID is derived from all of it but the times (SR.md 1.3). */
export type ReportContent = Readonly<{
  baseline: ReportTimePoint;
  followUp: ReportTimePoint;
  /** days from the baseline's to the follow-up's StudyDate; null when a date is missing */
  intervalDays: number | null;
  lesion: Readonly<{ trackingId: string; trackingUid: string }>;
  score: ScoreResult;
  model: ModelFile;
  settings: ExtractionSettings;
  findings: readonly Finding[];
  /** further sentences for the comment items: how the baseline was chosen, therapy, limits */
  remarks: readonly string[];
  installation: Readonly<{ uid: string; name: string; softwareVersion: string }>;
  /** SHA-256 of rules, of the template and of the settings that change numbers */
  digests: Readonly<{ rules: string; template: string; configuration: string }>;
  srSopClass: 'comprehensive' | 'comprehensive3d';
  language: Language;
  seriesNumber: number;
  /** persisted first completion of the case: YYYYMMDD, HHMMSS; never `now` on a retry */
  completed: Readonly<{ date: string; time: string }>;
  supersedes: readonly Readonly<{
    StudyInstanceUID: string;
    SeriesInstanceUID: string;
    SOPClassUID: string;
    SOPInstanceUID: string;
    ContentDate: string;
  }>[];
}>;

export type RenderedReport = Readonly<{
  SOPClassUID: string;
  SOPInstanceUID: string;
  SeriesInstanceUID: string;
  StudyInstanceUID: string;
  /** Part 10 file */
  bytes: Uint8Array;
}>;
