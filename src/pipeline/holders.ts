/** Who has an object that was sent, or may have it. */
import type { DeliveryRow } from '../catalogue/rows.ts';

type Outcome = Readonly<{ fault: string | null; comment: string | null }>;

/** The peer said that it did not take the object. */
const NOT_TAKEN: ReadonlySet<string> = new Set([
  'PEER_REJECTED',
  'PEER_NO_CONTEXT',
  'PEER_REFUSED',
  'PEER_BUSY',
]);

/** What the system says of a connection that never came about. */
const NOT_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** A try that failed like this left nothing there; a connection that broke, and an answer that never came, leave that open. */
export const leftNothing = ({ fault, comment }: Outcome): boolean =>
  NOT_TAKEN.has(fault ?? '') || (fault === 'PEER_UNREACHABLE' && NOT_CONNECTED.has(comment ?? ''));

/** Since when a destination may have an object, to be kept; null: it has not. */
export const mayHaveSince = (row: DeliveryRow, now: Date): Date | null =>
  row.begunAt ?? (mayHave(row) ? now : null);

/** A destination has an object, or may have it: also after a kill while it was sent. */
export function mayHave(row: DeliveryRow): boolean {
  if (row.state === 'delivered' || row.state === 'taken' || row.begunAt !== null) return true;
  // Of before beginnings were noted.
  return row.attempts > 0 && !leftNothing(row);
}
