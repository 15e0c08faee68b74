import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Confirmations } from '../catalogue/confirmations.ts';
import type { Patients } from '../catalogue/patients.ts';
import type { Renditions } from '../catalogue/renditions.ts';
import type { Reports } from '../catalogue/reports.ts';
import type { EligibilityRules } from '../eligibility/rule.ts';
import type { RoiRules } from '../masks/roi-rules.ts';
import type { BaselineRules } from '../matching/rule.ts';
import type { ModelFile } from '../model/model-file.ts';
import type { Normalisation } from '../model/score-result.ts';
import type { Clock, Destination, InstanceFiles, JobQueue, Log, Meter, Radiomics } from '../ports.ts';
import type { Template } from '../sr/template.ts';
import type { Pace } from './node-pace.ts';
import type { Slots } from './slots.ts';

/** A value that was read from a file, with the SHA-256 of its text: reports name what made them. */
export type Digested<T> = Readonly<{ value: T; sha256: string }>;

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
  /** deliveries under way at once, by destination */
  slots: Slots;
  /** quiet hours and rate of every node: deliveries, queries and moves ask here first */
  pace: Pace;
  clock: Clock;
  log: Log;
  meter: Meter;
  /** true while an association stores, or has last stored, to this study */
  isStoring: (StudyInstanceUID: string) => boolean;
  rules: Readonly<{
    baseline: Digested<BaselineRules>;
    eligibility: Digested<EligibilityRules>;
    roi: Digested<RoiRules>;
  }>;
  template: Digested<Template>;
  model: Digested<ModelFile>;
  normalisation: Normalisation;
  prevalence: number | undefined;
  enrolment: 'all' | 'listed';
  quietPeriodSeconds: number;
  expireDays: number;
  report: Readonly<{ srSopClass: 'comprehensive' | 'comprehensive3d'; seriesNumber: number }>;
  installation: Readonly<{ uid: string; name: string; softwareVersion: string }>;
  delivery: Readonly<{
    firstPauseSeconds: number;
    maxPauseSeconds: number;
    maxAttempts: number;
    maxRefusals: number;
    confirmWithinSeconds: number;
  }>;
  limits: Readonly<{ minFreeBytes: number }>;
}>;
