import { KEPT } from '../configuration/kept-secrets.ts';
import { isSamePlace } from '../configuration/secret-address.ts';
import { Fault } from '../fault.ts';
import type { NotificationSettings } from './settings.ts';

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
  if (current?.password === undefined || !isSamePlace('email', next, current))
    throw new Fault('INPUT_INVALID', 'email.password: give it anew for another server, user or protection');
  return current.password;
}

function secretFor(next: Webhook, current: Webhook | undefined): string {
  if (current?.secret === undefined || !isSamePlace('webhook', next, current))
    throw new Fault('INPUT_INVALID', 'webhook.secret: give it anew for another address');
  return current.secret;
}
