import { z } from 'zod';
import { LANGUAGES } from '../sr/language.ts';
import { adminConfig, auditConfig, notificationsConfig } from './config/administration.ts';
import { database } from './config/database.ts';
import {
  AUTHORITIES_MISSING,
  aeTitle,
  knowsItsAuthorities,
  network,
  port,
  sender,
  serverTls,
} from './config/network.ts';
import { nodeList } from './config/node.ts';

const modelId = z.string().regex(/^[a-z0-9][a-z0-9-]*$/);
const modelDigest = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower case hex');

const count = z.int().min(0);
const mean = z.number();
const sd = z.number().positive();
/** by PyRadiomics name */
const scales = z.record(z.string(), z.strictObject({ mean, sd }));
/** How many cases stand behind mean and SD, and where they are from. */
const behind = { n: z.int().min(1), source: z.string().min(1).max(200) };

const mix = z.strictObject({ early: count, late: count, unknown: count });

/** Mean and SD of deltas, in feature units; of a model of several features one pair each, under `features`. */
const deltaNormalisation = z
  .strictObject({
    ...behind,
    mean: mean.optional(),
    sd: sd.optional(),
    features: scales.optional(),
    /** visits behind it; unknown or lopsided keeps the probability provisional. Absent: balanced by design */
    mix: mix.optional(),
  })
  .refine(
    (given) =>
      (given.mean === undefined) === (given.sd === undefined) &&
      (given.sd === undefined) !== (given.features === undefined),
    'mean and sd, or features',
  );

/** The comparison model, which scores the follow-up alone: with this key its result stands beside the delta model's. */
const classicModel = z.strictObject({
  id: modelId.default('ear-classic-2023'),
  /** mean and SD of every feature of the model in the training set; without it its features are reported alone */
  normalisation: z.strictObject({ ...behind, features: scales, mix: mix.optional() }).optional(),
});

