import { describe, expect, it } from 'vitest';
import { dimseDestination } from '../../../adapters/dimse/destination.ts';
import { NodeRequests } from '../../../src/catalogue/node-requests.ts';
import { sweep } from '../../../src/pipeline/assemble.ts';
import { deliver, deliveryKey } from '../../../src/pipeline/deliver.ts';
import { createPace, type Paced } from '../../../src/pipeline/node-pace.ts';
import { startScriptedArchive } from '../../support/scripted-archive.ts';
import { deliveryWorld, REPORT } from './delivery-world.ts';

const never = new AbortController().signal;
const pacs = (port: number) =>
  dimseDestination(
    { name: 'pacs', roles: [], host: '127.0.0.1', port, aeTitle: 'PACS' },
    { callingAeTitle: 'EARSHOT', timeoutSeconds: 5 },
  );

async function paced(port: number, pace: Omit<Paced, 'name'>) {
  const one = await deliveryWorld([pacs(port)]);
  const world = {
    ...one.world,
    pace: createPace([{ name: 'pacs', ...pace }], new NodeRequests(one.opened.sql)),
  };
  const key = deliveryKey({ SOPInstanceUID: REPORT, destination: 'pacs' });
  return { ...one, world, look: () => deliver(world, { kind: 'deliver', key }, never) };
}

describe('a delivery to a node in its quiet hours', () => {
  it('waits without a try, and goes when they are over', async () => {
    await using archive = await startScriptedArchive(() => ({ status: 0 }));
    // The clock stands at midnight UTC.
    await using one = await paced(archive.port, { quietHours: ['22:00-06:00 UTC'] });
    for (const _hour of [0, 1, 2, 3, 4, 5]) {
      await sweep(one.world);
      await one.look();
      one.opened.tick(3_600_000);
    }
    expect(archive.attempts()).toBe(0);
    await one.look();
    expect(archive.attempts()).toBe(1);
    expect(await one.row()).toMatchObject({ state: 'delivered', attempts: 1, refusals: 0, fault: null });
    expect(await one.state()).toBe('delivered');
  });

  it('puts no job meanwhile', async () => {
    await using one = await paced(1, { quietHours: ['22:00-06:00 UTC'] });
    const jobs = () => one.opened.sql.query('SELECT "key" FROM "job" WHERE "kind" = \'deliver\'');
    await sweep(one.world);
    expect(await jobs()).toEqual([]);
    one.opened.tick(6 * 3_600_000);
    await sweep(one.world);
    expect(await jobs()).toHaveLength(1);
  });
});

it('tries beyond the rate of a node wait for their minute, and are not counted', async () => {
  await using archive = await startScriptedArchive((attempt) => ({ status: attempt < 3 ? 0xa700 : 0 }));
  await using one = await paced(archive.port, { maxPerMinute: 2 });
  await one.look();
  one.opened.tick(10_000);
  await one.look();
  one.opened.tick(20_000);
  await one.look();
  expect(archive.attempts()).toBe(2);
  expect(await one.row()).toMatchObject({ state: 'waiting', attempts: 2 });
  one.opened.tick(30_000);
  await one.look();
  expect(await one.row()).toMatchObject({ state: 'delivered', attempts: 3 });
});
