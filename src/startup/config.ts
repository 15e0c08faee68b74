import { z } from 'zod';
import { parseQuietHours } from '../pipeline/node-pace.ts';
import { LANGUAGES } from '../sr/language.ts';
import { DEFAULT_OUTCOMES, OUTCOMES, SENDABLE } from '../sr/report-choice.ts';

const port = z.int().min(0).max(65_535);
const aeTitle = z
  .string()
  .trim()
  .min(1)
  .max(16)
  .regex(/^[\x20-\x5b\x5d-\x7e]+$/, 'an AE title has 1 to 16 printable ASCII characters and no backslash');

/** PEM files: our own certificate with its key, and those of the authorities that we trust. */
const certificateFiles = {
  cert: z.string().min(1),
  key: z.string().min(1),
  ca: z.array(z.string().min(1)).default([]),
};

/** TLS of a listener. */
const serverTls = z.strictObject({
  ...certificateFiles,
  /** of the caller, signed by one of `ca` */
  clientCertificate: z.enum(['none', 'optional', 'required']).default('none'),
});
const knowsItsAuthorities = ({ ca, clientCertificate }: z.infer<typeof serverTls>): boolean =>
  clientCertificate === 'none' || ca.length > 0;
const AUTHORITIES_MISSING = 'certificates of callers need the authorities that sign them: ca';

/** TLS towards a node: `true`, or other authorities than the system's, or a certificate of ours that the node asks for. */
const nodeTls = z
  .strictObject({
    ca: certificateFiles.ca,
    cert: certificateFiles.cert.optional(),
    key: certificateFiles.key.optional(),
  })
  .refine((tls) => (tls.cert === undefined) === (tls.key === undefined), 'cert and key go together')
  .or(z.literal(true).transform(() => ({ ca: [] as string[], cert: undefined, key: undefined })));

const node = z
  .strictObject({
    name: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
        'a node name has letters, digits, dots, dashes and underscores',
      ),
    aeTitle: aeTitle.optional(),
    host: z.string().min(1).optional(),
    port: port.min(1).optional(),
    tls: nodeTls.optional(),
    /** from where the node may call: addresses or networks (10.0.0.0/24); empty: from anywhere */
    addresses: z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])).default([]),
    dicomWeb: z.url({ protocol: /^https?$/ }).optional(),
    /** credentials that a DICOMweb node asks for */
    auth: z
      .union([
        z.strictObject({ bearer: z.string().min(1) }),
        z.strictObject({ user: z.string().min(1), password: z.string() }),
      ])
      .optional(),
    roles: z.array(z.enum(['source', 'archive', 'destination', 'annotator'])).min(1),
    /** how a DIMSE archive is asked for objects, and in which information model */
    retrieve: z.enum(['move', 'get']).optional(),
    queryModel: z.enum(['study', 'patient']).optional(),
    /** an archive that does not push is looked through for new CT studies of known patients */
    poll: z
      .strictObject({
        everyMinutes: z.int().min(1).max(10_080),
        lookBackDays: z.int().min(0).max(365).default(3),
      })
      .optional(),
    /** of a destination: how it is asked whether it keeps the reports that it took */
    confirm: z.enum(['none', 'auto', 'commitment', 'readBack']).default('none'),
    /** of a destination: off gets nothing, test: what is meant for it goes to testNode instead */
    mode: z.enum(['live', 'test', 'off']).default('live'),
    testNode: z.string().optional(),
    /** of a destination: which objects of a report it gets; default [sr, picture], without those that it does not take */
    sends: z.array(z.enum(SENDABLE)).min(1).optional(),
    /** of a destination: language of the text in them; default report.language */
    language: z.enum(LANGUAGES).optional(),
    /** of a destination: on which outcomes it gets a report */
    reportsOn: z
      .array(z.enum(OUTCOMES))
      .min(1)
      .default([...DEFAULT_OUTCOMES]),
    /** of a destination: form of the SR; default report.srSopClass */
    srSopClass: z.enum(['comprehensive', 'comprehensive3d']).optional(),
    /** of a destination: what it gets when it refuses that form */
    fallback: z.enum(['none', 'otherSrClass']).default('none'),
    /** wall-clock spans in which nothing is asked of the node and nothing is sent to it */
    quietHours: z
      .array(
        z
          .string()
          .refine(
            (text) => parseQuietHours(text) !== undefined,
            'such as "22:00-06:00" or "22:00-06:00 Europe/Vienna"',
          ),
      )
      .default([]),
    /** deliveries, queries, moves and cases to be drawn a minute; without it as fast as it goes */
    maxPerMinute: z.int().min(1).max(100_000).optional(),
  })
  .refine((n) => n.poll === undefined || n.roles.includes('archive'), 'only an archive can be polled')
  .refine(
    (n) => n.dicomWeb === undefined || n.confirm !== 'commitment',
    'a DICOMweb node has no storage commitment: confirm: readBack',
  )
  .refine(
    (n) => n.aeTitle !== undefined || n.dicomWeb !== undefined,
    'a node has an aeTitle or a dicomWeb address',
  )
  .refine(
    (n) => n.aeTitle === undefined || n.dicomWeb === undefined,
    'a node is DIMSE or DICOMweb: make two of it',
  )
  .refine(
    (n) =>
      n.dicomWeb !== undefined ||
      !n.roles.includes('destination') ||
      (n.host !== undefined && n.port !== undefined),
    'a destination needs host and port',
  )
  .refine(
    (n) =>
      n.dicomWeb !== undefined ||
      !n.roles.includes('archive') ||
      (n.host === undefined) === (n.port === undefined),
    'an archive that is to be asked needs host and port',
  );

