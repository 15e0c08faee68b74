/** PEERS.md pain 21: the disk fills, and what comes then is lost or half written. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sendFiles } from '../../adapters/dimse/sender.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { PACS, startService } from '../support/running-service.ts';

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe('a disk without room', { timeout: 30_000 }, () => {
  it('refuses every object with a status to try again by, says so in readiness, and keeps no half of one', async () => {
    await using earshot = await startService({ limits: { minFreeMiB: 2 ** 40 } });
    const { service, dataDir } = earshot;
    const { followUp } = phantomCase('no-room');
    const node = {
      name: 'earshot',
      host: '127.0.0.1',
      port: service.dimsePort,
      aeTitle: 'EARSHOT',
      roles: [],
    };
    const answers = await sendFiles(node, followUp.ct, { callingAeTitle: PACS });
    expect(answers.map(({ status }) => status)).toEqual(followUp.ct.map(() => 0xa700));
    expect(answers[0]!.comment).toContain('STORAGE_FULL');
    for (const file of filesBelow(dataDir))
      expect(readFileSync(file).includes(followUp.SeriesInstanceUID)).toBe(false);
    expect(await service.world.catalogue.study(followUp.StudyInstanceUID)).toBeUndefined();
    const ready = await fetch(`http://127.0.0.1:${service.httpPort}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain('free space is below the watermark');
  });
});
