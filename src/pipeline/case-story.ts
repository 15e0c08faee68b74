/** The story of a case as a person reads it: what happened, repeats together, from events that say it one by one. */
import type { ArrivedObjects, StoredEvent } from '../catalogue/case-view.ts';
import { type Severity, titleOf } from './story-titles.ts';

type StoryDetail = Readonly<{ name: string; value: string }>;

export type StoryEntry = Readonly<{
  /** the first time */
  at: Date;
  /** the last time; the same when it happened once */
  last: Date;
  count: number;
  kind: string;
  title: string;
  /** of the last time; values are shown as they are */
  details: readonly StoryDetail[];
  /** who did it; null: the service */
  who: string | null;
  severity: Severity;
}>;

export type Story = Readonly<{
  /** oldest first */
  entries: readonly StoryEntry[];
  /** that were not shown: entries or events in the middle of a long story */
  leftOut: number;
}>;

/** A page has an end. */
const MOST_ENTRIES = 400;
const FIRST_ENTRIES = 50;

/** Happen again and again while a case waits; others that come between part the repeats only when they are of the same matter. */
const REPEATED: ReadonlySet<string> = new Set([
  'association.closed',
  'delivery.waiting',
  'delivery.taken',
  'delivery.reasons',
  'instance.corrected',
  'instance.conflict',
  'instance.stale',
  'mask.requestFailed',
  'measured',
  'prior.asked',
  'prior.failed',
  'query.answered',
  'study.fewerThanArchived',
]);

/** Differ from one repeat to the next. */
const CHANGING: ReadonlySet<string> = new Set([
  'attempts',
  'milliseconds',
  'seconds',
  'objects',
  'associations',
  'SOPInstanceUID',
  'key',
]);

type Detail = Readonly<Record<string, unknown>>;

export function storyOf(
  events: readonly StoredEvent[],
  arrivals: readonly ArrivedObjects[],
  leftOutBefore = 0,
): Story {
  const all = [...events, ...arrivals.map(arrivalEvent)].sort((a, b) => a.at.getTime() - b.at.getTime());
  const entries: StoryEntry[] = [];
  /** by matter, then by what is the same: the place of an entry that a repeat joins */
  const open = new Map<string, Map<string, number>>();
  for (const event of all) {
    const entry = entryOf(event);
    const matter = matterOf(event);
    if (!REPEATED.has(event.kind)) open.delete(matter);
    const known = open.get(matter) ?? new Map<string, number>();
    const same = sameOf(event);
    const place = known.get(same);
    const before = place === undefined ? undefined : entries[place];
    if (place !== undefined && before && REPEATED.has(event.kind)) {
      entries[place] = { ...entry, at: before.at, count: before.count + 1 };
      continue;
    }
    known.set(same, entries.length);
    open.set(matter, known);
    entries.push(entry);
  }
  return bounded(entries, leftOutBefore);
}

function bounded(entries: readonly StoryEntry[], leftOutBefore: number): Story {
  if (entries.length <= MOST_ENTRIES) return { entries, leftOut: leftOutBefore };
  const shown = [...entries.slice(0, FIRST_ENTRIES), ...entries.slice(FIRST_ENTRIES - MOST_ENTRIES)];
  return { entries: shown, leftOut: leftOutBefore + entries.length - shown.length };
}

const detailOf = ({ detail }: StoredEvent): Detail =>
  typeof detail === 'object' && detail !== null ? (detail as Detail) : {};

/** One delivery, one archive, one annotator, one sender: a repeat joins what is of the same. */
function matterOf(event: StoredEvent): string {
  const { destination, archive, annotator, callingAeTitle } = detailOf(event);
  const [area = ''] = event.kind.split('.');
  return [area, destination, archive, annotator, callingAeTitle].map((each) => String(each ?? '')).join(' ');
}

function sameOf(event: StoredEvent): string {
  const stays = Object.entries(detailOf(event)).filter(
    ([name]) => !CHANGING.has(name) || (name === 'SOPInstanceUID' && event.kind.startsWith('delivery.')),
  );
  return `${event.kind} ${JSON.stringify(stays)}`;
}

function arrivalEvent({ from, role, count, first, last }: ArrivedObjects): StoredEvent {
  const seconds = Math.round((last.getTime() - first.getTime()) / 1000);
  return { at: first, kind: 'objects.arrived', detail: { from, role, objects: count, seconds } };
}

function entryOf(event: StoredEvent): StoryEntry {
  const { author, ...detail } = detailOf(event);
  const isDone = typeof author === 'string' && author !== '';
  return {
    at: event.at,
    last: event.at,
    count: 1,
    kind: event.kind,
    ...titleOf(event.kind, detail),
    details: Object.entries(detail).flatMap(([name, value]) => shownDetail(name, value)),
    who: isDone ? author : null,
  };
}

const MOST_LISTED = 20;

function shownDetail(name: string, value: unknown): StoryDetail[] {
  if (value === null || value === undefined || value === '' || value === false) return [];
  if (name === 'status' && typeof value === 'number') return [{ name, value: hexStatus(value) }];
  if (!Array.isArray(value)) return [{ name, value: plain(value) }];
  if (value.length === 0) return [];
  return [{ name, value: value.slice(0, MOST_LISTED).map(plain).join('; ') }];
}

/** A reason is a code and a sentence; anything else that is no simple value stays JSON. */
function plain(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const { code, text } = value as { code?: unknown; text?: unknown };
  return typeof code === 'string' && typeof text === 'string' ? `${code}: ${text}` : JSON.stringify(value);
}

/** As DICOM writes it; 2xx is of HTTP: no C-STORE status that says success, or warns, is one of these. */
export const hexStatus = (status: number): string =>
  status >= 200 && status < 300 ? String(status) : `0x${status.toString(16).toUpperCase().padStart(4, '0')}`;
