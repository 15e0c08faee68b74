import { Fault } from '../fault.ts';
import type { NotificationSettings } from './settings.ts';

/** Stands for a secret that is there and is not shown. */
const KEPT = '(kept)';

type Email = NonNullable<NotificationSettings['email']>;
type Webhook = NonNullable<NotificationSettings['webhook']>;

/** The settings as they may be shown. */
export const withoutSecrets = (settings: NotificationSettings): NotificationSettings => ({
  ...settings,
  email: settings.email && {
    ...settings.email,
    ...(settings.email.password === undefined ? {} : { password: KEPT }),
  },
  webhook: settings.webhook && {
    ...settings.webhook,
    ...(settings.webhook.secret === undefined ? {} : { secret: KEPT }),
  },
});

/**
 * `(kept)` becomes the secret that is there. A secret is kept for the server it was given for: who names another one must give it
 * anew, or it could be sent to a server of anybody's choice. Throws INPUT_INVALID.
 */
export const withSecrets = (
  next: NotificationSettings,
  current: NotificationSettings,
): NotificationSettings => ({
  ...next,
  email:
    next.email?.password === KEPT
      ? { ...next.email, password: passwordFor(next.email, current.email) }
      : next.email,
  webhook:
    next.webhook?.secret === KEPT
      ? { ...next.webhook, secret: secretFor(next.webhook, current.webhook) }
      : next.webhook,
});

function passwordFor(next: Email, current: Email | undefined): string {
  const isSame =
    current !== undefined &&
    next.host === current.host &&
    next.port === current.port &&
    next.user === current.user &&
    // Less protection on the way is another way as well.
    (next.secure || next.requireTls || (!current.secure && !current.requireTls));
  if (!isSame || current.password === undefined)
    throw new Fault('INPUT_INVALID', 'email.password: give it anew for another server, user or protection');
  return current.password;
}

function secretFor(next: Webhook, current: Webhook | undefined): string {
  if (current?.secret === undefined || originOf(next.url) !== originOf(current.url))
    throw new Fault('INPUT_INVALID', 'webhook.secret: give it anew for another address');
  return current.secret;
}

const originOf = (url: string): string => new URL(url).origin;
