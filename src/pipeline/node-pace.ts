import type { NodeRequests } from '../catalogue/node-requests.ts';

/** When a node may be asked for something: quiet hours and a rate. Waiting for it never counts as a failed try. */
export type Paced = Readonly<{
  name: string;
  quietHours?: readonly string[] | undefined;
  maxPerMinute?: number | undefined;
}>;

export type MayAsk =
  | Readonly<{ mayAsk: true }>
  | Readonly<{ mayAsk: false; because: 'quietHours' | 'maxPerMinute'; lookAgainAt: Date }>;

/** `22:00-06:00`, or with a zone of the tz database: `22:00-06:00 Europe/Vienna`. */
const QUIET_HOURS = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)(?: ([A-Za-z][A-Za-z0-9_+/-]*))?$/;

type QuietSpan = Readonly<{ fromMinute: number; toMinute: number; timeZone: string | undefined }>;

/** Undefined: it is none, begins when it ends, or names a zone that is not known here. */
export function parseQuietHours(text: string): QuietSpan | undefined {
  const found = QUIET_HOURS.exec(text);
  if (!found) return undefined;
  const [fromHour = 0, fromMin = 0, toHour = 0, toMin = 0] = found.slice(1, 5).map(Number);
  const [fromMinute, toMinute] = [60 * fromHour + fromMin, 60 * toHour + toMin];
  const timeZone = found[5];
  if (fromMinute === toMinute || !isZone(timeZone)) return undefined;
  return { fromMinute, toMinute, timeZone };
}

function isZone(timeZone: string | undefined): boolean {
  try {
    return minuteOfDay(new Date(0), timeZone) >= 0;
  } catch {
    return false;
  }
}

const formats = new Map<string | undefined, Intl.DateTimeFormat>();

/** Minutes since midnight on the clock on the wall; without a zone, on that of this machine. */
function minuteOfDay(now: Date, timeZone: string | undefined): number {
  let format = formats.get(timeZone);
  if (!format) {
    const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
    format = new Intl.DateTimeFormat('en-GB', timeZone ? { ...clock, timeZone } : clock);
    formats.set(timeZone, format);
  }
  const [hour = 0, minute = 0] = format.format(now).split(':').map(Number);
  return 60 * hour + minute;
}

/**
 * True within one of the spans, by the clock on the wall: a span over midnight goes on after it, an hour that summer time
 * skips is skipped, and one that it repeats is quiet twice. The first minute belongs to a span, the last does not.
 */
export function isQuiet(quietHours: readonly string[], now: Date): boolean {
  return quietHours.some((each) => {
    const span = parseQuietHours(each);
    if (!span) return false;
    const { fromMinute, toMinute, timeZone } = span;
    const minute = minuteOfDay(now, timeZone);
    return fromMinute < toMinute
      ? minute >= fromMinute && minute < toMinute
      : minute >= fromMinute || minute < toMinute;
  });
}

const MINUTE_MS = 60_000;

/**
 * Whether a node may be asked now; `asked` are the times of the requests so far. In quiet hours look again at the next full
 * minute; over the rate, when the oldest request of the last minute is a minute old. A clock that was set back forgets what lies
 * ahead of it.
 */
export function mayAskNow(
  { quietHours = [], maxPerMinute }: Omit<Paced, 'name'>,
  now: Date,
  asked: readonly Date[] = [],
): MayAsk {
  if (isQuiet(quietHours, now)) {
    const lookAgainAt = new Date((Math.floor(now.getTime() / MINUTE_MS) + 1) * MINUTE_MS);
    return { mayAsk: false, because: 'quietHours', lookAgainAt };
  }
  const recent = asked.filter((at) => isRecent(at, now)).sort((a, b) => a.getTime() - b.getTime());
  if (maxPerMinute === undefined || recent.length < maxPerMinute) return { mayAsk: true };
  const oldest = recent[recent.length - maxPerMinute] ?? now;
  return { mayAsk: false, because: 'maxPerMinute', lookAgainAt: new Date(oldest.getTime() + MINUTE_MS) };
}

const isRecent = (at: Date, now: Date): boolean => at <= now && now.getTime() - at.getTime() < MINUTE_MS;

export type Pace = Readonly<{
  mayAskNow(node: string, now: Date): Promise<MayAsk>;
  /** As `mayAskNow`, and counts the request when it may be made. */
  take(node: string, now: Date): Promise<MayAsk>;
}>;

/** When nodes were asked, by any process; it goes on when their pace changes. */
export type Asked = Pick<NodeRequests, 'recent' | 'add'>;

/** The pace of every node. A node not named here has none. */
export function createPace(nodes: readonly Paced[], asked: Asked): Pace {
  const paced = new Map(nodes.map((node) => [node.name, node]));
  const look = async (name: string, now: Date): Promise<MayAsk> => {
    const pace = paced.get(name) ?? { name };
    const answer = mayAskNow(pace, now);
    if (!answer.mayAsk || pace.maxPerMinute === undefined) return answer;
    return mayAskNow(pace, now, await asked.recent(name, minuteBefore(now), now));
  };
  return {
    mayAskNow: look,
    take: async (name, now) => {
      const answer = await look(name, now);
      const most = paced.get(name)?.maxPerMinute;
      if (!answer.mayAsk || most === undefined) return answer;
      const isCounted = await asked.add(name, { since: minuteBefore(now), now, most });
      return isCounted ? answer : look(name, now);
    },
  };
}

const minuteBefore = (now: Date): Date => new Date(now.getTime() - MINUTE_MS);
