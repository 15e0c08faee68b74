import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeAnew, writeIndexesAnew } from '../../../adapters/database/overwrite-deleted.ts';
import { openPostgres } from '../../../adapters/database/postgres.ts';
import { openSqlite } from '../../../adapters/database/sqlite.ts';
import { filesBelow } from '../../../adapters/disk/files-below.ts';
import { openInstanceFiles } from '../../../adapters/disk/instance-files.ts';
import { openEmbeddedQueue } from '../../../adapters/queue/embedded.ts';
import { forgettingJobs } from '../../../adapters/queue/jobs-of.ts';
import { Catalogue } from '../../../src/catalogue/catalogue.ts';
import { migrate } from '../../../src/catalogue/migrate.ts';
import { forgetPatient, planForgetting } from '../../../src/pipeline/forget-patient.ts';
import { laterBeginning } from '../../../src/pipeline/receive.ts';
import { removeFiles, retire } from '../../../src/pipeline/retire.ts';
import type { InstanceFiles, Sql, Statement } from '../../../src/ports.ts';
import { loadMigrations } from '../../../src/startup/load.ts';
import { openQueueAt } from '../../../src/startup/open-database.ts';
import { isOnPostgres, jobKeys, newDatabase, tableNames } from '../../support/databases.ts';
import { keptLog } from '../../support/log.ts';
import {
  allRows,
  fillForPatient,
  OF_NO_PATIENT,
  patientOfRows,
  patientTables,
  type RowsOfPatient,
  rowsInto,
} from '../../support/patient-rows.ts';
import { until } from '../../support/until.ts';

const ANN = patientOfRows('2.25.7100044', 'ID-7100044', 'Ann^Forgotten');
const BEA = patientOfRows('2.25.8200055', 'ID-8200055', 'Bea^Remembered');
const clock = () => new Date(Date.UTC(2026, 0, 1));

let dataDir: string;
let sql: Sql;
let url = '';
let catalogue: Catalogue;
let files: InstanceFiles;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'earshot-forget-'));
  if (isOnPostgres) url = await newDatabase();
  sql = isOnPostgres
    ? await openPostgres(url, { maxConnections: 4, idleSeconds: 1 })
    : openSqlite(join(dataDir, 'catalogue.sqlite'));
  await migrate(sql, loadMigrations(), clock());
  if (!isOnPostgres) await openEmbeddedQueue({ sql, clock, log: keptLog() });
  catalogue = new Catalogue(sql, clock);
  files = await openInstanceFiles(dataDir);
});
afterEach(async () => {
  await sql.close();
  await rm(dataDir, { recursive: true, force: true });
});

const worldOf = (isServed: boolean) => ({
  catalogue,
  clock,
  isServed,
  filesBelow: (folder: string) => filesBelow(dataDir, folder),
  forgettingJobs: (uids: readonly string[]) =>
    forgettingJobs(sql, isOnPostgres ? 'postgres' : 'sqlite', uids, isServed),
});
async function forget(
  PatientID: string,
  { issuer, isServed = true }: { issuer?: string; isServed?: boolean } = {},
) {
  const world = worldOf(isServed);
  await forgetPatient(world, await planForgetting(world, PatientID, issuer));
  await removeFiles({ catalogue, files });
}
const naming = async (marks: readonly string[]): Promise<string[]> =>
  (await allRows(sql)).filter((row) => marks.some((mark) => row.includes(mark)));
const onDisk = async (): Promise<string[]> =>
  (await readdir(dataDir, { recursive: true })).filter((name) => name.endsWith('.dcm')).sort();

/** So many that pages of the database are split, joined and chained. */
async function fillPages(each: number): Promise<void> {
  const rows: Statement[] = [];
  const makers = await Promise.all(
    [ANN, BEA].map(async (of) => ({
      of,
      event: await rowsInto(sql, 'event', of),
      instance: await rowsInto(sql, 'instance', of),
      series: await rowsInto(sql, 'series', of),
    })),
  );
  for (let at = 0; at < each; at++)
    for (const { of, event, instance, series } of makers) {
      const SOPInstanceUID = `${of.instance}.${at}`;
      rows.push(
        event({ sequence: `${at} ${of.PatientID}` }),
        instance({ SOPInstanceUID, file: `instances/${of.study}/s/${SOPInstanceUID}.dcm` }),
      );
      if (at % 20 > 0) continue;
      const header = JSON.stringify({ PatientName: of.PatientName, text: of.PatientID.repeat(2000) });
      rows.push(series({ SeriesInstanceUID: `${of.study}.${at}`, header }));
    }
  await sql.batch(rows);
}

/** A line of the story of the patients table. */
async function tellRecord(of: RowsOfPatient): Promise<void> {
  const { PatientID, IssuerOfPatientID } = of;
  const detail = JSON.stringify({ before: null, after: { PatientID, IssuerOfPatientID } });
  const event = await rowsInto(sql, 'event', of);
  await sql.batch([event({ StudyInstanceUID: '', sequence: `p ${PatientID}`, detail })]);
}

