import { mailMessenger } from '../../adapters/mail/smtp.ts';
import { every } from '../../adapters/schedule/every.ts';
import { webhookMessenger } from '../../adapters/webhook/post.ts';
import { type NotifyNeeds, notify } from '../notifications/notify.ts';
import type { NotificationSettings } from '../notifications/settings.ts';
import type { Clock, Messenger } from '../ports.ts';
import type { Duties } from './duties.ts';

/** The ways to people that the settings name. */
export const messengersOf = (
  { email, webhook }: NotificationSettings,
  clock: Clock,
): readonly Messenger[] => [
  ...(email ? [mailMessenger(email)] : []),
  ...(webhook ? [webhookMessenger(webhook, clock)] : []),
];

/** Once a minute; what it says of the disk's trend may rest on the sample of the minute before. Stopping ends a message under way. */
export function startNotifying(needs: NotifyNeeds, duties: Pick<Duties, 'only'>): AsyncDisposable {
  const stopping = new AbortController();
  const cron = every(
    60,
    duties.only(() => notify(needs, stopping.signal)),
    (thrown) => needs.log.error('notify.failed', { code: (thrown as { code?: string }).code ?? 'INTERNAL' }),
  );
  return {
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await cron[Symbol.asyncDispose]();
    },
  };
}
