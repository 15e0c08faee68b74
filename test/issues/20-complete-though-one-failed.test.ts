import { expect, it } from 'vitest';
import { dimseDestination } from '../../adapters/dimse/destination.ts';
import { startScriptedArchive } from '../support/scripted-archive.ts';
import { deliveryWorld } from '../unit/pipeline/delivery-world.ts';

const dimse = (name: string, port: number) =>
  dimseDestination(
    { name, roles: [], host: '127.0.0.1', port, aeTitle: 'PACS' },
    { callingAeTitle: 'EARSHOT', timeoutSeconds: 5 },
  );

it('a case is delivered only when every destination has it (dcm4chee-arc-light#1920)', async () => {
  await using good = await startScriptedArchive(() => ({ status: 0 }));
  await using late = await startScriptedArchive((attempt) => ({ status: attempt < 3 ? 0xa700 : 0 }));
  await using one = await deliveryWorld([dimse('good', good.port), dimse('late', late.port)]);
  await one.tryOnce('good');
  expect(await one.state()).toBe('delivering');
  await one.tryOnce('late');
  await one.tryOnce('late');
  expect(await one.state()).toBe('delivering');
  await one.tryOnce('late');
  expect(await one.state()).toBe('delivered');
});

it('and has failed when one of them gave up, whatever the others said', async () => {
  await using good = await startScriptedArchive(() => ({ status: 0 }));
  await using bad = await startScriptedArchive(() => ({ status: 0xa900 }));
  await using one = await deliveryWorld([dimse('bad', bad.port), dimse('good', good.port)], {
    maxRefusals: 1,
  });
  await one.tryOnce('bad');
  expect(await one.state()).toBe('delivering');
  await one.tryOnce('good');
  expect(await one.state()).toBe('deliveryFailed');
  expect((await one.row('good')).state).toBe('delivered');
});
