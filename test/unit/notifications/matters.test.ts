import { describe, expect, test } from 'vitest';
import type { Facts } from '../../../src/notifications/facts.ts';
import { mattersOf } from '../../../src/notifications/matters.ts';
import { reconcile } from '../../../src/notifications/reconcile.ts';
import { NOTIFICATION_EVENTS, notificationsConfig } from '../../../src/startup/config/administration.ts';

const { thresholds } = notificationsConfig.parse({});
const now = new Date('2026-03-01T12:00:00Z');
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const GIB = 2 ** 30;
const quiet: Facts = {
  now,
  held: [],
  deliveries: [],
  disk: { freeBytes: 100 * GIB, fullInDays: null },
  nodes: [],
  drift: { verdict: null },
};
const idsOf = (facts: Partial<Facts>, standing: string[] = []) =>
  mattersOf({ ...quiet, ...facts }, thresholds, new Set(standing)).matters.map(({ id }) => id);
const held = (minutes: number) => [
  { StudyInstanceUID: '1.2', since: minutesAgo(minutes), codes: ['OUT_OF_SCOPE'] },
];
const delivery = (attempts: number, fault: string, hasGivenUp = false) => ({
  StudyInstanceUID: '1.2',
  destination: 'PACS',
  attempts,
  hasGivenUp,
  since: minutesAgo(60),
  fault,
});

describe('what matters', () => {
  test('is nothing while all is well', () => {
    expect(idsOf({})).toEqual([]);
  });

  test('a case is told of from the threshold on, and stays the same matter when it is held anew', () => {
    expect(idsOf({ held: held(14) })).toEqual([]);
    expect(idsOf({ held: held(15) })).toEqual(['caseHeld 1.2']);
    expect(idsOf({ held: held(0) }, ['caseHeld 1.2'])).toEqual(['caseHeld 1.2']);
  });

  test('a hundred reports that wait for one destination are one matter', () => {
    const deliveries = Array.from({ length: 100 }, () => delivery(3, 'PEER_REFUSED'));
    const { matters } = mattersOf({ ...quiet, deliveries }, thresholds, new Set());
    expect(matters.map(({ id, detail }) => [id, detail['waiting']])).toEqual([['deliveryFailing PACS', 100]]);
    expect(idsOf({ deliveries: [delivery(2, 'PEER_REFUSED')] })).toEqual([]);
  });

  test('what was given up is a matter of its case', () => {
    expect(idsOf({ deliveries: [delivery(1, 'PEER_REFUSED', true)] })).toEqual(['deliveryFailing PACS 1.2']);
  });

  test('a node is down by its checks, and by deliveries that it does not answer, not by those it refuses', () => {
    const nodes = [{ node: 'CT', failures: 3, lastText: 'PEER_TIMEOUT: 5 s', since: minutesAgo(9) }];
    expect(idsOf({ nodes })).toEqual(['nodeDown CT']);
    expect(idsOf({ nodes: nodes.map((each) => ({ ...each, failures: 2 })) })).toEqual([]);
    expect(idsOf({ deliveries: [delivery(3, 'PEER_UNREACHABLE')] })).toContain('nodeDown PACS');
    expect(idsOf({ deliveries: [delivery(9, 'PEER_REFUSED')] })).not.toContain('nodeDown PACS');
  });

  test('of what a peer says about a failed check nothing but a code of ours goes on', () => {
    const nodes = [{ node: 'CT', failures: 3, lastText: 'no such Patient ID 4711', since: now }];
    expect(JSON.stringify(mattersOf({ ...quiet, nodes }, thresholds, new Set()).matters)).not.toContain(
      '4711',
    );
  });

  test('a disk is low below the threshold, and until there is clearly more', () => {
    const disk = (gib: number, fullInDays: number | null = null) => ({ freeBytes: gib * GIB, fullInDays });
    expect(idsOf({ disk: disk(4.9) })).toEqual(['disk low']);
    expect(idsOf({ disk: disk(5.2) })).toEqual([]);
    expect(idsOf({ disk: disk(5.2) }, ['disk low'])).toEqual(['disk low']);
    expect(idsOf({ disk: disk(5.6) }, ['disk low'])).toEqual([]);
    expect(idsOf({ disk: disk(50, 6.9) })).toEqual(['disk filling']);
    expect(idsOf({ disk: disk(50, 7.1) })).toEqual([]);
    expect(idsOf({ disk: disk(50, 8) }, ['disk filling'])).toEqual(['disk filling']);
  });
});

describe('beside what was known', () => {
  const at = (later: number) => new Date(now.getTime() + later);
  const step = (
    known: Parameters<typeof reconcile>[0],
    facts: Partial<Facts>,
    events = [...NOTIFICATION_EVENTS],
  ) => {
    const standing = new Set(known.filter(({ clearedAt }) => !clearedAt).map(({ id }) => id));
    return reconcile(known, mattersOf({ ...quiet, ...facts }, thresholds, standing), events, at(60_000));
  };

  test('what is gone is over, and what comes again begins anew', () => {
    const first = step([], { held: held(20) }).alerts;
    const over = step(first, { held: [] });
    expect(over.alerts).toMatchObject([{ id: 'caseHeld 1.2', clearedAt: at(60_000) }]);
    expect(step(over.alerts, { held: held(20) })).toMatchObject({ returned: ['caseHeld 1.2'] });
  });

  test('what cannot be found out ends nothing and begins nothing', () => {
    const first = step([], { held: held(20) }).alerts;
    expect(step(first, { held: undefined }).alerts).toEqual(first);
  });

  test('a kind that is switched off is forgotten, not called over', () => {
    const first = step([], { held: held(20) }).alerts;
    expect(step(first, { held: held(20) }, ['disk'])).toEqual({
      alerts: [],
      returned: [],
      dropped: ['caseHeld 1.2'],
    });
  });
});
