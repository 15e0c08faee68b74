/** A case over which the whole process dies each time, as when the kernel kills it for want of memory; something starts it again. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Reason } from '../../src/catalogue/rows.ts';
import { Killable } from '../support/killable.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { startPacs } from '../support/running-service.ts';
import { until } from '../support/until.ts';

const ENTRY = fileURLToPath(new URL('../support/dying-thread.cjs', import.meta.url));

it('a case over which the process dies is given up after five deaths, the others are reported, and the service stays', {
  timeout: 120_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-dying-'));
  try {
    const dying = phantomCase('dying');
    const honest = phantomCase('honest');
    const later = phantomCase('later');
    const file = join(folder, 'deaths');
    const deaths = (): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    const env = {
      NODE_OPTIONS: `--require=${ENTRY}`,
      EARSHOT_DYING: dying.followUp.StudyInstanceUID,
      EARSHOT_DEATHS: file,
    };
    await using run = await Killable.start({ env });
    await using pacs = await startPacs(run.pacsPort);
    for (const { baseline } of [dying, honest, later]) await run.send(baseline.all);
    for (const { baseline } of [dying, honest, later])
      await run.inState(baseline.StudyInstanceUID, 'waitingForBaseline');

    // The other waits behind it, or is scored before.
    await run.send([...dying.followUp.all, ...honest.followUp.all]);
    for (let died = 1; died <= 5; died += 1) {
      await until(`death ${died}`, async () => deaths() === died || undefined, { withinMs: 30_000 });
      // It may die again before it is ready.
      await run.earshot.start().catch(() => undefined);
    }
    await run.inState(dying.followUp.StudyInstanceUID, 'failed');
    await run.inState(honest.followUp.StudyInstanceUID, 'delivered');
    await run.send(later.followUp.all);
    await run.inState(later.followUp.StudyInstanceUID, 'delivered');

    const [row] = run.query<{ reasons: string }>(
      'SELECT "reasons" FROM "study" WHERE "StudyInstanceUID" = ?',
      dying.followUp.StudyInstanceUID,
    );
    const [reason] = JSON.parse(row?.reasons ?? '[]') as Reason[];
    expect(reason?.code).toBe('PROCESS_DIED');
    expect(reason?.text).toContain('Tried 5 times.');
    expect(deaths()).toBe(5);
    expect(run.query('SELECT * FROM "jobDeath"')).toEqual([]);
    for (const phantom of [honest, later]) run.expectOneReport(pacs, phantom);
    expect(pacs.reports.map(({ StudyInstanceUID }) => StudyInstanceUID)).not.toContain(
      dying.followUp.StudyInstanceUID,
    );
    run.expectNothingLost();
    await run.earshot.stop();
    await run.expectSound();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
