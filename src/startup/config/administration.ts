import { z } from 'zod';
import { KEPT } from '../../configuration/kept-secrets.ts';
import { MAIL_DEFAULTS } from '../../configuration/secret-address.ts';
import { network } from './network.ts';

/** Login by an identity provider (OpenID Connect). Roles come from a claim of the ID token. */
const oidc = z.strictObject({
  /** whose `/.well-known/openid-configuration` is read */
  issuer: z.url({ protocol: /^https?$/ }),
  /** its place until now */
  publicUrl: z.never({ error: 'it is admin.publicUrl now: move it one level up' }).optional(),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  /** name on the button */
  label: z.string().min(1).max(40).default('Single sign-on'),
  scopes: z.array(z.string().min(1)).default(['openid', 'profile']),
  /** claim with the groups of a person, and which group gives which role; nobody else gets in */
  groupsClaim: z.string().min(1).default('groups'),
  roles: z.strictObject({
    administrator: z.array(z.string().min(1)).default([]),
    operator: z.array(z.string().min(1)).default([]),
    viewer: z.array(z.string().min(1)).default([]),
  }),
});

/** The pages and the API. */
export const adminConfig = z
  .strictObject({
    /** every change in the browser and by the API is refused: changes come by this file */
    locked: z.boolean().default(false),
    /** a change of the configuration waits until another administrator approves it */
    secondApprover: z.boolean().default(false),
    /** a session ends after so many minutes without a request, and after so many hours anyway */
    sessionIdleMinutes: z.number().min(1).max(1440).default(30),
    sessionHours: z.number().min(0.1).max(168).default(12),
    /** wrong passwords for one name from one place until it is locked there, and for how many minutes */
    maxFailures: z.int().min(3).max(100).default(10),
    lockMinutes: z.number().min(0.01).max(1440).default(15),
    /** our own address as browsers see it: forms must come from there, and the identity provider sends people back there */
    publicUrl: z.url({ protocol: /^https?$/ }).optional(),
    /** addresses or networks of proxies whose X-Forwarded-For says where a browser is; nobody else's counts */
    trustedProxies: z.array(network).default([]),
    oidc: oidc.optional(),
  })
  .refine(({ oidc: login, publicUrl }) => login === undefined || publicUrl !== undefined, {
    path: ['publicUrl'],
    error: 'admin.oidc needs admin.publicUrl: the provider sends browsers back there',
  })
  .prefault({});

/** Audit messages (PS3.15 A.5) to a collector, by syslog over TLS (RFC 5425). */
export const auditConfig = z
  .strictObject({
    syslog: z
      .strictObject({
        host: z.string().min(1),
        port: z.int().min(1).max(65_535).default(6514),
        /** PEM files: authorities to trust instead of the system's, and our certificate where the collector asks for one */
        ca: z.array(z.string().min(1)).default([]),
        cert: z.string().min(1).optional(),
        key: z.string().min(1).optional(),
      })
      .refine(({ cert, key }) => (cert === undefined) === (key === undefined), 'cert and key go together')
      .optional(),
    /** lines of the audit trail are kept so long */
    keepDays: z.int().min(30).max(36_500).default(3650),
  })
  .prefault({});

export const NOTIFICATION_EVENTS = ['caseHeld', 'deliveryFailing', 'disk', 'nodeDown', 'drift'] as const;
export type NotificationEvent = (typeof NOTIFICATION_EVENTS)[number];

/** Who is told what, and when. No patient data, unless it is switched on. */
export const notificationsConfig = z
  .strictObject({
    email: z
      .strictObject({
        host: z.string().min(1),
        port: z.int().min(1).max(65_535).default(MAIL_DEFAULTS.port),
        /** true: TLS from the first byte (465); else STARTTLS where the server offers it */
        secure: z.boolean().default(MAIL_DEFAULTS.secure),
        /** false: a server that offers no STARTTLS is used in the clear */
        requireTls: z.boolean().default(MAIL_DEFAULTS.requireTls),
        user: z.string().min(1).optional(),
        password: z.string().min(1).optional(),
        from: z.email(),
        to: z.array(z.email()).min(1).max(50),
      })
      .optional(),
    webhook: z
      .strictObject({
        url: z.url({ protocol: /^https?$/ }),
        /** HMAC-SHA-256 of the body in the header X-Earshot-Signature */
        secret: z.string().min(16).or(z.literal(KEPT)).optional(),
      })
      .optional(),
    events: z.array(z.enum(NOTIFICATION_EVENTS)).default([...NOTIFICATION_EVENTS]),
    /** Patient ID and study in the text; without it a case is named by its link alone */
    includePatientData: z.boolean().default(false),
    /** address of these pages in the text */
    baseUrl: z.url({ protocol: /^https?$/ }).optional(),
    thresholds: z
      .strictObject({
        /** a case is told of when it has been held so long */
        heldMinutes: z.number().min(0).max(100_000).default(15),
        /** tries of a delivery */
        deliveryAttempts: z.int().min(1).max(10_000).default(3),
        diskFreeGiB: z.number().min(0).default(5),
        /** checks of a node that failed one after the other */
        nodeFailures: z.int().min(1).max(100).default(3),
      })
      .prefault({}),
    /** immediate: as it happens, several at once in one message; daily: one message at this hour */
    digest: z
      .strictObject({
        mode: z.enum(['immediate', 'daily']).default('immediate'),
        hour: z.int().min(0).max(23).default(7),
        /** the same matter is told again after so many hours while it lasts */
        repeatHours: z.number().min(0.1).max(720).default(24),
      })
      .prefault({}),
  })
  .prefault({});
