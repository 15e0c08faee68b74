import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { keepingMerge } from '../../../src/catalogue/merges.ts';
import { sweep } from '../../../src/pipeline/assemble.ts';
import { retryDeadLetters } from '../../../src/pipeline/dead-letters.ts';
import { deliver, deliveryKey } from '../../../src/pipeline/deliver.ts';
import { retire } from '../../../src/pipeline/retire.ts';
import type { Destination, Proof } from '../../../src/ports.ts';
import { configSchema } from '../../../src/startup/config.ts';
import { whyAway } from '../../../src/startup/destinations.ts';
import { ctSlice } from '../../support/ct-slice.ts';
import { STUDY } from '../catalogue/opened.ts';
import { deliveryWorld, REPORT } from './delivery-world.ts';

const MERGE = {
  old: { PatientID: 'P1', IssuerOfPatientID: '' },
  now: { PatientID: 'P2', IssuerOfPatientID: '' },
  row: 2,
};
const never = new AbortController().signal;
const DAY = 86_400_000;

type Node = Readonly<{ name: string; mode?: string; roles?: readonly string[]; testNode?: string }>;
const nodesOf = (nodes: readonly Node[]) =>
  configSchema.parse({
    nodes: nodes.map((node) => ({
      aeTitle: 'PACS',
      host: '127.0.0.1',
      port: 104,
      roles: ['destination'],
      ...node,
    })),
  });

/** Destinations that count what they are sent; `proofs`: what they answer when asked whether they keep it. */
function counting(names: readonly string[], proofs?: () => Proof) {
  const sent: string[] = [];
  const destinations = names.map(
    (name): Destination => ({
      name,
      send: async () => {
        sent.push(name);
        return { status: 0, warning: false };
      },
      ...(proofs && { prove: async () => proofs() }),
    }),
  );
  return { sent, destinations };
}

async function worldWith(names: readonly string[], proofs?: () => Proof) {
  const { sent, destinations } = counting(names, proofs);
  const one = await deliveryWorld(destinations);
  /** The service after a restart in which only these nodes are configured. */
  const after = (nodes: readonly Node[]) => {
    const config = nodesOf(nodes);
    const reach = (name: string) => whyAway(config, name) === undefined;
    return {
      ...one.world,
      destinations: new Map(
        destinations.filter(({ name }) => reach(name)).map((each) => [each.name, each] as const),
      ),
      whyAway: (name: string) => whyAway(config, name),
    };
  };
  const lookAt = async (world: ReturnType<typeof after>) => {
    await sweep(world);
    for (const destination of names) {
      const key = deliveryKey({ SOPInstanceUID: REPORT, destination });
      await deliver(world, { kind: 'deliver', key }, never);
    }
    await sweep(world);
  };
  return {
    ...one,
    sent,
    after,
    lookAt,
    reasons: async () => (await one.opened.catalogue.study(STUDY))?.reasons,
    jobs: async () => one.opened.sql.query('SELECT "key" FROM "job" WHERE "kind" = \'deliver\''),
    countEvents: async () => (await one.opened.catalogue.eventsOf(STUDY)).length,
  };
}

describe('why nothing goes to a node', () => {
  const config = nodesOf([
    { name: 'live' },
    { name: 'off', mode: 'off' },
    { name: 'tried', mode: 'test', testNode: 'stand-in' },
    { name: 'stand-in', roles: ['annotator'] },
    { name: 'drawer', roles: ['annotator'] },
  ]);
  it.each([
    ['live', undefined, undefined],
    ['stand-in', undefined, undefined],
    ['off', 'NODE_OFF', 'the node is off'],
    ['tried', 'NODE_OFF', 'the node is in test mode'],
    ['drawer', 'NODE_OFF', 'the node is no destination'],
    ['gone', 'NODE_UNKNOWN', 'the node is no longer configured'],
  ])('%s: %s', (name, code, detail) => {
    expect(whyAway(config, name)?.code).toBe(code);
    expect(whyAway(config, name)?.detail).toBe(detail);
  });
});

