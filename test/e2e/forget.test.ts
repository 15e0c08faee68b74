import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/startup/open-database.ts';
import { isOnPostgres, jobKeys, testPlace } from '../support/databases.ts';
import { allRows } from '../support/patient-rows.ts';
import { type PhantomCase, phantomCase } from '../support/phantom-case.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { until } from '../support/until.ts';
import { type CliRun, isOneCodedLine, run } from '../unit/cli/run.ts';

/** The command as a second process would run it. */
async function forget({ dataDir }: Pick<RunningService, 'dataDir'>, ...args: string[]): Promise<CliRun> {
  const config = join(dataDir, 'earshot.yaml');
  writeFileSync(config, JSON.stringify(await testPlace(dataDir)));
  return run('forget', ...args, '--config', config);
}

/** A case that was scored and reported, with a picture beside its report. */
async function deliver(earshot: RunningService, name: string): Promise<PhantomCase> {
  const one = phantomCase(name);
  await earshot.send(one.baseline.all);
  await earshot.send(one.followUp.all);
  await earshot.inState(one.followUp.StudyInstanceUID, 'delivered');
  const { sql } = earshot.service.world.catalogue;
  await until('the end of all work', async () => {
    const due = await sql.query('SELECT 1 FROM "report" WHERE "due" IS NOT NULL');
    const open = await sql.query(`SELECT 1 FROM "delivery" WHERE "state" IN ('waiting', 'taken')`);
    return due.length + open.length + (await jobKeys(sql)).length === 0 || undefined;
  });
  return one;
}

const marksOf = ({ patient, baseline, followUp }: PhantomCase): string[] => [
  patient.PatientID,
  patient.PatientName,
  baseline.StudyInstanceUID,
  followUp.StudyInstanceUID,
];
const filesNaming = (dataDir: string, marks: readonly string[]): string[] =>
  readdirSync(dataDir, { recursive: true })
    .map(String)
    .filter((name) => marks.some((mark) => name.includes(mark)));

describe('a patient who is to be forgotten', () => {
  it('leaves catalogue and disk beside a running service, which has another patient as before and takes the first one anew', async () => {
    await using earshot = await startService({}, undefined, 'shipped');
    const { dataDir, service } = earshot;
    const { sql } = service.world.catalogue;
    // Associations are told of seconds after they ended.
    const naming = async (marks: readonly string[]) =>
      (await allRows(sql)).filter(
        (row) => marks.some((mark) => row.includes(mark)) && !row.includes('association.closed'),
      );
    const [gone, other] = [await deliver(earshot, 'forgotten'), await deliver(earshot, 'remembered')];
    const { PatientID, PatientName } = gone.patient;
    const before = await naming(marksOf(other));
    const places = filesNaming(dataDir, marksOf(other));
    expect(places.some((place) => place.startsWith('reports/'))).toBe(true);

    const asked = await forget(earshot, PatientID);
    expect(asked).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^study +2$.*^Nothing was removed/ms),
    });
    expect((await naming(marksOf(gone))).length).toBeGreaterThan(20);

    const done = await forget(earshot, PatientID, '--yes');
    expect(done).toMatchObject({ status: 0, err: '', out: expect.stringContaining('still there') });
    expect(await naming(marksOf(gone))).toEqual([]);
    expect(filesNaming(dataDir, marksOf(gone))).toEqual([]);
    expect(await naming(marksOf(other))).toEqual(before);
    expect(filesNaming(dataDir, marksOf(other))).toEqual(places);
    if (!isOnPostgres)
      for (const name of readdirSync(dataDir).filter((each) => each.startsWith('catalogue.sqlite')))
        for (const mark of [PatientID, PatientName])
          expect(readFileSync(join(dataDir, name)).includes(mark), `${mark} in ${name}`).toBe(false);

    const lines = await sql.query<Record<string, string>>(
      `SELECT * FROM "audit" WHERE "action" = 'patients.forget' ORDER BY "id"`,
    );
    expect(lines).toMatchObject([{ actor: 'command line', outcome: 'done', subjectKind: 'patient' }]);
    expect(lines[0]!['subjectId']).toMatch(/^[0-9a-f]{20}$/);
    expect(JSON.stringify(lines)).not.toContain(PatientID);

    expect((await allRows(sql)).filter((row) => row.includes(gone.followUp.StudyInstanceUID))).toEqual([]);
    const again = await forget(earshot, PatientID, '--yes');
    expect(isOneCodedLine(again, 'INPUT_NOT_FOUND'), again.err).toBe(true);
    expect(again.status).toBe(1);
    const sent = earshot.arrived(gone.followUp.StudyInstanceUID).length;
    expect(sent, 'what a destination has stays there').toBeGreaterThan(0);
    await deliver(earshot, 'forgotten');
    expect(earshot.arrived(gone.followUp.StudyInstanceUID).length).toBeGreaterThan(sent);
  });

  it('leaves nothing behind when the service is stopped, whatever was under way', async () => {
    const earshot = await startService();
    const { dataDir } = earshot;
    const gone = await deliver(earshot, 'forgotten-at-rest');
    await earshot.service.world.catalogue.sql.query(`UPDATE "study" SET "state" = 'scoring'`);
    await earshot.service[Symbol.asyncDispose]();
    const done = await forget(earshot, gone.patient.PatientID, '--yes');
    expect(done).toMatchObject({ status: 0, err: '' });
    expect(filesNaming(dataDir, marksOf(gone))).toEqual([]);
    const sql = await openDatabase(await testPlace(dataDir));
    expect((await allRows(sql)).filter((row) => row.includes(gone.patient.PatientID))).toEqual([]);
    await sql.close();
    await earshot[Symbol.asyncDispose]();
  });
});