const sender = z
  .strictObject({
    /** stands with what it sent; never a secret */
    name: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
        'a sender name has letters, digits, dots, dashes and underscores',
      ),
    token: z
      .string()
      .min(16)
      .regex(/^[\x21-\x7e]+$/, 'a token has printable ASCII characters and no space')
      .optional(),
    user: z
      .string()
      .min(1)
      .regex(/^[^:]+$/, 'a user has no colon')
      .optional(),
    password: z.string().min(8).optional(),
  })
  .refine(
    (s) => (s.token === undefined) === (s.user !== undefined && s.password !== undefined),
    'a sender has a token, or user and password',
  );

/** A stand-in gets what it is meant for: it must not stand in for others itself. */
function isTestNode(
  nodes: readonly z.infer<typeof node>[],
  name: string,
  testNode: string | undefined,
): boolean {
  const found = nodes.find((each) => each.name === testNode);
  if (!found || found.name === name || found.mode !== 'live') return false;
  return found.dicomWeb !== undefined || (found.host !== undefined && found.port !== undefined);
}

const modelId = z.string().regex(/^[a-z0-9][a-z0-9-]*$/);

/** The comparison model, which scores the follow-up alone: with this key its result stands beside the delta model's. */
const classicModel = z.strictObject({
  id: modelId.default('ear-classic-2023'),
  /** mean and SD of every feature of the model in the training set; without it its features are reported alone */
  normalisation: z
    .strictObject({
      n: z.int().min(1),
      source: z.string().min(1).max(200),
      /** by PyRadiomics name */
      features: z.record(z.string(), z.strictObject({ mean: z.number(), sd: z.number().positive() })),
    })
    .optional(),
});

/** `earshot.yaml`. Unknown keys are refused; the defaults stand here and nowhere else. */
export const configSchema = z.strictObject({
  /** folder of the catalogue, the instances and the reports */
  dataDir: z.string().min(1).default('./data'),
  database: z.literal('sqlite', 'this version keeps its catalogue in sqlite').default('sqlite'),
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
      /** seconds without a byte after which an association is closed */
      idleSeconds: z.number().min(1).max(3600).default(60),
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
  retention: z.strictObject({ days: z.number().min(1).max(36_500).optional() }).prefault({}),
  nodes: z
    .array(node)
    .default([])
    .superRefine((nodes, context) => {
      const seen = new Map<string, number>();
      for (const [index, { name }] of nodes.entries()) {
        if (seen.has(name))
          context.addIssue({
            code: 'custom',
            message: `node ${name} is listed twice`,
            path: [index, 'name'],
          });
        seen.set(name, index);
      }
      for (const [index, { name, mode, testNode }] of nodes.entries()) {
        if (mode !== 'test' || isTestNode(nodes, name, testNode)) continue;
        const message = 'mode: test needs a testNode: another, live node with an address';
        context.addIssue({ code: 'custom', message, path: [index, 'testNode'] });
      }
    }),
  model: z
    .strictObject({
      id: modelId.default('ear-delta-2023'),
      /** mean and SD of the training deltas, in feature units; without it the report carries the delta alone */
      normalisation: z
        .strictObject({
          mean: z.number(),
          sd: z.number().positive(),
          n: z.int().min(1),
          source: z.string().min(1).max(200),
        })
        .optional(),
      /** share of resistant visits at this site: a prior-shifted value is shown beside the published one */
      prevalence: z.number().gt(0).lt(1).optional(),
      classic: classicModel.optional(),
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
  log: z
    .strictObject({ level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info') })
    .prefault({}),
});

export type Config = z.infer<typeof configSchema>;
