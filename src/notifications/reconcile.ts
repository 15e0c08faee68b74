import type { Alert } from './matter.ts';
import type { Matters } from './matters.ts';
import type { MatterKind } from './settings.ts';

export type Reconciled = Readonly<{
  /** as it is to be kept */
  alerts: readonly Alert[];
  /** began anew after it was over: what was said of its end does not count any more */
  returned: readonly string[];
  /** ids of alerts that nobody wants to hear of any more */
  dropped: readonly string[];
}>;

/** What stands now beside what was known: new ones, those still there with their first moment, and those that are over. */
export function reconcile(
  known: readonly Alert[],
  { matters, unknown }: Matters,
  events: readonly MatterKind[],
  now: Date,
): Reconciled {
  const before = new Map(known.map((alert) => [alert.id, alert]));
  const wanted = matters.filter(({ kind }) => events.includes(kind));
  const ids = new Set(wanted.map(({ id }) => id));
  const standing = wanted.map((matter): Alert => {
    const old = before.get(matter.id);
    const since = old && !old.clearedAt && old.since < matter.since ? old.since : matter.since;
    return { ...matter, since, clearedAt: null };
  });
  const gone = known.filter(({ id, kind }) => !ids.has(id) && events.includes(kind));
  return {
    alerts: [
      ...standing,
      ...gone.map((alert) =>
        alert.clearedAt || unknown.has(alert.kind) ? alert : { ...alert, clearedAt: now },
      ),
    ],
    returned: standing.filter(({ id }) => before.get(id)?.clearedAt).map(({ id }) => id),
    dropped: known.filter(({ kind }) => !events.includes(kind)).map(({ id }) => id),
  };
}
