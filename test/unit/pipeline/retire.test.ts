import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite } from '../../../adapters/database/sqlite.ts';
import { openInstanceFiles } from '../../../adapters/disk/instance-files.ts';
import { Catalogue } from '../../../src/catalogue/catalogue.ts';
import { migrate } from '../../../src/catalogue/migrate.ts';
import type { ReportKind, ReportRow } from '../../../src/catalogue/rows.ts';
import { readPart10, writePart10 } from '../../../src/dicom/part10.ts';
import { receive } from '../../../src/pipeline/receive.ts';
import { retire } from '../../../src/pipeline/retire.ts';
import type { InstanceFiles } from '../../../src/ports.ts';
import { loadMigrations } from '../../../src/startup/load.ts';
import type { StudyState } from '../../../src/study/lifecycle.ts';
import { ctSlice, datasetOf } from '../../support/ct-slice.ts';
import { keptLog } from '../../support/log.ts';
import { silentMeter } from '../../support/silent-meter.ts';
import { type OpenedCatalogue, openedCatalogue } from '../catalogue/opened.ts';

const DAY = 86_400_000;
let dataDir: string;
let files: InstanceFiles;
let opened: OpenedCatalogue;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'earshot-retire-'));
  files = await openInstanceFiles(dataDir);
  opened = await openedCatalogue();
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

async function arrive(study: string, PatientID: string, seed = 1): Promise<void> {
  const dataset = readPart10(ctSlice({ study, size: 8, seed }));
  const file = Buffer.from(writePart10({ ...dataset, PatientID }));
  const announced = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.2', SOPInstanceUID: `${study}.2.1` };
  const incoming = files.receive({ ...announced, TransferSyntaxUID: '1.2.840.10008.1.2.1' });
  incoming.write(datasetOf(file));
  const world = {
    catalogue: opened.catalogue,
    files,
    log: keptLog(),
    meter: silentMeter,
    limits: { minFreeBytes: 0, maxComparedBytes: 2 ** 20 },
  };
  await receive(world, incoming, { ...announced, from: 'SCANNER' });
}

const inState = (study: string, state: StudyState) =>
  opened.sql.query('UPDATE "study" SET "state" = $2 WHERE "StudyInstanceUID" = $1', [study, state]);
const retiring = (
  retentionDays: number | undefined,
  over: Partial<InstanceFiles> = {},
  destinations: readonly string[] = [],
  reportDays?: number,
) =>
  retire({
    catalogue: opened.catalogue,
    files: { ...files, ...over },
    clock: opened.clock,
    log: keptLog(),
    retentionDays,
    reportDays,
    destinations: new Map(destinations.map((name) => [name, {} as never])),
  });
/** A catalogue on SQLite in a file, as in service. */
async function openedOnDisk(file: string): Promise<OpenedCatalogue> {
  const sql = openSqlite(file);
  await migrate(sql, loadMigrations(), opened.clock());
  return { ...opened, sql, catalogue: new Catalogue(sql, opened.clock) };
}

it('nothing of a patient whose story was retired too is left in the files of a SQLite catalogue while the service goes on', async () => {
  const file = join(dataDir, 'catalogue.sqlite');
  opened = await openedOnDisk(file);
  await arrive('2.25.77', 'PATIENT-TO-FORGET');
  const holding = async (): Promise<string[]> => {
    const ends = ['', '-wal'];
    const each = await Promise.all(ends.map(async (end) => readFile(`${file}${end}`, 'latin1')));
    return ends.filter((_, at) => each[at]?.includes('PATIENT-TO-FORGET'));
  };
  expect(await holding()).toEqual(['-wal']);
  await opened.sql.query('PRAGMA wal_checkpoint(FULL)');
  expect(await holding()).toEqual(['', '-wal']);
  await inState('2.25.77', 'notEligible');
  opened.tick(31 * DAY);
  await retiring(30);
  expect(await opened.sql.query('SELECT 1 FROM "study"')).toEqual([]);
  // By its story the patient is found when it is to be forgotten.
  expect(await holding()).toEqual(['']);
  opened.tick(31 * DAY);
  await retiring(30, {}, [], 30);
  expect(await opened.sql.query('SELECT 1 FROM "event"')).toEqual([]);
  expect(await holding()).toEqual([]);
  await opened.sql.close();
});

const onDisk = async () =>
  (await readdir(dataDir, { recursive: true })).filter((name) => name.endsWith('.dcm')).length;
const studies = async () => (await opened.sql.query('SELECT 1 FROM "study"')).length;

