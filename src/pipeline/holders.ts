import type { DeliveryRow } from '../catalogue/rows.ts';

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

/** A destination has an object, or may have it: a connection that broke, and an answer that never came, leave that open. */
export function mayHave({ state, attempts, fault, comment }: DeliveryRow): boolean {
  if (state === 'delivered' || state === 'taken') return true;
  if (attempts === 0 || NOT_TAKEN.has(fault ?? '')) return false;
  return fault !== 'PEER_UNREACHABLE' || !NOT_CONNECTED.has(comment ?? '');
}
