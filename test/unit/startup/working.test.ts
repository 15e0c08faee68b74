import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { World } from '../../../src/pipeline/world.ts';
import type { JobKind, JobQueue } from '../../../src/ports.ts';
import { startWorking } from '../../../src/startup/working.ts';

it('a worker that cannot stop lets nothing be closed under those that still do', async () => {
  let hasEnded = false;
  const stop: Partial<Record<JobKind, () => Promise<void>>> = {
    assess: () => Promise.reject(new Error('its database is gone')),
    deliver: async () => {
      await pause(100);
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
  await expect((async () => parts[0]?.())()).rejects.toThrow('its database is gone');
  expect(hasEnded).toBe(true);
});
