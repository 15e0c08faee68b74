import { afterEach, describe, expect, it, vi } from 'vitest';
import { dimseDestination } from '../../../adapters/dimse/destination.ts';
import type { DeliveryRow } from '../../../src/catalogue/rows.ts';
import { Fault } from '../../../src/fault.ts';
import { sweep } from '../../../src/pipeline/assemble.ts';
import { deliver, deliveryKey } from '../../../src/pipeline/deliver.ts';
import type { StudyState } from '../../../src/study/lifecycle.ts';
import { freePort } from '../../support/free-port.ts';
import { startScriptedArchive } from '../../support/scripted-archive.ts';
import { type OpenedCatalogue, STUDY } from '../catalogue/opened.ts';
import { deliveryWorld, REPORT } from './delivery-world.ts';

type OneDelivery = Awaited<ReturnType<typeof deliveryWorld>>;
type DeliveryWorld = OneDelivery['world'];
let one: OneDelivery;
let opened: OpenedCatalogue;
afterEach(() => one[Symbol.asyncDispose]());

/** A case with one report on its way to one destination at that port. */
async function worldWith(
  port: number,
  delivery: Partial<Record<string, number>> = {},
): Promise<DeliveryWorld> {
  const node = { name: 'pacs', roles: [], host: '127.0.0.1', port, aeTitle: 'PACS' } as const;
  const pacs = dimseDestination(node, { callingAeTitle: 'EARSHOT', timeoutSeconds: 5 });
  one = await deliveryWorld([pacs], delivery);
  opened = one.opened;
  return one.world;
}

const job = { kind: 'deliver', key: deliveryKey({ SOPInstanceUID: REPORT, destination: 'pacs' }) } as const;
const never = new AbortController().signal;
const row = async (): Promise<DeliveryRow> => (await opened.reports.delivery(REPORT, 'pacs'))!;
const state = async (): Promise<StudyState | undefined> => (await opened.catalogue.study(STUDY))?.state;

/** One try when it is due; seconds until the next one. */
async function tryOnce(world: DeliveryWorld): Promise<number> {
  opened.tick(Math.max(0, (await row()).nextAttemptAt.getTime() - opened.clock().getTime()));
  await deliver(world, job, never);
  return ((await row()).nextAttemptAt.getTime() - opened.clock().getTime()) / 1000;
}

describe('a destination that cannot be reached', () => {
  it('is tried again after pauses that double up to the longest one', async () => {
    const world = await worldWith(await freePort());
    const pauses: number[] = [];
    for (let at = 0; at < 5; at++) pauses.push(await tryOnce(world));
    expect(pauses).toEqual([10, 20, 40, 60, 60]);
    expect(await row()).toMatchObject({
      state: 'waiting',
      attempts: 5,
      refusals: 0,
      fault: 'PEER_UNREACHABLE',
    });
    expect(await state()).toBe('delivering');
  });

  it('is not tried before its time, however often the job wakes', async () => {
    await using archive = await startScriptedArchive(() => ({ status: 0xa700 }));
    const world = await worldWith(archive.port);
    await tryOnce(world);
    opened.tick(9999);
    await deliver(world, job, never);
    expect(archive.attempts()).toBe(1);
    opened.tick(1);
    await deliver(world, job, never);
    expect(archive.attempts()).toBe(2);
  });

  it('is given up after its number of tries, and the case says so', async () => {
    const world = await worldWith(await freePort(), { maxAttempts: 2 });
    await tryOnce(world);
    expect(await state()).toBe('delivering');
    await tryOnce(world);
    expect(await row()).toMatchObject({ state: 'gaveUp', attempts: 2 });
    const study = await opened.catalogue.study(STUDY);
    expect(study).toMatchObject({ state: 'deliveryFailed', reasons: [{ code: 'PEER_UNREACHABLE' }] });
  });

  it('that was down for an hour gets it when it is back', async () => {
    await using archive = await startScriptedArchive((attempt) => ({ status: attempt > 60 ? 0 : 0xa700 }));
    const world = await worldWith(archive.port);
    const started = opened.clock().getTime();
    while ((await row()).state === 'waiting') await tryOnce(world);
    expect(opened.clock().getTime() - started).toBeGreaterThan(3_400_000);
    expect(await row()).toMatchObject({ state: 'delivered', status: 0, fault: null, attempts: 61 });
    expect(await state()).toBe('delivered');
  });
});

describe('a destination that answers', () => {
  it('with success is not sent the report twice', async () => {
    await using archive = await startScriptedArchive(() => ({ status: 0 }));
    const world = await worldWith(archive.port);
    await deliver(world, job, never);
    await deliver(world, job, never);
    expect(archive.attempts()).toBe(1);
    const kinds = (await opened.catalogue.eventsOf(STUDY)).map(({ kind }) => kind);
    expect(kinds.slice(1)).toEqual(['state.delivering', 'delivery.delivered', 'state.delivered']);
  });

  it('with refusals is given up sooner than one that is busy', async () => {
    await using archive = await startScriptedArchive((attempt) => ({
      status: attempt < 5 ? 0xa700 : 0xa900,
    }));
    const world = await worldWith(archive.port, { maxRefusals: 2 });
    for (let at = 0; at < 5; at++) await tryOnce(world);
    expect(await row()).toMatchObject({ state: 'waiting', refusals: 1 });
    await tryOnce(world);
    expect(await row()).toMatchObject({
      state: 'gaveUp',
      refusals: 2,
      attempts: 6,
      comment: 'status 0xA900',
    });
  });

  it.each(['receiving', 'held'] as const)('is sent nothing of a case that is %s', async (left) => {
    await using archive = await startScriptedArchive(() => ({ status: 0 }));
    const world = await worldWith(archive.port);
    await opened.catalogue.move((await opened.catalogue.study(STUDY))!, { state: left });
    await sweep(world);
    await deliver(world, job, never);
    expect(archive.attempts()).toBe(0);
    expect(await row()).toMatchObject({ state: 'waiting', attempts: 0 });
    expect(await state()).toBe(left);
  });
});