/** `earshot.yaml`. Unknown keys are refused; the defaults stand here and nowhere else. */
export const configSchema = z.strictObject({
  /** folder of the catalogue, the instances and the reports */
  dataDir: z.string().min(1).default('./data'),
  database: database.default('sqlite'),
  /** of one process to PostgreSQL, for its catalogue; its queue and its leases have nine more at most, and its locks one */
  databaseConnections: z.int().min(2).max(500).default(10),
  /** folders that replace the rules, report templates and models that come with Earshot */
  rulesDir: z.string().min(1).optional(),
  templatesDir: z.string().min(1).optional(),
  modelsDir: z.string().min(1).optional(),
  dimse: z
    .strictObject({
      aeTitle: aeTitle.default('EARSHOT'),
      host: z.string().min(1).default('0.0.0.0'),
      port: port.default(11_112),
      maxAssociations: z.int().min(1).max(1000).default(50),
      /** of one remote address; default half of maxAssociations */
      maxAssociationsPerHost: z.int().min(1).max(1000).optional(),
      /** addresses or networks of balancers whose connections begin with a PROXY header, version 2: it says where the peer is */
      proxyProtocol: z.array(network).default([]),
      /** seconds without a byte after which an association is closed */
      idleSeconds: z.number().min(1).max(3600).default(60),
      /** when the service is stopped, what is being sent may come to its end for so long */
      drainSeconds: z.number().min(0).max(600).default(60),
      /** false: associations without TLS are not taken at all */
      plain: z.boolean().default(true),
      tls: serverTls
        .extend({ port: port.default(2762) })
        .refine(knowsItsAuthorities, AUTHORITIES_MISSING)
        .optional(),
    })
    .refine(({ plain, tls }) => plain || tls !== undefined, 'plain: false needs tls')
    .prefault({}),
  http: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: port.default(8080),
      /** bearer token for /metrics and /readyz; without one they answer to loopback only */
      token: z.string().min(16).optional(),
      /** PEM files; with them the port speaks HTTPS only */
      tls: serverTls.refine(knowsItsAuthorities, AUTHORITIES_MISSING).optional(),
      /** who may send by STOW-RS, from anywhere */
      senders: z.array(sender).default([]),
      stow: z
        .strictObject({
          /** who may send by STOW-RS without a login */
          anonymous: z.enum(['loopback', 'anyone', 'nobody']).default('loopback'),
          /** requests at once; half of them for one sender */
          maxRequests: z.int().min(1).max(1000).default(16),
          maxRequestMiB: z.number().min(1).max(1_048_576).default(16_384),
          /** instances a request */
          maxParts: z.int().min(1).max(1_000_000).default(20_000),
          /** seconds without progress after which a request is given up */
          idleSeconds: z.number().min(0.1).max(3600).default(30),
        })
        .prefault({}),
    })
    .prefault({}),
  completeness: z
    .strictObject({
      quietPeriodSeconds: z.number().min(0.1).max(86_400).default(30),
      /** more CT images of the study in an archive than here delay its completion, up to the limit */
      askArchive: z.boolean().default(true),
      maxDelaySeconds: z.number().min(1).max(86_400).default(120),
    })
    .prefault({}),
  /** a case that waits for a baseline or a mask becomes notEligible after so many days */
  waiting: z
    .strictObject({
      expireDays: z.number().min(0.01).max(3650).default(14),
      /** archives are asked again for such a case */
      askAgainMinutes: z.number().min(0.01).max(100_000).default(60),
    })
    .prefault({}),
  /** asking archive nodes for the baseline of a case and its masks */
  priors: z
    .strictObject({
      /** studies fetched for one case in one pass, in the order in which the baseline rules would choose */
      maxStudies: z.int().min(1).max(50).default(3),
      /** scoring waits so long for archives that do not answer: one may hold the better baseline */
      waitSeconds: z.number().min(0).max(86_400).default(120),
      firstPauseSeconds: z.number().min(0.05).max(3600).default(10),
      maxPauseSeconds: z.number().min(0.05).max(86_400).default(900),
      /** one query; one series */
      queryTimeoutSeconds: z.number().min(0.1).max(3600).default(30),
      retrieveTimeoutSeconds: z.number().min(0.1).max(86_400).default(600),
      /** the last objects of a C-MOVE may come so long after the archive has said that all is sent */
      arrivalSeconds: z.number().min(0).max(600).default(5),
    })
    .prefault({}),
  /** patients all of whose cases have been at rest for so many days leave catalogue and disk; without it nothing is removed */
  retention: z
    .strictObject({
      days: z.number().min(1).max(36_500).optional(),
      /** so long after that their reports and stories go, too; without it they stay */
      reportDays: z.number().min(1).max(36_500).optional(),
    })
    .refine(({ days, reportDays }) => days !== undefined || reportDays === undefined, {
      path: ['reportDays'],
      error: 'counts from when retention.days took a study, which is not set',
    })
    .prefault({}),
  nodes: nodeList,
  model: z
    .strictObject({
      id: modelId.default('ear-delta-2023'),
      /** of the file, in lower case hex: any other of this id is refused. A promotion writes it */
      sha256: modelDigest.optional(),
      /** mean and SD of the training deltas, in feature units; without it the report carries the delta alone */
      normalisation: deltaNormalisation.optional(),
      /** share of resistant visits at this site: a prior-shifted value is shown beside the published one */
      prevalence: z.number().gt(0).lt(1).optional(),
      classic: classicModel.optional(),
      /** another delta model: computed and kept beside the result of the active one, and never sent */
      shadow: z
        .strictObject({
          id: modelId,
          sha256: modelDigest.optional(),
          normalisation: deltaNormalisation.optional(),
        })
        .optional(),
    })
    .prefault({}),
  /** requireApproval: an RTSTRUCT that is not APPROVED counts as no mask yet */
  masks: z.strictObject({ requireApproval: z.boolean().default(false) }).prefault({}),
  /** listed: only patients of the patients table are scored */
  enrolment: z.enum(['all', 'listed']).default('all'),
  report: z
    .strictObject({
      srSopClass: z.enum(['comprehensive', 'comprehensive3d']).default('comprehensive'),
      /** of the text; nodes may have another */
      language: z.enum(LANGUAGES).default('en'),
      seriesNumber: z.int().min(1).max(999_999).default(9101),
      /** the masks that were used go as SEG objects to every destination that gets the SR */
      segmentation: z.boolean().default(false),
      /** shown as the device observer's name */
      installation: z.string().min(1).max(64).default('EARSHOT'),
    })
    .prefault({}),
  delivery: z
    .strictObject({
      /** pause after the first failure; it doubles up to maxPauseSeconds */
      firstPauseSeconds: z.number().min(0.05).max(3600).default(5),
      maxPauseSeconds: z.number().min(0.05).max(86_400).default(300),
      /** tries of an unreachable or busy peer before the delivery is given up */
      maxAttempts: z.int().min(1).max(100_000).default(2500),
      /** tries of an object that the peer refuses */
      maxRefusals: z.int().min(1).max(100).default(12),
      timeoutSeconds: z.number().min(1).max(3600).default(60),
      /** a report that was taken is sent again when the peer does not confirm it for so long */
      confirmWithinSeconds: z.number().min(0.1).max(864_000).default(3600),
    })
    .prefault({}),
  limits: z
    .strictObject({
      maxObjectMiB: z.number().min(1).max(65_536).default(2048),
      /** a larger object that comes again with other bytes is kept apart without being compared; memory is twice of it */
      maxComparedMiB: z.number().min(1).max(1024).default(128),
      /** below so much free space nothing is accepted (0xA700) */
      minFreeMiB: z.number().min(0).default(512),
      /** seconds that measuring one time point may take */
      measureSeconds: z.number().min(1).max(86_400).default(600),
    })
    .prefault({}),
  admin: adminConfig,
  audit: auditConfig,
  notifications: notificationsConfig,
  log: z
    .strictObject({ level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info') })
    .prefault({}),
});

export type Config = z.infer<typeof configSchema>;
