/** A disk that changes or loses what it was given to keep: nothing of it is scored, and sending it again mends it. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { retryCase } from '../../src/pipeline/retry-case.ts';
import { type PhantomCase, phantomCase } from '../support/phantom-case.ts';
import { type RunningService, startService } from '../support/running-service.ts';

const flipped = (path: string, fromEnd: number): void => {
  const bytes = readFileSync(path);
  bytes[bytes.length - fromEnd] = ~bytes[bytes.length - fromEnd]! & 255;
  writeFileSync(path, bytes);
};

async function slicesOf({ service, dataDir }: RunningService, study: string): Promise<string[]> {
  const rows = await service.world.catalogue.sql.query<{ file: string }>(
    `SELECT "file" FROM "instance" WHERE "StudyInstanceUID" = $1 AND "role" = 'image'`,
    [study],
  );
  return rows.map(({ file }) => join(dataDir, file));
}

async function delivered(running: RunningService, { followUp }: PhantomCase): Promise<void> {
  await retryCase(running.service.world, followUp.StudyInstanceUID, { author: 'a', reason: 'sent again' });
  await running.inState(followUp.StudyInstanceUID, 'delivered', 60_000);
}

it.each([
  ['a bit of a slice', (path: string) => flipped(path, 100), 'FILE_DAMAGED'],
  [
    'the end of a slice',
    (path: string) => writeFileSync(path, readFileSync(path).subarray(0, -512)),
    'FILE_DAMAGED',
  ],
  ['a whole slice', (path: string) => rmSync(path), 'STORAGE_FAILED'],
] as const)(
  'a case of which the disk lost %s is held or given up with a code, and delivered once the PACS has sent it again',
  { timeout: 120_000 },
  async (what, harm, code) => {
    await using running = await startService();
    const phantom = phantomCase(`rotten-${what}`);
    await running.send(phantom.baseline.all);
    await running.inState(phantom.baseline.StudyInstanceUID, 'waitingForBaseline');
    const [last] = phantom.followUp.all.slice(-1);
    await running.send(phantom.followUp.all.slice(0, -1));
    const slices = await slicesOf(running, phantom.followUp.StudyInstanceUID);
    harm(slices[Math.floor(slices.length / 2)]!);
    await running.send([last!]);
    await running.inState(
      phantom.followUp.StudyInstanceUID,
      code === 'FILE_DAMAGED' ? 'held' : 'failed',
      60_000,
    );
    expect(await running.reasons(phantom.followUp.StudyInstanceUID)).toContain(code);
    expect(running.arrived(phantom.followUp.StudyInstanceUID)).toEqual([]);

    await running.send(phantom.followUp.all);
    await delivered(running, phantom);
    expect(running.arrived(phantom.followUp.StudyInstanceUID)).toHaveLength(1);
    const rows = await running.service.world.catalogue.sql.query('SELECT 1 FROM "conflict"');
    expect(rows).toEqual([]);
  },
);
