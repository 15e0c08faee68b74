import { z } from 'zod';
import { Fault } from '../fault.ts';
import { testMessage } from '../notifications/compose.ts';
import { requireKeptSecrets, withoutSecrets } from '../notifications/kept-secrets.ts';
import type { Message } from '../notifications/message.ts';
import { type NotifyNeeds, nextMessage } from '../notifications/notify.ts';
import type { NotificationSettings } from '../notifications/settings.ts';
import { sentenceOf } from '../notifications/wording.ts';
import { NOTIFICATION_EVENTS, notificationsConfig } from '../startup/config/administration.ts';
import { moment } from './fields.ts';
import { operation } from './operation.ts';

const TEST_MS = 30_000;
const CHANNELS = ['email', 'webhook'] as const;

type Channel = (typeof CHANNELS)[number];
type ChangeBy = Readonly<{ author: string; reason: string; source: 'browser' | 'token' }>;

export type NotificationNeeds = NotifyNeeds &
  Readonly<{
    /** A change of that part of the configuration; answers with what became of it. */
    change(part: 'notifications', text: string, by: ChangeBy): Promise<unknown>;
  }>;

const alertShape = z.object({
  id: z.string(),
  kind: z.enum(NOTIFICATION_EVENTS),
  subject: z.string(),
  since: moment,
  text: z.string(),
});
const channelShape = z.object({
  channel: z.string(),
  sentAt: moment.nullable(),
  /** failed tries since the last success */
  attempts: z.int(),
  nextAttemptAt: moment,
  fault: z.string().nullable(),
});
const previewShape = z.object({
  channel: z.enum(CHANNELS),
  /** null: there is nothing to tell */
  message: z.object({ subject: z.string(), text: z.string(), html: z.string() }).nullable(),
});

/** Who is told what: as it is configured, what stands now, a test, a look at the next message, a change. */
export const notificationOperations = (needs: NotificationNeeds) => ({
  show: operation({
    id: 'notifications.show',
    method: 'GET',
    path: '/notifications',
    role: 'viewer',
    changes: false,
    summary: 'Who is told what, what stands now, and how the channels do',
    input: z.strictObject({}),
    output: z.object({
      /** secrets stand as (kept) */
      settings: notificationsConfig,
      alerts: z.array(alertShape),
      channels: z.array(channelShape),
    }),
    run: async (_, { role }) => {
      const settings = withoutSecrets(needs.settings());
      return {
        // Addresses of people, and where the webhook goes, are for those who may change them.
        settings: role === 'administrator' ? settings : { ...settings, email: undefined, webhook: undefined },
        alerts: await alertsNow(needs),
        channels: role === 'administrator' ? await channelsNow(needs) : [],
      };
    },
  }),
  change: operation({
    id: 'notifications.change',
    method: 'PUT',
    path: '/notifications',
    role: 'administrator',
    changes: true,
    summary: 'Changes who is told what; a secret that stands as (kept) stays as it is',
    input: z.strictObject({ settings: notificationsConfig, reason: z.string().trim().min(1).max(500) }),
    output: z.unknown(),
    subject: () => ({ kind: 'configuration', id: 'notifications' }),
    run: async ({ settings, reason }, { name, via }) => {
      requireKeptSecrets(settings, needs.settings());
      return needs.change('notifications', JSON.stringify(settings), { author: name, reason, source: via });
    },
  }),
  test: operation({
    id: 'notifications.test',
    method: 'POST',
    path: '/notifications/test',
    role: 'administrator',
    changes: true,
    summary: 'Sends a test message now, and answers with the words of the server',
    input: z.strictObject({ channel: z.enum(CHANNELS) }),
    output: z.object({ channel: z.enum(CHANNELS), answer: z.string() }),
    subject: () => ({ kind: 'configuration', id: 'notifications' }),
    isAudited: true,
    run: async ({ channel }) => {
      const settings = needs.settings();
      const messenger = needs.messengers(settings).find(({ name }) => name === channel);
      if (!messenger) throw new Fault('INPUT_NOT_FOUND', `notifications.${channel} is not configured`);
      return {
        channel,
        answer: await messenger.send(testOf(needs, settings, channel), AbortSignal.timeout(TEST_MS)),
      };
    },
  }),
  preview: operation({
    id: 'notifications.preview',
    method: 'POST',
    path: '/notifications/preview',
    // With includePatientData the text names patients, as the pages do.
    role: 'operator',
    changes: false,
    summary: 'What the next message would say; nothing is sent',
    input: z.strictObject({ channel: z.enum(CHANNELS).default('email') }),
    output: previewShape,
    isAudited: true,
    run: async ({ channel }) => {
      const message = await nextMessage(needs, needs.settings(), channel);
      return { channel, message: message ? shown(message) : null };
    },
  }),
});

const shown = ({ subject, text, html }: Message) => ({ subject, text, html });

function testOf(
  { installation, clock }: NotifyNeeds,
  { baseUrl }: NotificationSettings,
  channel: Channel,
): Message {
  return testMessage({ installation, baseUrl, now: clock(), patients: new Map(), round: channel });
}

async function alertsNow({ alerts }: NotifyNeeds) {
  return (await alerts.standing()).map((alert) => ({
    id: alert.id,
    kind: alert.kind,
    subject: alert.subject,
    since: alert.since.toISOString(),
    text: sentenceOf({ state: 'new', alert }),
  }));
}

async function channelsNow({ alerts }: NotifyNeeds) {
  return (await alerts.channels()).map(({ channel, sentAt, attempts, nextAttemptAt, fault }) => ({
    channel,
    sentAt: sentAt?.toISOString() ?? null,
    attempts,
    nextAttemptAt: nextAttemptAt.toISOString(),
    fault,
  }));
}
