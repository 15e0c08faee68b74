import { expect, it } from 'vitest';
import type { DeliveryRow } from '../../../src/catalogue/rows.ts';
import { mayHave } from '../../../src/pipeline/holders.ts';

const row = (changes: Partial<DeliveryRow>) =>
  ({ state: 'waiting', attempts: 1, fault: null, comment: null, begunAt: null, ...changes }) as DeliveryRow;

it.each([
  ['it said success', { state: 'delivered' }],
  ['it said success and did not confirm', { state: 'taken' }],
  ['it never answered', { fault: 'PEER_TIMEOUT' }],
  ['it gave up after no answer', { state: 'gaveUp', fault: 'PEER_TIMEOUT', attempts: 9 }],
  ['the connection broke', { fault: 'PEER_UNREACHABLE', comment: 'closed before the final response' }],
  ['what it took is not confirmed', { fault: 'PEER_UNCONFIRMED' }],
  ['a sending began and nobody knows how it ended', { attempts: 0, begunAt: new Date(0) }],
  ['a try before the last may have left it', { fault: 'PEER_REFUSED', begunAt: new Date(0) }],
] as const)('a destination may have a report when %s', (_title, changes) => {
  expect(mayHave(row(changes))).toBe(true);
});

it.each([
  ['nothing was tried', { attempts: 0 }],
  ['it was withdrawn before', { state: 'withdrawn', attempts: 0 }],
  ['it refused', { fault: 'PEER_REFUSED' }],
  ['it was busy', { fault: 'PEER_BUSY' }],
  ['nobody listened', { fault: 'PEER_UNREACHABLE', comment: 'ECONNREFUSED' }],
] as const)('a destination has no report when %s', (_title, changes) => {
  expect(mayHave(row(changes))).toBe(false);
});