const filesOf = (of: RowsOfPatient): string[] => [
  `instances/${of.study}/s/${of.instance}.1.dcm`,
  `instances/${of.study}/s/unnamed.dcm`,
  `later/${of.PatientID}-conflict.dcm`,
  `${laterBeginning(of.instance)}unnamed.dcm`,
  `reports/${of.study}/${of.report}.dcm`,
];

/** Both patients in every table and on the disk. */
async function fillBoth(each = 0): Promise<void> {
  for (const of of [ANN, BEA]) {
    await fillForPatient(sql, of);
    await tellRecord(of);
    for (const place of filesOf(of)) await files.put(place, Buffer.from(place));
  }
  await fillPages(each);
}

describe('forgetting a patient', () => {
  it('leaves no row in any table and no file that names the patient, and another patient as before', async () => {
    await fillBoth();
    const [before, others] = [await naming(ANN.marks), await naming(BEA.marks)];
    for (const table of await patientTables(sql))
      expect(before, table).toContainEqual(expect.stringMatching(`^${table} `));
    await forget(ANN.PatientID);
    expect(await naming(ANN.marks)).toEqual([]);
    expect(await naming(BEA.marks)).toEqual(others);
    expect(await sql.query('SELECT 1 FROM "removal"')).toEqual([]);
    expect(await onDisk()).toEqual(filesOf(BEA).sort());
    expect(await readdir(join(dataDir, 'instances'))).toEqual([BEA.study]);
    await expect(forget(ANN.PatientID)).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' });
  });

  it.skipIf(isOnPostgres).each([
    ['the file is', writeAnew],
    ['its indexes are', writeIndexesAnew],
  ])('leaves no byte in a SQLite file that names the patient when %s written anew', async (_, overwrite) => {
    await fillBoth(400);
    await forget(ANN.PatientID);
    await overwrite(sql);
    await sql.close();
    for (const name of (await readdir(dataDir)).filter((each) => each.startsWith('catalogue.'))) {
      const bytes = await readFile(join(dataDir, name));
      for (const mark of ANN.marks) expect(bytes.includes(mark), `${mark} in ${name}`).toBe(false);
      expect(bytes.includes(BEA.PatientName)).toBe(true);
    }
  });

  it('knows of each table that there is whether it is of patients', async () => {
    const there = await tableNames(sql);
    // The queue of SQLite is a table; move's are made with the others.
    expect(Object.keys(OF_NO_PATIENT).filter((table) => !there.includes(table))).toEqual([]);
  });

  it('says how much would go, and removes nothing before it is told to', async () => {
    await fillBoth();
    const before = await allRows(sql);
    const { counts } = await planForgetting(worldOf(true), ANN.PatientID);
    expect(Object.fromEntries(counts)).toMatchObject({
      study: 1,
      report: 1,
      event: 1,
      file: 5,
      identity: 2,
    });
    expect(await allRows(sql)).toEqual(before);
  });

  it('waits for what is being done with the patient, and not for what is being done with another', async () => {
    await fillBoth();
    const receiving = (of: RowsOfPatient, at: number) =>
      sql.query('UPDATE "study" SET "state" = $1, "lastReceivedAt" = $2 WHERE "StudyInstanceUID" = $3', [
        'receiving',
        at,
        of.study,
      ]);
    await receiving(ANN, clock().getTime() - 60_000);
    const before = await allRows(sql);
    await expect(forget(ANN.PatientID)).rejects.toMatchObject({ code: 'PATIENT_UNDER_WAY' });
    expect(await allRows(sql), 'all or nothing').toEqual(before);
    await receiving(ANN, clock().getTime() - 3_600_000);
    await receiving(BEA, clock().getTime());
    await forget(ANN.PatientID);
    expect(await naming(ANN.marks)).toEqual([]);
  });

  it('waits for a job that runs, and takes away one that waits', async () => {
    await fillBoth();
    const log = keptLog();
    const boss = isOnPostgres ? await openQueueAt(url, { log }) : undefined;
    const queue = boss ?? (await openEmbeddedQueue({ sql, clock, log }));
    let [end, begun] = [() => {}, () => {}];
    const [ending, beginning] = [
      new Promise<void>((resolve) => (end = resolve)),
      new Promise<void>((resolve) => (begun = resolve)),
    ];
    const work = await queue.work('score', () => {
      begun();
      return ending;
    });
    const notBefore = new Date(clock().getTime() + 1e12);
    for (const of of [ANN, BEA])
      await queue.put({ kind: 'deliver', key: `${of.report} archive` }, { notBefore });
    await queue.put({ kind: 'score', key: ANN.study });
    await beginning;
    await expect(forget(ANN.PatientID)).rejects.toMatchObject({ code: 'PATIENT_UNDER_WAY' });
    await forget(BEA.PatientID);
    end();
    await until('the end of the job', async () => !(await jobKeys(sql)).includes(ANN.study) || undefined);
    expect((await jobKeys(sql)).filter((key) => key.includes('archive'))).toEqual([`${ANN.report} archive`]);
    await forget(ANN.PatientID);
    expect(await naming([...ANN.marks, ...BEA.marks])).toEqual([]);
    expect(await jobKeys(sql)).toEqual([]);
    await work[Symbol.asyncDispose]();
    await boss?.[Symbol.asyncDispose]();
  });

  it.skipIf(isOnPostgres)('minds no job that was cut off when nobody works', async () => {
    await fillBoth();
    await sql.query(`UPDATE "job" SET "state" = 'running'`);
    await expect(forget(ANN.PatientID)).rejects.toMatchObject({ code: 'PATIENT_UNDER_WAY' });
    await forget(ANN.PatientID, { isServed: false });
    expect(await jobKeys(sql)).toEqual([`${BEA.report} pacs`]);
  });

  it('finds a patient who was retired by what is left, also where no report was made', async () => {
    await fillBoth();
    await sql.query('DELETE FROM "localDelta"');
    await sql.query('DELETE FROM "patient"');
    await sql.query('DELETE FROM "patientMerge"');
    await sql.query('DELETE FROM "event"');
    const hasReport = `SELECT 1 FROM "report" WHERE "StudyInstanceUID" = '${ANN.study}'`;
    const needs = { catalogue, files, clock, log: keptLog(), retentionDays: 30, destinations: new Map() };
    await retire(needs);
    expect(await sql.query('SELECT 1 FROM "study"')).toEqual([]);
    expect(await sql.query(hasReport)).toHaveLength(1);
    for (const table of ['report', 'sentAs', 'begunForm', 'confirmation'])
      await sql.query(`DELETE FROM "${table}" WHERE "SOPInstanceUID" = '${BEA.report}'`);
    if (!isOnPostgres) for (const table of ['job', 'jobDeath']) await sql.query(`DELETE FROM "${table}"`);
    for (const of of [ANN, BEA]) {
      expect(await naming([of.study])).not.toEqual([]);
      await forget(of.PatientID);
    }
    expect(await naming([...ANN.marks, ...BEA.marks])).toEqual([]);
  });

  const identity = async (of: RowsOfPatient, IssuerOfPatientID: string) => {
    for (const table of ['study', 'patient'])
      await sql.query(`UPDATE "${table}" SET "IssuerOfPatientID" = $1 WHERE "PatientID" = $2`, [
        IssuerOfPatientID,
        of.PatientID,
      ]);
  };

  it('forgets what was merged with the patient, whichever Patient ID it is asked for', async () => {
    await fillBoth();
    await forget(`old ${ANN.PatientID}`);
    expect(await naming(ANN.marks)).toEqual([]);
    await sql.query('UPDATE "patientMerge" SET "IssuerOfPatientID" = $1', ['']);
    await forget(`old ${BEA.PatientID}`);
    expect(await naming(BEA.marks)).toEqual([]);
  });

  it('wants the issuer when several have issued the Patient ID, and then forgets one of them alone', async () => {
    await fillBoth();
    await sql.query('DELETE FROM "patientMerge"');
    const study = await rowsInto(sql, 'study', ANN);
    await sql.batch([study({ StudyInstanceUID: '2.25.99', IssuerOfPatientID: 'CLINIC' })]);
    await expect(forget(ANN.PatientID)).rejects.toMatchObject({ code: 'USAGE' });
    await expect(forget(ANN.PatientID, { issuer: 'NOBODY' })).rejects.toMatchObject({
      code: 'INPUT_NOT_FOUND',
    });
    await forget(ANN.PatientID, { issuer: 'CLINIC' });
    expect(await sql.query(`SELECT 1 FROM "study" WHERE "PatientID" = '${ANN.PatientID}'`)).toHaveLength(1);
    // One issuer is left: what has none is of the same patient.
    await identity(ANN, '');
    await forget(ANN.PatientID);
    expect(await naming(ANN.marks)).toEqual([]);
  });

  it('leaves a study that a person gave to another patient', async () => {
    await fillBoth();
    await sql.query('DELETE FROM "patientMerge"');
    await sql.query('UPDATE "study" SET "PatientID" = $1 WHERE "PatientID" = $2', [
      BEA.PatientID,
      ANN.PatientID,
    ]);
    await forget(ANN.PatientID);
    expect(await sql.query('SELECT 1 FROM "study"')).toHaveLength(2);
    expect(await sql.query('SELECT 1 FROM "report"')).toHaveLength(2);
  });
});