describe('retention', () => {
  it('takes a patient at rest off disk and catalogue, and leaves the story of each case', async () => {
    await arrive('2.25.1', 'A');
    await arrive('2.25.2', 'A');
    // other pixels under a known UID lie apart, and go too
    await arrive('2.25.2', 'A', 9);
    await inState('2.25.1', 'notEligible');
    await inState('2.25.2', 'delivered');
    expect(await onDisk()).toBe(3);
    await opened.sql.batch(
      [
        `"fetch" VALUES ('2.25.2', 0, 1, NULL, 1, 1, '[]')`,
        `"prior" VALUES ('2.25.1', 'pacs', '2.25.2', 1), ('2.25.404', 'pacs', '2.25.2', 1)`,
        `"archivedCount" VALUES ('2.25.2', 1, NULL, 1)`,
        `"maskRequest" VALUES ('2.25.2', 'draw', '', 'sent', 1, 1, 1, 1, NULL)`,
      ].map((row) => ({ text: `INSERT INTO ${row}` })),
    );
    opened.tick(31 * DAY);
    await retiring(30);
    expect([await studies(), await onDisk()]).toEqual([0, 0]);
    expect(await readdir(join(dataDir, 'instances'))).toEqual([]);
    const asked = ['fetch', 'prior', 'archivedCount', 'maskRequest'];
    for (const table of [...asked, 'series', 'instance', 'mask', 'conflict', 'superseded', 'removal']) {
      expect(await opened.sql.query(`SELECT 1 FROM "${table}"`)).toEqual([]);
    }
    const kinds = (await opened.catalogue.eventsOf('2.25.2')).map(({ kind }) => kind);
    expect(kinds).toContain('study.retired');
  });
  it('takes what came of reports of a patient with the patient, or when no study of the patient ever came', async () => {
    const found = (uid: string, PatientID: string, at: Date) => [
      opened.sql.query(
        `INSERT INTO "foundReport" VALUES ($1, '1', '1', $2, '', '', '', '', '', '', '', '[]', NULL, $3)`,
        [uid, PatientID, at.getTime()],
      ),
      opened.sql.query(`INSERT INTO "foundRejection" VALUES ($1, '1', '1', $2, '', '', '', $3)`, [
        uid,
        PatientID,
        at.getTime(),
      ]),
    ];
    const left = async () => [
      (await opened.sql.query('SELECT "SOPInstanceUID" FROM "foundReport" ORDER BY 1')).length,
      (await opened.sql.query('SELECT "SOPInstanceUID" FROM "foundRejection" ORDER BY 1')).length,
    ];
    await arrive('2.25.1', 'A');
    await inState('2.25.1', 'held');
    for (const [uid, patient] of [
      ['2.25.10', 'A'],
      ['2.25.11', 'B'],
    ] as const)
      await Promise.all(found(uid, patient, opened.clock()));
    await retiring(30);
    expect(await left()).toEqual([2, 2]);
    opened.tick(31 * DAY);
    await retiring(undefined);
    expect(await left()).toEqual([2, 2]);
    await retiring(30);
    expect(await left()).toEqual([1, 1]);
    await inState('2.25.1', 'delivered');
    await retiring(30);
    expect(await left()).toEqual([0, 0]);
  });
  it('leaves a file that could not be removed and in which the object then came again', async () => {
    await arrive('2.25.1', 'A');
    await inState('2.25.1', 'delivered');
    opened.tick(31 * DAY);
    const remove = () => Promise.reject(new Error('busy'));
    await retiring(30, { remove });
    expect([await studies(), await onDisk()]).toEqual([0, 1]);
    await arrive('2.25.1', 'A');
    await retiring(30);
    expect([await studies(), await onDisk()]).toEqual([1, 1]);
    expect(await opened.sql.query('SELECT 1 FROM "removal"')).toEqual([]);
  });
  it.each<[string, StudyState]>([
    ['is held', 'held'],
    ['waits for a mask', 'waitingForMask'],
    ['could not be delivered', 'deliveryFailed'],
  ])('keeps a patient of whom one case %s, the baseline too', async (_, state) => {
    await arrive('2.25.1', 'A');
    await arrive('2.25.2', 'A');
    await inState('2.25.1', 'delivered');
    await inState('2.25.2', state);
    opened.tick(400 * DAY);
    await retiring(30);
    expect([await studies(), await onDisk()]).toEqual([2, 2]);
  });
  it('keeps a patient who came lately, and everybody when no number of days is set', async () => {
    await arrive('2.25.1', 'A');
    await inState('2.25.1', 'delivered');
    opened.tick(400 * DAY);
    await retiring(undefined);
    await arrive('2.25.2', 'A');
    await inState('2.25.2', 'delivered');
    opened.tick(29 * DAY);
    await retiring(30);
    expect([await studies(), await onDisk()]).toEqual([2, 2]);
    opened.tick(2 * DAY);
    await retiring(30);
    expect([await studies(), await onDisk()]).toEqual([0, 0]);
  });
  it('goes on with the other files when one cannot be removed, and has that one gone later', async () => {
    for (const study of ['2.25.1', '2.25.2']) {
      await arrive(study, 'A');
      await inState(study, 'delivered');
    }
    opened.tick(31 * DAY);
    const remove: InstanceFiles['remove'] = (file) =>
      file.includes('2.25.1/') ? Promise.reject(new Error('busy')) : files.remove(file);
    await retiring(30, { remove });
    expect([await studies(), await onDisk()]).toEqual([0, 1]);
    await retiring(30);
    expect(await onDisk()).toBe(0);
  });
  it('takes back a patient who comes again', async () => {
    await arrive('2.25.1', 'A');
    await inState('2.25.1', 'delivered');
    opened.tick(31 * DAY);
    await retiring(30);
    await arrive('2.25.1', 'A');
    expect([await studies(), await onDisk()]).toEqual([1, 1]);
  });

  const object = (SOPInstanceUID: string, companionOf: string | null, kind: ReportKind): ReportRow => ({
    SOPInstanceUID,
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.33',
    SeriesInstanceUID: `${SOPInstanceUID}.1`,
    StudyInstanceUID: '2.25.1',
    file: `reports/${SOPInstanceUID}.dcm`,
    digest: 'd',
    inputs: 'i',
    result: {},
    ContentDate: '20260101',
    kind,
    language: 'en',
    companionOf,
    heldBecause: null,
    due: null,
  });

  it('takes a patient whose report no destination wants, but not one whose report waits for one', async () => {
    await arrive('2.25.1', 'A');
    await inState('2.25.1', 'reported');
    await opened.sql.batch(opened.reports.adding(object('2.25.50', null, 'sr'), []));
    opened.tick(31 * DAY);
    await retiring(30);
    expect(await studies(), 'without a destination a report waits for one').toBe(1);
    await opened.sql.batch(opened.reports.adding(object('2.25.51', '2.25.50', 'picture'), ['pacs']));
    await retiring(30, {}, ['pacs']);
    expect(await studies()).toBe(1);
    await opened.sql.query('DELETE FROM "delivery"');
    await retiring(30, {}, ['pacs']);
    expect(await studies()).toBe(0);
    expect(await opened.reports.companionsOf('2.25.50'), 'reports and what is beside them stay').toHaveLength(
      1,
    );
  });

  it('ends what waits beside the report of a case that is not eligible any more, and no rejection note', async () => {
    await arrive('2.25.1', 'A');
    await inState('2.25.1', 'notEligible');
    for (const each of [
      object('2.25.50', null, 'sr'),
      object('2.25.51', '2.25.50', 'picture'),
      object('2.25.52', null, 'note'),
    ]) {
      await opened.sql.batch(opened.reports.adding(each, ['pacs']));
    }
    opened.tick(31 * DAY);
    await retiring(30, {}, ['pacs']);
    expect(await studies()).toBe(0);
    const rows = await opened.reports.deliveriesOf('2.25.1');
    expect(rows.map(({ state }) => state)).toEqual(['superseded', 'superseded', 'waiting']);
  });

  it('takes reports and stories so long after their studies, and none that is awaited or whose study came again', async () => {
    for (const study of ['2.25.1', '2.25.2', '2.25.3']) {
      await arrive(study, `P${study}`);
      await inState(study, 'delivered');
      const uid = `${study}.50`;
      const report = {
        ...object(uid, null, 'sr'),
        StudyInstanceUID: study,
        file: `reports/${study}/${uid}.dcm`,
      };
      await opened.sql.batch(opened.reports.adding(report, study === '2.25.2' ? ['pacs'] : []));
      await files.put(report.file, Buffer.from('report'));
    }
    const left = async () => [
      (
        await opened.sql.query<{ uid: string }>('SELECT "StudyInstanceUID" AS "uid" FROM "report" ORDER BY 1')
      ).map(({ uid }) => uid),
      await readdir(join(dataDir, 'reports')),
    ];
    opened.tick(31 * DAY);
    await inState('2.25.2', 'notEligible');
    await retiring(30, {}, [], 60);
    await opened.sql.query(`UPDATE "delivery" SET "state" = 'waiting'`);
    expect(await studies()).toBe(0);
    opened.tick(59 * DAY);
    await retiring(30, {}, ['pacs'], 60);
    const all = ['2.25.1', '2.25.2', '2.25.3'];
    expect(await left()).toEqual([all, all]);
    await arrive('2.25.3', 'P2.25.3');
    opened.tick(2 * DAY);
    await retiring(30, {}, ['pacs'], undefined);
    expect(await left(), 'without reportDays they stay').toEqual([all, all]);
    await retiring(30, {}, ['pacs'], 60);
    expect(await left()).toEqual([
      ['2.25.2', '2.25.3'],
      ['2.25.2', '2.25.3'],
    ]);
    expect(await opened.catalogue.eventsOf('2.25.1')).toEqual([]);
    expect(await opened.catalogue.eventsOf('2.25.2')).not.toEqual([]);
    // Nobody waits for a node that is not there any more.
    await retiring(30, {}, [], 60);
    expect((await left())[0]).toEqual(['2.25.3']);
  });
});
