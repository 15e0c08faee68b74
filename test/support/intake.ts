/** An intake over real files in a folder of its own: what an archive sent, in the order of arrival. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import type { Intake, Received } from '../../src/ports.ts';

export type TestIntake = AsyncDisposable &
  Readonly<{ intake: Intake; kept: Received[]; leftovers(): Promise<string[]> }>;

export async function startIntake(): Promise<TestIntake> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-intake-'));
  const files = await openInstanceFiles(folder);
  const kept: Received[] = [];
  return {
    kept,
    intake: {
      open: (meta) => files.receive(meta),
      receive: async (incoming) => {
        try {
          const received = await incoming.finish();
          await incoming.keep(`instances/${received.header.SOPInstanceUID}.dcm`);
          kept.push(received);
        } catch (thrown) {
          await incoming.discard();
          throw thrown;
        }
      },
    },
    leftovers: () => readdir(join(folder, 'incoming')),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
