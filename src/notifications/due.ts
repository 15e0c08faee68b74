import type { Alert, MatterState, ToldMatter } from './matter.ts';
import type { MatterKind, NotificationSettings } from './settings.ts';

const HOUR_MS = 3_600_000;
/** A daily message may start a little earlier than the day before: what was told then is repeated all the same. */
const DAILY_SLACK_MS = HOUR_MS / 2;
const FIRST_PAUSE_MS = 60_000;
const MOST_PAUSE_MS = HOUR_MS;

/** What a channel said of a matter last. */
export type Notice = Readonly<{ alert: string; state: 'standing' | 'over'; notifiedAt: Date }>;

/** A channel in use. `digestOn`: the local day of its last daily message, `2026-01-31`; '' for none. */
export type ChannelState = Readonly<{
  channel: string;
  since: Date;
  /** failed ones since the last success */
  attempts: number;
  nextAttemptAt: Date;
  digestOn: string;
  sentAt: Date | null;
  fault: string | null;
}>;

/** A held case ends when somebody deals with it, and that person knows. */
const TOLD_WHEN_OVER: ReadonlySet<MatterKind> = new Set(['deliveryFailing', 'disk', 'nodeDown', 'drift']);

/** Local day, `2026-01-31`. */
const dayOn = (now: Date): string =>
  [now.getFullYear(), now.getMonth() + 1, now.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-');

/** A channel that is used for the first time: a daily message whose hour has passed comes tomorrow. */
export const newChannel = (channel: string, now: Date, hour: number): ChannelState => ({
  channel,
  since: now,
  attempts: 0,
  nextAttemptAt: now,
  digestOn: now.getHours() >= hour ? dayOn(now) : '',
  sentAt: null,
  fault: null,
});

/** May a message go out on the channel now? After a failure not before its pause has passed. */
export function isTime(
  state: ChannelState,
  { mode, hour }: NotificationSettings['digest'],
  now: Date,
): boolean {
  const waitMs = state.nextAttemptAt.getTime() - now.getTime();
  // A pause longer than any: the clock was set back.
  if (state.attempts > 0 && waitMs > 0 && waitMs <= MOST_PAUSE_MS) return false;
  if (mode === 'immediate') return true;
  return now.getHours() >= hour && state.digestOn !== dayOn(now);
}

/** What the channel has not said yet, or must say again. */
export function toTell(
  alerts: readonly Alert[],
  notices: readonly Notice[],
  { since }: Pick<ChannelState, 'since'>,
  { mode, repeatHours }: NotificationSettings['digest'],
  now: Date,
): ToldMatter[] {
  const said = new Map(notices.map((notice) => [notice.alert, notice]));
  const repeatMs = repeatHours * HOUR_MS - (mode === 'daily' ? DAILY_SLACK_MS : 0);
  return alerts.flatMap((alert) => {
    const state = stateOf(alert, said.get(alert.id), { since, repeatMs, now });
    return state ? [{ state, alert }] : [];
  });
}

type When = Readonly<{ since: Date; repeatMs: number; now: Date }>;

function stateOf(alert: Alert, notice: Notice | undefined, when: When): MatterState | undefined {
  if (alert.clearedAt) {
    // What was over before anybody could be told is told of as over, so that nothing is lost while a server is down.
    const isUnsaid = notice ? notice.state === 'standing' : alert.clearedAt > when.since;
    return isUnsaid && TOLD_WHEN_OVER.has(alert.kind) ? 'over' : undefined;
  }
  if (!notice || notice.state === 'over') return 'new';
  return Math.abs(when.now.getTime() - notice.notifiedAt.getTime()) >= when.repeatMs ? 'still' : undefined;
}

/** After a success nothing waits; a day's message is done, also when there was nothing to say. */
export const afterSuccess = (state: ChannelState, now: Date, wasSent: boolean): ChannelState => ({
  ...state,
  attempts: 0,
  nextAttemptAt: now,
  digestOn: dayOn(now),
  sentAt: wasSent ? now : state.sentAt,
  fault: null,
});

/** The pause doubles from a minute to an hour. */
export const afterFailure = (state: ChannelState, now: Date, fault: string): ChannelState => {
  const pauseMs = Math.min(MOST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(state.attempts, 10));
  return { ...state, attempts: state.attempts + 1, nextAttemptAt: new Date(now.getTime() + pauseMs), fault };
};
