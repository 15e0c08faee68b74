import type { Fetches } from '../catalogue/fetches.ts';
import type { MaskRequests } from '../catalogue/mask-requests.ts';
import type { BusyStudies } from '../pipeline/busy-studies.ts';
import { type Asked, createPace } from '../pipeline/node-pace.ts';
import { pacedArchive } from '../pipeline/paced-archive.ts';
import type { World } from '../pipeline/world.ts';
import type { Intake } from '../ports.ts';
import { annotatorsOf } from './annotators.ts';
import { archivesOf } from './archives.ts';
import { destinationsOf, whyAway } from './destinations.ts';
import type { Effective } from './effective.ts';
import { VERSION } from './version.ts';

/** What stays the same however the configuration changes. */
export type Lasting = Pick<
  World,
  | 'catalogue'
  | 'reports'
  | 'renditions'
  | 'confirmations'
  | 'patients'
  | 'files'
  | 'queue'
  | 'radiomics'
  | 'slots'
  | 'clock'
  | 'log'
  | 'meter'
  | 'isStoring'
  | 'besideRequests'
  | 'companions'
> &
  Readonly<{
    fetches: Fetches;
    fetching: BusyStudies;
    maskRequests: MaskRequests;
    intake: Intake;
    asked: Asked;
    installationUid: string;
  }>;

/** The world under one configuration: a job works with that of its beginning to its end. */
export function worldOf(
  { fetches, fetching, maskRequests, intake, asked, installationUid, ...lasting }: Lasting,
  { config, rules, templates, model, normalisation, classic, shadow, decisive }: Effective,
): World {
  const pace = createPace(config.nodes, asked);
  return {
    ...lasting,
    destinations: destinationsOf(config),
    whyAway: (node) => whyAway(config, node),
    pace,
    rules,
    templates,
    model,
    classic,
    shadow,
    decisive,
    normalisation,
    prevalence: config.model.prevalence,
    enrolment: config.enrolment,
    masks: config.masks,
    quietPeriodSeconds: config.completeness.quietPeriodSeconds,
    expireDays: config.waiting.expireDays,
    retentionDays: config.retention.days,
    reportDays: config.retention.reportDays,
    report: config.report,
    installation: {
      uid: installationUid,
      name: config.report.installation,
      softwareVersion: VERSION,
    },
    delivery: config.delivery,
    limits: {
      minFreeBytes: config.limits.minFreeMiB * 2 ** 20,
      maxComparedBytes: config.limits.maxComparedMiB * 2 ** 20,
    },
    priors: {
      ...config.priors,
      archives: archivesOf(config).map((archive) => pacedArchive(archive, pace, lasting.clock)),
      fetches,
      fetching,
      intake,
      askAgainSeconds: config.waiting.askAgainMinutes * 60,
      maxDelaySeconds: config.completeness.askArchive ? config.completeness.maxDelaySeconds : 0,
    },
    annotation: { annotators: annotatorsOf(config), requests: maskRequests },
  };
}
