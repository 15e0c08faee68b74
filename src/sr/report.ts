import type { RenderedObject } from '../dicom/rendered-object.ts';
import type { Finding } from '../eligibility/finding.ts';
import type { MaskDescription, Region } from '../masks/region.ts';
import type { ClassicResult } from '../model/classic.ts';
import type { Growth } from '../model/growth.ts';
import type { ScoreResult } from '../model/score-result.ts';
import type { ServedClassic, ServedModel } from '../model/served-model.ts';
import type { DeltaStability } from '../model/stability.ts';
import type { TrendPoint } from '../model/trend.ts';
import type { Measurement } from '../radiomics/measurement.ts';
import type { ExtractionSettings } from '../radiomics/settings.ts';
import type { Language } from './language.ts';

/** A segment of a SEG of ours that holds the voxels of a region as they were used. */
export type UsedSegment = Readonly<{
  StudyInstanceUID: string;
  SeriesInstanceUID: string;
  SOPClassUID: string;
  SOPInstanceUID: string;
  SegmentNumber: number;
}>;

/** One time point of a lesion, as the report shows it. */
export type ReportTimePoint = Readonly<{
  measurement: Measurement;
  mask: MaskDescription;
  region: Region;
  /** referenced instead of the region when it is there */
  segment?: UsedSegment | undefined;
  /** a person said that this region is the lesion */
  isChosen?: boolean | undefined;
}>;

/** One lesion at both time points. */
export type ReportLesion = Readonly<{
  lesion: Readonly<{ trackingId: string; trackingUid: string }>;
  baseline: ReportTimePoint;
  followUp: ReportTimePoint;
  /** category and probability of the target only; of another lesion the delta alone */
  score: ScoreResult;
  /** undefined: not measured under perturbed masks */
  stability: DeltaStability | undefined;
}>;

/** Why the target is the target; `of`: how many lesions were measured. */
export type TargetChoice = Readonly<{ rule: 'only' | 'primary' | 'largest'; of: number }>;

/** Everything that a report renders. The SOP Instance UID is derived from all of it but the times (SR.md 1.3). */
export type ReportContent = ReportLesion &
  Readonly<{
    /** besides the target, whose values stand above */
    otherLesions: readonly ReportLesion[];
    target: TargetChoice;
    /** tumour regions that have no counterpart at the other time point */
    unpaired: Readonly<{ baseline: number; followUp: number }>;
    /** days from the baseline's to the follow-up's StudyDate; null when a date is missing */
    intervalDays: number | null;
    /** undefined: no time point to compare with */
    growth: Growth | undefined;
    /** earlier scored time points of the patient, oldest first; without this one and the baseline */
    trend: readonly TrendPoint[];
    /** scored time points of another lesion, feature or baseline, which are not of that series */
    otherPoints: number;
    /** StudyDates of earlier CTs of the patient that the growth was not compared with */
    uncompared: readonly string[];
    /** the follow-up's mask came days after the exam; a newer CT may be here already */
    late?: Readonly<{ days: number; newerStudyDate: string | null }> | undefined;
    /** the secondary result, when it is enabled and the tumour has not grown */
    classic?: Readonly<{ model: ServedClassic; result: ClassicResult }> | undefined;
    model: ServedModel;
    settings: ExtractionSettings;
    findings: readonly Finding[];
    /** rule that chose the baseline, with its reason; further sentences of other parts */
    baselineChoice: Readonly<{ rule: string; because: string }>;
    /** true: no archive answered when it was asked for a better baseline */
    isUnanswered?: boolean | undefined;
    installation: Readonly<{ uid: string; name: string; softwareVersion: string }>;
    /** SHA-256 of rules, of the templates and of the settings that change numbers */
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

export type RenderedReport = RenderedObject;

/** Every lesion of the report, the target first. */
export const lesionsOf = (content: ReportContent): readonly ReportLesion[] => [
  content,
  ...content.otherLesions,
];
