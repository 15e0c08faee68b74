import { KEPT } from '../configuration/kept-secrets.ts';
import { isSamePlace } from '../configuration/secret-address.ts';
import { Fault } from '../fault.ts';
import type { NotificationSettings } from './settings.ts';

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
 * `(kept)` means the secret that is there. A secret is kept for the server it was given for: who names another one must give it
 * anew, or it could be sent to a server of anybody's choice. Throws INPUT_INVALID.
 */
export function requireKeptSecrets(
  { email, webhook }: NotificationSettings,
  current: NotificationSettings,
): void {
  const [wasEmail, wasWebhook] = [current.email, current.webhook];
  if (email?.password === KEPT && !(wasEmail?.password && isSamePlace('email', email, wasEmail)))
    throw new Fault('INPUT_INVALID', 'email.password: give it anew for another server, user or protection');
  if (webhook?.secret === KEPT && !(wasWebhook?.secret && isSamePlace('webhook', webhook, wasWebhook)))
    throw new Fault('INPUT_INVALID', 'webhook.secret: give it anew for another address');
}