describe('a delivery whose node was taken out of the configuration', () => {
  it('keeps its case from nothing, which says so, and goes out when the node is back', async () => {
    await using one = await worldWith(['pacs', 'old']);
    const without = one.after([{ name: 'pacs' }]);
    await one.lookAt(without);
    expect(one.sent).toEqual(['pacs']);
    expect(await one.state()).toBe('delivered');
    expect(await one.reasons()).toEqual([
      { code: 'NODE_UNKNOWN', text: 'old: waits: the node is no longer configured' },
    ]);
    expect(await one.row('old')).toMatchObject({ state: 'waiting', attempts: 0, refusals: 0, fault: null });

    await one.lookAt(one.after([{ name: 'pacs' }, { name: 'old' }]));
    expect(one.sent).toEqual(['pacs', 'old']);
    expect(await one.row('old')).toMatchObject({ state: 'delivered', attempts: 1, refusals: 0 });
    expect(await one.state()).toBe('delivered');
    expect(await one.reasons()).toEqual([]);
  });

  it('does not spin: no job and no event while nothing changes', async () => {
    await using one = await worldWith(['old']);
    const without = one.after([{ name: 'old', mode: 'off' }]);
    await sweep(without);
    const events = await one.countEvents();
    const behind = () => one.opened.reports.studiesBehindTheirDeliveries([]);
    expect(await behind()).toEqual([]);
    for (let times = 0; times < 5; times++) {
      one.opened.tick(60_000);
      await one.lookAt(without);
    }
    expect(await one.jobs()).toEqual([]);
    expect(await one.countEvents()).toBe(events);
  });

  it('leaves a case that nobody has reported, not delivering for ever and not delivered', async () => {
    await using one = await worldWith(['old']);
    await one.opened.catalogue.move((await one.opened.catalogue.study(STUDY))!, { state: 'delivering' });
    await one.lookAt(one.after([{ name: 'old', mode: 'off' }]));
    expect(await one.state()).toBe('reported');
    expect(await one.reasons()).toEqual([{ code: 'NODE_OFF', text: 'old: waits: the node is off' }]);
    await one.lookAt(one.after([{ name: 'old' }]));
    expect(one.sent).toEqual(['old']);
    expect(await one.state()).toBe('delivered');
    expect(await one.reasons()).toEqual([]);
  });

  it('does not hide that another destination was given up', async () => {
    await using one = await worldWith(['pacs', 'old']);
    const gaveUp = { state: 'gaveUp', fault: 'PEER_REFUSED', comment: 'status 0xA900' } as const;
    await one.opened.reports.setDelivery({ ...(await one.row('pacs')), ...gaveUp });
    await sweep(one.after([{ name: 'pacs' }]));
    expect(await one.state()).toBe('deliveryFailed');
    expect((await one.reasons())?.map(({ code }) => code)).toEqual(['PEER_REFUSED', 'NODE_UNKNOWN']);
  });

  it('and is to be tried again after it was given up, waits like any other', async () => {
    await using one = await worldWith(['pacs', 'old']);
    const both = one.after([{ name: 'pacs' }, { name: 'old' }]);
    const gaveUp = { state: 'gaveUp', fault: 'PEER_REFUSED', comment: 'status 0xA900' } as const;
    await one.opened.reports.setDelivery({ ...(await one.row('old')), ...gaveUp });
    await one.lookAt(both);
    expect(await one.state()).toBe('deliveryFailed');
    await retryDeadLetters(both, { author: 'test' });
    await sweep(both);
    expect(await one.state(), 'as long as it can be tried').toBe('deliveryFailed');
    await sweep(one.after([{ name: 'pacs' }]));
    expect(await one.state()).toBe('delivered');
    expect((await one.reasons())?.map(({ code }) => code)).toEqual(['NODE_UNKNOWN']);
    await one.lookAt(both);
    expect(one.sent).toEqual(['pacs', 'old']);
  });

  it('is listed with its reason, one to a node that gets reports is not', async () => {
    await using one = await worldWith(['pacs', 'old']);
    const away = await one.opened.reports.deliveriesAway(['pacs']);
    expect(away).toMatchObject([{ destination: 'old', SOPInstanceUID: REPORT, isOutdated: false }]);
    expect(await one.opened.reports.deliveriesAway([])).toHaveLength(2);
    expect(await one.opened.reports.deliveriesAway(['pacs', 'old'])).toEqual([]);
    expect(await one.opened.reports.deadLetters()).toEqual([]);
  });
});

