/** A catalogue that lost rows: what was acknowledged lies in the data folder, and must not be forgotten. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPart10 } from '../../src/dicom/part10.ts';
import { asFault } from '../../src/fault.ts';
import { datasetOf } from '../support/ct-slice.ts';
import { isOnPostgres } from '../support/databases.ts';
import { type PhantomCase, phantomCase } from '../support/phantom-case.ts';
import { startService } from '../support/running-service.ts';
import { sha256 } from '../support/sha256.ts';
import { until } from '../support/until.ts';
import { run } from '../unit/cli/run.ts';

const FRAME_BYTES = 24 + 4096;
const WAL_HEAD_BYTES = 32;

let folder: string;
/** The data folder of a service as a kill leaves it, and the report that it had delivered. */
let killed: string;
let phantom: PhantomCase;
let delivered: string;

beforeAll(async () => {
  if (isOnPostgres) return;
  folder = mkdtempSync(join(tmpdir(), 'earshot-lost-rows-'));
  killed = join(folder, 'killed');
  await using service = await startService();
  phantom = phantomCase('lost-rows');
  await service.send(phantom.baseline.all);
  await service.inState(phantom.baseline.StudyInstanceUID, 'waitingForBaseline');
  await service.send(phantom.followUp.all);
  await service.inState(phantom.followUp.StudyInstanceUID, 'delivered');
  delivered = service.arrived(phantom.followUp.StudyInstanceUID)[0]!.SOPInstanceUID;
  cpSync(service.dataDir, killed, { recursive: true });
});
afterAll(() => {
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** That folder once more; what `change` does to its catalogue, whose path it gets, is the fault. */
function copied(name: string, change: (file: string) => void): string {
  const dataDir = join(folder, name);
  cpSync(killed, dataDir, { recursive: true });
  change(join(dataDir, 'catalogue.sqlite'));
  return dataDir;
}

const faultOf = (dataDir: string): Promise<string> =>
  startService({ dataDir }).then(
    async (service) => {
      await service[Symbol.asyncDispose]();
      return 'it started';
    },
    (thrown: unknown) => asFault(thrown).message,
  );

/** Ends of committed transactions in a write-ahead log, as frame numbers. */
function commitsIn(wal: Buffer): number[] {
  const salt = wal.subarray(16, 24);
  const frames = Array.from(
    { length: Math.floor((wal.length - WAL_HEAD_BYTES) / FRAME_BYTES) },
    (_, at) => at,
  );
  return frames.filter((at) => {
    const head = wal.subarray(WAL_HEAD_BYTES + at * FRAME_BYTES);
    return head.subarray(8, 16).equals(salt) && head.readUInt32BE(4) > 0;
  });
}

/** Changes one byte in the page of a frame of the write-ahead log. */
function hurt(file: string, frameOf: (commits: readonly number[]) => number): void {
  const wal = readFileSync(`${file}-wal`);
  const at = WAL_HEAD_BYTES + frameOf(commitsIn(wal)) * FRAME_BYTES + 24 + 100;
  wal[at] = wal[at]! ^ 0xff;
  writeFileSync(`${file}-wal`, wal);
}

const acknowledged = (): number => phantom.baseline.all.length + phantom.followUp.all.length;

describe.skipIf(isOnPostgres)('a write-ahead log that a kill left', () => {
  it('and in which one byte is wrong with committed transactions behind it is refused at the start, and not touched', async () => {
    const dataDir = copied('byte', (file) => hurt(file, (commits) => commits[commits.length >> 1]!));
    const wal = readFileSync(join(dataDir, 'catalogue.sqlite-wal'));
    expect(await faultOf(dataDir)).toMatch(
      /^CATALOGUE_DAMAGED: .*write-ahead log.*restore the newest backup/,
    );
    expect(readFileSync(join(dataDir, 'catalogue.sqlite-wal')).equals(wal)).toBe(true);
  });

  it('and in which one byte is wrong is not touched by any command either: SQLite would drop what is behind it', async () => {
    const dataDir = copied('byte-beside', (file) => hurt(file, (commits) => commits[commits.length >> 1]!));
    const wal = readFileSync(join(dataDir, 'catalogue.sqlite-wal'));
    const config = ['--config', join(folder, 'beside.yaml')];
    writeFileSync(config[1]!, JSON.stringify({ dataDir }), { mode: 0o600 });
    const table = join(folder, 'patients.csv');
    writeFileSync(table, 'PatientID,drug\nP1,osimertinib\n');
    for (const command of [
      ['deliveries'],
      ['forget', 'NOBODY'],
      ['patients', 'import', table],
      ['backup', join(folder, 'of-damaged.tar')],
    ])
      expect((await run(...command, ...config)).err, command[0]).toMatch(/^earshot: CATALOGUE_DAMAGED: /);
    expect(readFileSync(join(dataDir, 'catalogue.sqlite-wal')).equals(wal)).toBe(true);
    expect(existsSync(join(folder, 'of-damaged.tar'))).toBe(false);
  });

  it('and whose last transaction was torn opens without it, as after every power cut', async () => {
    const dataDir = copied('torn', (file) => hurt(file, (commits) => commits.at(-1)!));
    expect(await faultOf(dataDir)).toBe('it started');
  });

  it('and that is whole opens with everything', async () => {
    const dataDir = copied('whole', () => undefined);
    await using service = await startService({ dataDir });
    const rows = await service.service.world.catalogue.sql.query('SELECT 1 FROM "instance"');
    expect(rows).toHaveLength(acknowledged());
  });
});

describe.skipIf(isOnPostgres)('files in the data folder that the catalogue does not name', () => {
  it('are taken in as if they had just come: no acknowledged object is forgotten, and the report has the UID that it had', async () => {
    const dataDir = copied('rolled-back', (file) => rmSync(`${file}-wal`));
    await using service = await startService({ dataDir });
    const { catalogue } = service.service.world;
    await service.inState(phantom.followUp.StudyInstanceUID, 'delivered', 60_000);
    await until('all objects', async () => {
      const rows = await catalogue.sql.query('SELECT 1 FROM "instance"');
      return rows.length === acknowledged() || undefined;
    });
    const again = service.arrived(phantom.followUp.StudyInstanceUID);
    expect(again.map(({ SOPInstanceUID }) => SOPInstanceUID)).toEqual([delivered]);
    const named = await catalogue.sql.query<{ file: string }>('SELECT "file" FROM "instance"');
    for (const { file } of named) expect(existsSync(join(dataDir, file))).toBe(true);
    await until('no file without a row', async () => filesIn(dataDir).length === named.length || undefined);
  });

  it('stay where they are when they are other bytes of an object that is known', async () => {
    const dataDir = copied('other-bytes', () => undefined);
    const [file] = filesIn(dataDir);
    const other = join(dataDir, 'later', `${'0'.repeat(32)}-${'1'.repeat(32)}.dcm`);
    mkdirSync(join(dataDir, 'later'), { recursive: true });
    const bytes = readFileSync(join(dataDir, file!));
    writeFileSync(other, Buffer.concat([bytes.subarray(0, -2), Buffer.of(1, 2)]));
    await using service = await startService({ dataDir });
    const { catalogue } = service.service.world;
    await service.send(phantom.baseline.all);
    await service.settled(phantom.patient.PatientID);
    expect(existsSync(other)).toBe(true);
    expect(await catalogue.sql.query('SELECT 1 FROM "conflict"')).toEqual([]);
    expect(await catalogue.sql.query('SELECT 1 FROM "superseded"')).toEqual([]);
  });

  it('stay where they are when they are not what was written, as a power cut leaves what was under way, and go when it is sent again', async () => {
    const dataDir = copied('torn-file', (file) => rmSync(`${file}-wal`));
    const named = namesIn(dataDir);
    const torn = join(
      dataDir,
      filesIn(dataDir).find((each) => !named.includes(each) && isSlice(dataDir, each))!,
    );
    const bytes = readFileSync(torn);
    writeFileSync(torn, Buffer.concat([bytes.subarray(0, -64), bytes.subarray(-64).map((byte) => ~byte)]));
    await using service = await startService({ dataDir });
    const { catalogue } = service.service.world;
    const count = async () => (await catalogue.sql.query('SELECT 1 FROM "instance"')).length;
    await until('all others', async () => (await count()) === acknowledged() - 1 || undefined);
    expect(existsSync(torn)).toBe(true);
    await service.send(phantom.baseline.all);
    await service.send(phantom.followUp.all);
    expect(await count()).toBe(acknowledged());
    expect(await catalogue.sql.query('SELECT 1 FROM "conflict"')).toEqual([]);
    await until('no file without a row', async () => filesIn(dataDir).length === acknowledged() || undefined);
    const kept = filesIn(dataDir).map((each) => sha256(datasetOf(readFileSync(join(dataDir, each)))));
    expect(kept).toContain(sha256(datasetOf(bytes)));
  });

  it('stay where they are when they are no whole objects, and hold nothing up', async () => {
    const dataDir = copied('half', () => undefined);
    const [file] = filesIn(dataDir);
    const other = join(dataDir, file!.replace(/[^/]+$/, '2.25.999.dcm'));
    writeFileSync(other, readFileSync(join(dataDir, file!)).subarray(0, 1000));
    // What a file server leaves where a file is removed that somebody has open: no name of ours.
    const strange = join(dataDir, file!.replace(/[^/]+$/, '.nfs0001'));
    writeFileSync(strange, 'x');
    rmSync(join(dataDir, 'catalogue.sqlite-wal'));
    await using service = await startService({ dataDir });
    const { catalogue } = service.service.world;
    const count = async () => (await catalogue.sql.query('SELECT 1 FROM "instance"')).length;
    await until('all whole objects', async () => (await count()) === acknowledged() || undefined);
    for (const left of [other, strange]) expect(existsSync(left)).toBe(true);
  });
});

const isSlice = (dataDir: string, file: string): boolean =>
  readPart10(readFileSync(join(dataDir, file)))['Modality'] === 'CT';

/** What the catalogue on the disk names. */
function namesIn(dataDir: string): string[] {
  const catalogue = new Database(join(dataDir, 'catalogue.sqlite'), { readonly: true });
  const rows = catalogue.prepare<[], { file: string }>('SELECT "file" FROM "instance"').all();
  catalogue.close();
  return rows.map(({ file }) => file);
}

const filesIn = (dataDir: string): string[] =>
  ['instances', 'later']
    .filter((name) => existsSync(join(dataDir, name)))
    .flatMap((name) =>
      readdirSync(join(dataDir, name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(dataDir.length + 1)),
    );

describe.skipIf(isOnPostgres)('a catalogue that is gone while its files are here', () => {
  const refusal = /^CATALOGUE_DAMAGED: .*objects.*without.*catalogue.*restore the newest backup/;

  it('is refused at the start: nothing is made anew in its place', async () => {
    const dataDir = copied('absent', (file) => {
      for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
    });
    expect(await faultOf(dataDir)).toMatch(refusal);
    expect(existsSync(join(dataDir, 'catalogue.sqlite'))).toBe(false);
  });

  it('is refused too when a file of no bytes is left of it', async () => {
    const dataDir = copied('empty', (file) => {
      truncateSync(file, 0);
    });
    expect(await faultOf(dataDir)).toMatch(refusal);
    expect(readFileSync(join(dataDir, 'catalogue.sqlite'))).toHaveLength(0);
    expect(existsSync(join(dataDir, 'catalogue.sqlite-wal'))).toBe(true);
  });

  it('is none on a new installation, whose folder is absent or empty', async () => {
    const dataDir = join(folder, 'new');
    expect(await faultOf(dataDir)).toBe('it started');
    const empty = join(folder, 'new-empty');
    for (const name of ['instances', 'later']) mkdirSync(join(empty, name), { recursive: true });
    expect(await faultOf(empty)).toBe('it started');
  });
});