it('a stop in the middle of a delivery counts as no try', async () => {
  await using archive = await startScriptedArchive(() => 'silent');
  const world = await worldWith(archive.port);
  const stop = new AbortController();
  const delivering = deliver(world, job, stop.signal);
  await expect.poll(() => archive.attempts()).toBe(1);
  stop.abort();
  await expect(delivering).rejects.toThrow();
  expect(await row()).toMatchObject({ state: 'waiting', attempts: 0, fault: null });
});

it('a destination that is no longer configured is left waiting, not forgotten', async () => {
  const world = await worldWith(1);
  await deliver({ ...world, destinations: new Map() }, job, never);
  expect(await row()).toMatchObject({ state: 'waiting', attempts: 0 });
});

describe('a catalogue that takes nothing just when the peer has taken the report', () => {
  it('costs no try: what the peer answered is recorded when it can be, and the report is not sent again', async () => {
    await using archive = await startScriptedArchive(() => ({ status: 0 }));
    const world = await worldWith(archive.port, { maxAttempts: 1, maxRefusals: 1 });
    const locked = new Fault('DATABASE_FAILED', 'another program has locked the file');
    vi.spyOn(world.reports, 'setDelivery').mockRejectedValueOnce(locked).mockRejectedValueOnce(locked);
    await deliver(world, job, never);
    expect(archive.attempts()).toBe(1);
    expect(await row()).toMatchObject({ state: 'delivered', attempts: 1, status: 0, fault: null });
    expect(await state()).toBe('delivered');
  });

  it('until the service stops leaves the delivery as it was', async () => {
    await using archive = await startScriptedArchive(() => ({ status: 0 }));
    const world = await worldWith(archive.port, { maxAttempts: 1 });
    vi.spyOn(world.reports, 'setDelivery').mockRejectedValue(new Fault('DATABASE_FAILED'));
    const stop = new AbortController();
    const delivering = deliver(world, job, stop.signal);
    await expect.poll(() => archive.attempts()).toBe(1);
    stop.abort();
    await expect(delivering).rejects.toThrow('DATABASE_FAILED');
    expect(await row()).toMatchObject({ state: 'waiting', attempts: 0, fault: null });
  });

  it('and refuses what is to be recorded counts as a failed try, so that nothing is sent for ever', async () => {
    await using archive = await startScriptedArchive(() => ({ status: 0 }));
    const world = await worldWith(archive.port, { maxAttempts: 3 });
    const { setDelivery } = world.reports;
    vi.spyOn(world.reports, 'setDelivery').mockImplementation((done, ...more) =>
      done.state === 'delivered'
        ? Promise.reject(new Fault('INTERNAL', 'PostgreSQL: 22000'))
        : setDelivery.call(world.reports, done, ...more),
    );
    for (let at = 0; at < 4; at++) await tryOnce(world);
    expect(archive.attempts()).toBe(3);
    expect(await row()).toMatchObject({ state: 'gaveUp', attempts: 3, fault: 'INTERNAL' });
  });
});

describe('after a crash', () => {
  it('between the last answer and the case, the case follows at the next sweep', async () => {
    const world = await worldWith(1);
    await opened.reports.setDelivery({ ...(await row()), state: 'delivered', status: 0 });
    expect(await state()).toBe('reported');
    await sweep(world);
    expect(await state()).toBe('delivered');
  });

  it('between a late confirmation and the case that was given up, the case follows at the next sweep', async () => {
    const world = await worldWith(1);
    await opened.catalogue.move((await opened.catalogue.study(STUDY))!, { state: 'deliveryFailed' });
    await opened.reports.setDelivery({ ...(await row()), state: 'gaveUp', fault: 'PEER_UNCONFIRMED' });
    await sweep(world);
    expect(await state()).toBe('deliveryFailed');
    await opened.reports.setDelivery({ ...(await row()), state: 'delivered', fault: null });
    await sweep(world);
    expect(await state()).toBe('delivered');
  });

  it('a delivery that is due is put again, one that is not yet due is not', async () => {
    const world = await worldWith(1);
    const waiting = () => opened.sql.query('SELECT "key" FROM "job" WHERE "kind" = \'deliver\'');
    await opened.reports.setDelivery({
      ...(await row()),
      nextAttemptAt: new Date(opened.clock().getTime() + 5000),
    });
    await sweep(world);
    expect(await waiting()).toEqual([]);
    opened.tick(5000);
    await sweep(world);
    await sweep(world);
    expect(await waiting()).toEqual([{ key: job.key }]);
  });
});