describe('a confirmation that waits for a node that was taken out', () => {
  const isFound = { kind: 'readBack', isFound: true } as const;
  const isMissing = { kind: 'readBack', isFound: false } as const;

  it('holds nothing up, and is asked for when the node is back in time', async () => {
    let proof: Proof = isMissing;
    await using one = await worldWith(['pacs'], () => proof);
    await one.tryOnce();
    const row = await one.tryOnce();
    expect(row.state).toBe('taken');
    const without = one.after([]);
    await one.lookAt(without);
    expect(await one.state()).toBe('reported');
    expect(await one.reasons()).toEqual([
      { code: 'NODE_UNKNOWN', text: 'pacs: taken and not confirmed: the node is no longer configured' },
    ]);
    proof = isFound;
    one.opened.tick(60_000);
    await one.lookAt(one.after([{ name: 'pacs' }]));
    expect(await one.row()).toMatchObject({ state: 'delivered', fault: null });
    expect(await one.state()).toBe('delivered');
    expect(await one.reasons()).toEqual([]);
    expect(one.sent).toHaveLength(1);
  });

  it('whose time ran out meanwhile has the report sent again, and no try counts as failed', async () => {
    await using one = await worldWith(['pacs'], () => isMissing);
    await one.tryOnce();
    await one.lookAt(one.after([{ name: 'pacs', mode: 'off' }]));
    one.opened.tick(30 * DAY);
    await one.lookAt(one.after([{ name: 'pacs' }]));
    expect(await one.row()).toMatchObject({ state: 'waiting', refusals: 0, fault: null });
    await one.lookAt(one.after([{ name: 'pacs' }]));
    expect(one.sent).toEqual(['pacs', 'pacs']);
    expect(await one.row()).toMatchObject({ state: 'taken', attempts: 2, refusals: 0 });
  });

  it('whose time ran out while the node was there is a failed try as before', async () => {
    await using one = await worldWith(['pacs'], () => isMissing);
    await one.tryOnce();
    one.opened.tick(30 * DAY);
    await one.lookAt(one.after([{ name: 'pacs' }]));
    expect(await one.row()).toMatchObject({ state: 'waiting', refusals: 1, fault: 'PEER_UNCONFIRMED' });
  });
});

describe('retention', () => {
  const retiring = (one: Awaited<ReturnType<typeof worldWith>>, nodes: readonly Node[]) => {
    const files = { remove: async () => undefined } as never;
    return retire({ ...one.after(nodes), files, retentionDays: 30 });
  };
  const isHere = async (one: Awaited<ReturnType<typeof worldWith>>) =>
    (await one.opened.catalogue.study(STUDY)) !== undefined;

  it('is not kept up by a node that is gone, and what waits goes out all the same when it is back', async () => {
    await using one = await worldWith(['old']);
    await writeFile(one.file('report.dcm'), ctSlice({ size: 8 }));
    await one.lookAt(one.after([]));
    one.opened.tick(31 * DAY);
    await retiring(one, [{ name: 'old' }]);
    expect(await isHere(one), 'a node that is there is waited for').toBe(true);
    await retiring(one, []);
    expect(await isHere(one)).toBe(false);
    expect(await one.row()).toMatchObject({ state: 'waiting' });
    const back = one.after([{ name: 'old' }]);
    await sweep(back);
    expect(await one.jobs()).toHaveLength(1);
    await one.lookAt(back);
    expect(one.sent).toEqual(['old']);
    expect(await one.row()).toMatchObject({ state: 'delivered', attempts: 1 });
  });

  it.each([
    [
      'merged',
      (one: Awaited<ReturnType<typeof worldWith>>) =>
        one.opened.sql.batch([keepingMerge(MERGE, one.opened.clock())]),
    ],
    [
      'opted out',
      (one: Awaited<ReturnType<typeof worldWith>>) =>
        one.opened.sql.query(
          `INSERT INTO "patient" ("PatientID", "IssuerOfPatientID", "record", "updatedAt") VALUES ('P1', '', $1, 1)`,
          [JSON.stringify({ PatientID: 'P1', optOut: true, listed: false })],
        ),
    ],
  ])('keeps back the report of a patient who was %s since', async (_, happen) => {
    await using one = await worldWith(['old']);
    const patient = { PatientID: 'P1', IssuerOfPatientID: '' };
    await one.opened.sql.query('UPDATE "report" SET "result" = $1', [JSON.stringify({ patient })]);
    await one.lookAt(one.after([]));
    one.opened.tick(31 * DAY);
    await retiring(one, []);
    await happen(one);
    await one.lookAt(one.after([{ name: 'old' }]));
    expect(one.sent).toEqual([]);
    expect(await one.row()).toMatchObject({ state: 'superseded', attempts: 0 });
  });

  it('ends the old report of a case that is not eligible any more: it is not sent afterwards', async () => {
    await using one = await worldWith(['old']);
    await one.opened.catalogue.move((await one.opened.catalogue.study(STUDY))!, { state: 'notEligible' });
    one.opened.tick(31 * DAY);
    await retiring(one, [{ name: 'old' }]);
    expect(await isHere(one)).toBe(false);
    expect(await one.row()).toMatchObject({ state: 'superseded', attempts: 0 });
    await one.lookAt(one.after([{ name: 'old' }]));
    expect(one.sent).toEqual([]);
  });
});
