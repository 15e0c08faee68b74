import type { Alerts } from '../catalogue/alerts.ts';
import { asFault } from '../fault.ts';
import type { Clock, Log, Messenger } from '../ports.ts';
import { compose } from './compose.ts';
import { afterFailure, afterSuccess, type ChannelState, isTime, newChannel, toTell } from './due.ts';
import { type FactSources, gatherFacts } from './gather.ts';
import type { Alert, ToldMatter } from './matter.ts';
import { mattersOf } from './matters.ts';
import type { Message } from './message.ts';
import { plainLine } from './plain-line.ts';
import { reconcile } from './reconcile.ts';
import type { NotificationSettings } from './settings.ts';

/** One message, from the first byte to the last answer. */
const SEND_MS = 60_000;

export type NotifyNeeds = Readonly<{
  alerts: Alerts;
  sources: FactSources;
  /** as they are now */
  settings(): NotificationSettings;
  messengers(settings: NotificationSettings): readonly Messenger[];
  installation: string;
  clock: Clock;
  log: Log;
}>;

/**
 * Looks what matters now, and tells it on every channel that has not heard of it. What a server did not take is told again after a
 * growing pause, also by the next start of the service; what it took is written down in one step with it. Once a minute.
 */
export async function notify(needs: NotifyNeeds, signal: AbortSignal): Promise<void> {
  const settings = needs.settings();
  const alerts = await updatedAlerts(needs, settings);
  const messengers = needs.messengers(settings);
  const states = await channelStates(needs, settings, messengers);
  await Promise.all(
    messengers.map((messenger) => {
      const state = states.get(messenger.name);
      return state && tellOn(needs, settings, messenger, state, alerts, signal);
    }),
  );
}

/** What the next message on a channel would tell; its text when it tells anything. Sends and keeps nothing. */
export async function nextMessage(
  needs: Omit<NotifyNeeds, 'messengers'>,
  settings: NotificationSettings,
  channel: string,
): Promise<Message | undefined> {
  const now = needs.clock();
  const { alerts } = await lookNow(needs, settings, now);
  const known = (await needs.alerts.channels()).find((each) => each.channel === channel);
  const state = known ?? newChannel(channel, now, settings.digest.hour);
  const told = toTell(alerts, await needs.alerts.noticesOf(channel), state, settings.digest, now);
  return told.length === 0 ? undefined : composed(needs, settings, told, state, now);
}

async function lookNow(
  { alerts, sources, log }: Pick<NotifyNeeds, 'alerts' | 'sources' | 'log'>,
  settings: NotificationSettings,
  now: Date,
) {
  const known = await alerts.all();
  const standing = new Set(known.filter(({ clearedAt }) => !clearedAt).map(({ id }) => id));
  const matters = mattersOf(await gatherFacts(sources, now, log), settings.thresholds, standing);
  return { known, ...reconcile(known, matters, settings.events, now) };
}

async function updatedAlerts(needs: NotifyNeeds, settings: NotificationSettings): Promise<readonly Alert[]> {
  const now = needs.clock();
  const { known, ...found } = await lookNow(needs, settings, now);
  await needs.alerts.keep(found, known, now);
  return found.alerts;
}

async function channelStates(
  { alerts, clock }: NotifyNeeds,
  settings: NotificationSettings,
  messengers: readonly Messenger[],
): Promise<Map<string, ChannelState>> {
  const known = new Map((await alerts.channels()).map((state) => [state.channel, state]));
  const names = messengers.map(({ name }) => name as string);
  for (const channel of known.keys()) if (!names.includes(channel)) await alerts.dropChannel(channel);
  const states = new Map<string, ChannelState>();
  for (const name of names) {
    const state = known.get(name) ?? newChannel(name, clock(), settings.digest.hour);
    if (!known.has(name)) await alerts.setChannel(state);
    states.set(name, state);
  }
  return states;
}

async function tellOn(
  needs: NotifyNeeds,
  settings: NotificationSettings,
  messenger: Messenger,
  state: ChannelState,
  all: readonly Alert[],
  signal: AbortSignal,
): Promise<void> {
  const { alerts, clock, log } = needs;
  const now = clock();
  if (!isTime(state, settings.digest, now)) return;
  const told = toTell(all, await alerts.noticesOf(state.channel), state, settings.digest, now);
  if (told.length === 0) {
    // A day without anything to say is done as well. Without a failure to forget there is nothing to write every minute.
    if (settings.digest.mode === 'daily' || state.attempts > 0)
      await alerts.setChannel(afterSuccess(state, now, false));
    return;
  }
  let answer: string;
  try {
    const message = await composed(needs, settings, told, state, now);
    answer = await messenger.send(message, AbortSignal.any([signal, AbortSignal.timeout(SEND_MS)]));
  } catch (thrown) {
    if (signal.aborted) return;
    const { code, detail } = asFault(thrown);
    await alerts.setChannel(afterFailure(state, clock(), plainLine(`${code}: ${detail}`, 300)));
    log.warn('notification.failed', { channel: state.channel, code, attempts: state.attempts + 1 });
    return;
  }
  await alerts.setChannel(afterSuccess(state, now, true), told, now);
  log.info('notification.sent', { channel: state.channel, matters: told.length, answer });
}

async function composed(
  { alerts, installation }: Pick<NotifyNeeds, 'alerts' | 'installation'>,
  { baseUrl, includePatientData }: NotificationSettings,
  told: readonly ToldMatter[],
  state: ChannelState,
  now: Date,
): Promise<Message> {
  const held = told.filter(({ alert, state: told }) => alert.kind === 'caseHeld' && told !== 'over');
  const studies = held.map(({ alert }) => alert.subject);
  const patients = includePatientData ? await alerts.patientsOf(studies) : new Map();
  const round = `${state.channel} ${state.sentAt?.getTime() ?? state.since.getTime()}`;
  return compose(told, { installation, baseUrl, now, patients, round });
}
