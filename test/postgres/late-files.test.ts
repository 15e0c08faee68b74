import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import { awaitedFiles } from '../../src/catalogue/awaited-files.ts';
import { postgresMissing } from '../support/databases.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { until } from '../support/until.ts';

/** A service on a folder to which other machines write, too. */
async function startOnSharedFolder(): Promise<RunningService> {
  const earshot = await startService({ completeness: { quietPeriodSeconds: 1.5 } });
  const shared = { jobSeconds: 0.3, readSeconds: 0.3 };
  const { awaited } = await openInstanceFiles(earshot.dataDir, { isBeside: true, shared });
  Object.assign(earshot.service.world.files, { awaited });
  return earshot;
}

/** One file of a series is not seen until `show`. */
async function hideOneOf(dataDir: string, study: string, series: string | undefined) {
  const names = await readdir(join(dataDir, 'instances', study));
  const folder = join(dataDir, 'instances', study, names.find((name) => name === series) ?? names[0] ?? '');
  const [file = ''] = await readdir(folder);
  await rename(join(folder, file), join(folder, 'hidden'));
  return { show: () => rename(join(folder, 'hidden'), join(folder, file)) };
}

const waits = ({ service }: RunningService) =>
  until('a job to wait', async () => {
    const { count } = await awaitedFiles(service.world.catalogue.sql, new Date());
    return count > 0 ? true : undefined;
  });
const storyOf = async ({ service }: RunningService, study: string) =>
  (await service.world.catalogue.eventsOf(study)).map(({ kind }) => kind);

describe.skipIf(postgresMissing())('a case with a file that its worker sees late', () => {
  test.each(['slice', 'mask'] as const)('is scored as any other when it is the %s', async (which) => {
    await using earshot = await startOnSharedFolder();
    const { baseline, followUp } = phantomCase(`late-${which}`);
    const study = followUp.StudyInstanceUID;
    await earshot.send([...baseline.all, ...followUp.all]);
    const names = await readdir(join(earshot.dataDir, 'instances', study));
    const maskSeries = names.find((name) => name !== followUp.SeriesInstanceUID);
    const series = which === 'slice' ? followUp.SeriesInstanceUID : maskSeries;
    const hidden = await hideOneOf(earshot.dataDir, study, series);
    await waits(earshot);
    const { state, reasons, attempts } = (await earshot.service.world.catalogue.study(study))!;
    expect(['complete', 'scoring']).toContain(state);
    expect({ reasons, attempts }).toEqual({ reasons: [], attempts: 0 });
    await hidden.show();
    await earshot.inState(study, 'delivered', 60_000);
    expect(earshot.arrived(study)).toHaveLength(1);
    const story = await storyOf(earshot, study);
    expect(
      story.filter((kind) => ['state.held', 'state.failed', 'state.notEvaluable'].includes(kind)),
    ).toEqual([]);
    expect((await awaitedFiles(earshot.service.world.catalogue.sql, new Date())).count).toBe(0);
  });

  test('is held, with what to do, when nobody has seen it for an hour', async () => {
    await using earshot = await startOnSharedFolder();
    const { baseline, followUp, patient } = phantomCase('gone');
    const study = followUp.StudyInstanceUID;
    await earshot.send([...baseline.all, ...followUp.all]);
    const hidden = await hideOneOf(earshot.dataDir, study, followUp.SeriesInstanceUID);
    await waits(earshot);
    const { catalogue } = earshot.service.world;
    await catalogue.sql.query('UPDATE "awaitedFile" SET "since" = "since" - 3600000');
    const { reasons } = await earshot.inState(study, 'held', 60_000);
    expect(reasons).toMatchObject([{ code: 'FILE_MISSING' }]);
    expect(reasons[0]?.text).toMatch(/restore the file from a backup, then retry the case/);
    expect(earshot.arrived(study)).toEqual([]);
    await hidden.show();
    await catalogue.lookAgain(patient.PatientID);
    await earshot.inState(study, 'delivered', 60_000);
    expect(earshot.arrived(study)).toHaveLength(1);
  });
});
