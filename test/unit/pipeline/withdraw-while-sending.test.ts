/** Who may have a report is known also when nobody heard how its sending ended. */
import { expect, it } from 'vitest';
import { Fault } from '../../../src/fault.ts';
import { withdraw } from '../../../src/pipeline/withdraw.ts';
import type { Destination } from '../../../src/ports.ts';
import { ctSlice } from '../../support/ct-slice.ts';
import { STUDY } from '../catalogue/opened.ts';
import { deliveryWorld, REPORT } from './delivery-world.ts';

const request = {
  reason: 'quality',
  quality: 'other',
  text: 'wrong mask',
  installationUid: '2.25.9',
  author: 'me',
} as const;

/** One destination whose sendings end like this, in turn. */
async function worldOf(...ends: ((one: World) => Promise<void>)[]) {
  const pacs: Destination = {
    name: 'pacs',
    send: async () => {
      await ends.shift()?.(one);
      return { status: 0, warning: false };
    },
  };
  const base = await deliveryWorld([pacs]);
  const files = { read: async () => ctSlice({ size: 8 }), put: async () => undefined };
  const one = {
    ...base,
    withdraw: () => withdraw({ ...base.world, files } as never, REPORT, request),
    noteTo: async () => {
      const rows = await base.opened.reports.deliveriesOf(STUDY);
      return rows
        .filter((row) => row.SOPInstanceUID !== REPORT)
        .map(({ destination, state, nextAttemptAt }) => ({
          destination,
          state,
          inSeconds: (nextAttemptAt.getTime() - base.opened.clock().getTime()) / 1000,
        }));
    },
  };
  return one;
}
type World = Readonly<{ withdraw: () => ReturnType<typeof withdraw> }>;

const killed = async () => {
  throw new Error('killed');
};
const ends = (fault: Fault) => async () => {
  throw fault;
};

/** As a process that dies within the sending leaves it: nothing of its end is written. */
async function killedWhileSending() {
  const one = await worldOf(killed);
  const { reports } = one.opened;
  const write = reports.setDelivery.bind(reports);
  reports.setDelivery = killed as never;
  await expect(one.tryOnce()).rejects.toThrow('killed');
  reports.setDelivery = write;
  return one;
}

it('a report whose sending was cut off by the end of the process is followed by a note', async () => {
  await using one = await killedWhileSending();
  expect(await one.row()).toMatchObject({ state: 'waiting', attempts: 0, fault: null });
  expect((await one.withdraw())?.destinations).toEqual(['pacs']);
  expect(await one.row()).toMatchObject({ state: 'withdrawn' });
  expect(await one.noteTo()).toEqual([{ destination: 'pacs', state: 'waiting', inSeconds: 30 }]);
});

it('a report that is withdrawn while it is sent is followed by a note, also when the answer never comes', async () => {
  const told: (readonly string[] | undefined)[] = [];
  await using one = await worldOf(async (world) => {
    told.push((await world.withdraw())?.destinations);
    throw new Fault('PEER_TIMEOUT', 'no answer');
  });
  expect(await one.tryOnce()).toMatchObject({ state: 'withdrawn' });
  expect(told).toEqual([['pacs']]);
  // The sending is over: nothing can come after the note any more.
  expect(await one.noteTo()).toEqual([{ destination: 'pacs', state: 'waiting', inSeconds: 0 }]);
});

it('a note that went out before the report had come goes out once more after it', async () => {
  await using one = await worldOf(async (world) => {
    await world.withdraw();
    await one.opened.sql.query(`UPDATE "delivery" SET "state" = 'delivered' WHERE "SOPInstanceUID" <> $1`, [
      REPORT,
    ]);
  });
  expect(await one.tryOnce()).toMatchObject({ state: 'delivered' });
  expect(await one.noteTo()).toEqual([{ destination: 'pacs', state: 'waiting', inSeconds: 0 }]);
});

it('a sending that begins just after it was looked who has the report is followed by a note', async () => {
  await using one = await worldOf();
  const { sql, reports } = one.opened;
  const batch = sql.batch.bind(sql);
  sql.batch = async (statements) => {
    sql.batch = batch;
    expect(await reports.beginSending(await one.row())).toBe(true);
    return batch(statements);
  };
  expect((await one.withdraw())?.destinations).toEqual([]);
  expect(await one.noteTo()).toEqual([{ destination: 'pacs', state: 'waiting', inSeconds: 30 }]);
});

it('nothing leaves any more of a report that was withdrawn, or whose case is held, after it was looked whether it may', async () => {
  for (const change of ['withdrawn', 'held'] as const) {
    const sent: string[] = [];
    await using one = await worldOf(async () => void sent.push('report'));
    const { regular } = one.world.files as { regular: (file: string) => Promise<string> };
    const meanwhile = async (file: string) => {
      if (change === 'withdrawn') await one.withdraw();
      else await one.opened.sql.query(`UPDATE "study" SET "state" = 'held'`);
      return regular(file);
    };
    Object.assign(one.world.files, { regular: meanwhile });
    const state = change === 'held' ? 'waiting' : 'withdrawn';
    expect(await one.tryOnce()).toMatchObject({ state, attempts: 0, begunAt: null });
    expect(sent).toEqual([]);
    expect(await one.noteTo()).toEqual([]);
  }
});

it.each([
  [new Fault('PEER_REFUSED', 'status 0xA700'), []],
  [new Fault('PEER_UNREACHABLE', 'ECONNREFUSED'), []],
  [new Fault('PEER_UNREACHABLE', 'closed before the final response'), ['pacs']],
] as const)('after %s the note goes to %j', async (fault, holders) => {
  await using one = await worldOf(ends(fault));
  expect(await one.tryOnce()).toMatchObject({ state: 'waiting', attempts: 1 });
  expect((await one.withdraw())?.destinations).toEqual(holders);
  expect((await one.noteTo()).map(({ destination }) => destination)).toEqual(holders);
});

it('what a try may have left there counts also when the next one is refused, and after a person had it tried again', async () => {
  await using one = await worldOf(
    ends(new Fault('PEER_TIMEOUT', 'no answer')),
    ends(new Fault('PEER_UNREACHABLE', 'ECONNREFUSED')),
  );
  await one.tryOnce();
  const row = await one.tryOnce();
  expect(row).toMatchObject({ attempts: 2, fault: 'PEER_UNREACHABLE', comment: 'ECONNREFUSED' });
  await one.opened.reports.setDelivery({ ...row, attempts: 0 });
  expect((await one.withdraw())?.destinations).toEqual(['pacs']);
});
