import { expect, it } from 'vitest';
import type { World } from '../../../src/pipeline/world.ts';
import type { JobKind, JobQueue } from '../../../src/ports.ts';
import { startWorking } from '../../../src/startup/working.ts';
import { openGate } from '../../support/gate.ts';

it('a worker that cannot stop lets nothing be closed under those that still do', async () => {
  const gate = openGate();
  let hasEnded = false;
  const stop: Partial<Record<JobKind, () => Promise<void>>> = {
    assess: () => Promise.reject(new Error('its database is gone')),
    deliver: async () => {
      await gate.opened;
      hasEnded = true;
    },
  };
  const work: JobQueue['work'] = async (kind) => ({
    [Symbol.asyncDispose]: stop[kind] ?? (async () => undefined),
  });
  const parts: (() => unknown)[] = [];
  await startWorking(
    () => ({ queue: { work } }) as unknown as World,
    () => [],
    parts,
  );
  const stopped = expect((async () => parts[0]?.())()).rejects.toThrow('its database is gone');
  setTimeout(() => gate.open(), 100);
  await stopped;
  expect(hasEnded).toBe(true);
});
