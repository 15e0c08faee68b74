import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Confirmations } from '../catalogue/confirmations.ts';
import type { Fetches } from '../catalogue/fetches.ts';
import type { MaskRequests } from '../catalogue/mask-requests.ts';
import type { Patients } from '../catalogue/patients.ts';
import type { Renditions } from '../catalogue/renditions.ts';
import type { Reports } from '../catalogue/reports.ts';
import type { DecisiveTexts } from '../catalogue/same-configuration.ts';
import type { EligibilityRules } from '../eligibility/rule.ts';
import type { Fault } from '../fault.ts';
import type { RoiRules } from '../masks/roi-rules.ts';
import type { BaselineRules } from '../matching/rule.ts';
import type { ClassicInUse } from '../model/classic.ts';
import type { Normalisation } from '../model/score-result.ts';
import type { ServedModel } from '../model/served-model.ts';
import type {
  Archive,
  Clock,
  Destination,
  InstanceFiles,
  Intake,
  JobQueue,
  Log,
  Meter,
  Radiomics,
  Recipient,
} from '../ports.ts';
import type { Language } from '../sr/language.ts';
import type { ReportContent } from '../sr/report.ts';
import type { Template } from '../sr/template.ts';
import type { BusyStudies } from './busy-studies.ts';
import type { BesideRequest, CompanionMakers } from './companion-maker.ts';
import type { Pace } from './node-pace.ts';
import type { Slots } from './slots.ts';

/** A value that was read from a file, with the SHA-256 of its text: reports name what made them. */
export type Digested<T> = Readonly<{ value: T; sha256: string }>;

/** A delta model on trial, and the scale that it is used with. */
export type ShadowModel = Readonly<{ model: Digested<ServedModel>; normalisation: Normalisation }>;

/** Everything the steps work with: made once, in startup/start.ts. A step says which part of it it touches. */
export type World = Readonly<{
  catalogue: Catalogue;
  reports: Reports;
  renditions: Renditions;
  confirmations: Confirmations;
  patients: Patients;
  files: InstanceFiles;
  queue: JobQueue;
  radiomics: Radiomics;
  destinations: ReadonlyMap<string, Destination>;
  /** NODE_UNKNOWN or NODE_OFF: nothing goes out to this node now; undefined for one of the destinations */
  whyAway: (node: string) => Fault | undefined;
  /** deliveries under way at once, by destination */
  slots: Slots;
  /** quiet hours and rate of every node: deliveries, queries, moves and mask requests ask here first */
  pace: Pace;
  clock: Clock;
  log: Log;
  meter: Meter;
  /** true while an association or a STOW request stores, or has last stored, to this study */
  isStoring: (StudyInstanceUID: string) => Promise<boolean>;
  rules: Readonly<{
    baseline: Digested<BaselineRules>;
    eligibility: Digested<EligibilityRules>;
    roi: Digested<RoiRules>;
  }>;
  templates: Readonly<Record<ReportContent['srSopClass'], Digested<Template>>>;
  model: Digested<ServedModel>;
  /** the sections that rules and model were read from; absent: they cannot change meanwhile */
  decisive?: DecisiveTexts | undefined;
  /** the secondary model; absent: not asked */
  classic?: ClassicInUse | undefined;
  /** another delta model: scored and kept beside the active one, and never sent; absent: there is none */
  shadow?: ShadowModel | undefined;
  normalisation: Normalisation;
  prevalence: number | undefined;
  enrolment: 'all' | 'listed';
  /** requireApproval: an RTSTRUCT counts as a mask once it is APPROVED; default false */
  masks?: Readonly<{ requireApproval: boolean }>;
  quietPeriodSeconds: number;
  expireDays: number;
  /** undefined: nothing is ever removed */
  retentionDays: number | undefined;
  /** after a study was removed; undefined: its reports and its story stay */
  reportDays?: number | undefined;
  report: Readonly<{
    srSopClass: 'comprehensive' | 'comprehensive3d';
    seriesNumber: number;
    language: Language;
    /** the masks that were used go with every SR */
    segmentation: boolean;
  }>;
  /** what can be made beside an SR; a kind without a maker is not made */
  companions: CompanionMakers;
  /** what scoring found, by study, until what goes beside the report is made; a crash loses it, and it is found again */
  besideRequests: Map<string, BesideRequest>;
  installation: Readonly<{ uid: string; name: string; softwareVersion: string }>;
  delivery: Readonly<{
    firstPauseSeconds: number;
    maxPauseSeconds: number;
    maxAttempts: number;
    maxRefusals: number;
    confirmWithinSeconds: number;
    /** of one step of a try */
    timeoutSeconds: number;
  }>;
  limits: Readonly<{
    minFreeBytes: number;
    /** a larger object that comes again with other bytes is not compared with the one that is here */
    maxComparedBytes: number;
  }>;
  /** absent: no archive is asked */
  priors?: Priors | undefined;
  /** absent: nobody is asked to draw */
  annotation?: Readonly<{ annotators: readonly Recipient[]; requests: MaskRequests }> | undefined;
}>;

/** What asking archives needs. */
type Priors = Readonly<{
  /** in the order in which they are asked */
  archives: readonly Archive[];
  fetches: Fetches;
  intake: Intake;
  /** studies that are being fetched just now: they are not complete */
  fetching: BusyStudies;
  /** studies fetched for one case in one pass */
  maxStudies: number;
  /** scoring waits so long for archives that do not answer */
  waitSeconds: number;
  firstPauseSeconds: number;
  maxPauseSeconds: number;
  askAgainSeconds: number;
  /** completeness.askArchive: how long a higher count there delays a study; 0: it is not asked */
  maxDelaySeconds: number;
  retrieveTimeoutSeconds: number;
  /** the last objects of a C-MOVE may come so long after the archive has said that all is sent */
  arrivalSeconds: number;
}>;
