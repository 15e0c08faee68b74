/**
 * PEERS.md section 3: a catalogue that is damaged, locked, newer, or cannot be written. EARSHOT_PAGES: how many pages of a catalogue
 * are damaged (default 30; all: the long form).
 */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSqlite } from '../../adapters/database/sqlite.ts';
import { sendFiles } from '../../adapters/dimse/sender.ts';
import { namedRandom } from '../../src/demo/random.ts';
import { readPart10 } from '../../src/dicom/part10.ts';
import { asFault } from '../../src/fault.ts';
import { configSchema } from '../../src/startup/config.ts';
import { start } from '../../src/startup/start.ts';
import { isOnPostgres, newDatabase, postgresMissing } from '../support/databases.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { faultOfStart, reportedCatalogue } from '../support/reported-catalogue.ts';
import { PACS, type RunningService, startService } from '../support/running-service.ts';
import { stow } from '../support/stow.ts';
import { until } from '../support/until.ts';

const PAGES = process.env['EARSHOT_PAGES'] ?? '30';
const PAGE_BYTES = 4096;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

let folder: string;
/** A catalogue in which two cases were reported. */
let whole: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-database-'));
  whole = await reportedCatalogue(join(folder, 'whole'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fault = async (dataDir: string): Promise<string> =>
  (await faultOfStart(dataDir))?.message ?? 'it started';

/** A data folder whose catalogue is made so. */
function dataFolder(name: string, make: (file: string) => void): string {
  const dataDir = join(folder, name);
  mkdirSync(dataDir, { recursive: true });
  make(join(dataDir, 'catalogue.sqlite'));
  return dataDir;
}

const overwrite = (file: string, page: number, bytes: Buffer): void => {
  const handle = openSync(file, 'r+');
  writeSync(handle, bytes, 0, bytes.length, (page - 1) * PAGE_BYTES);
  closeSync(handle);
};

function statusesOf(service: RunningService, files: readonly Uint8Array[]): Promise<(number | null)[]> {
  const node = {
    ...{ name: 'earshot', host: '127.0.0.1', port: service.service.dimsePort },
    ...{ aeTitle: 'EARSHOT', roles: [] },
  };
  return sendFiles(node, files, { callingAeTitle: PACS }).then((answers) =>
    answers.map(({ status }) => status),
  );
}

/** What a Store request of one object is told: to come again, and why. */
async function expectStowTellsToComeAgain(service: RunningService, file: Uint8Array): Promise<void> {
  const answer = await stow([file], { port: service.service.httpPort });
  const { SOPInstanceUID } = readPart10(file);
  expect([answer.status, answer.stored, answer.failed]).toEqual([503, [], [[SOPInstanceUID, 0xa700]]]);
  expect(answer.headers.get('retry-after')).toBe('60');
}

const readyz = async (service: RunningService): Promise<{ status: number; text: string }> => {
  const answer = await fetch(`http://127.0.0.1:${service.service.httpPort}/readyz`);
  return { status: answer.status, text: await answer.text() };
};

describe.skipIf(isOnPostgres)(
  'a catalogue that cannot be used is refused at the start, with what to do',
  () => {
    it('that is no database', async () => {
      const junk = dataFolder('junk', (file) =>
        writeFileSync(file, 'this is no database, however long it may be'),
      );
      expect(await fault(junk)).toMatch(/^CATALOGUE_DAMAGED: .*SQLITE_NOTADB.*restore the newest backup/);
      expect(readFileSync(join(junk, 'catalogue.sqlite'), 'utf8')).toMatch(/^this is no database/);
    });

    it('that has one damaged page', async () => {
      const dataDir = dataFolder('one-page', (file) => {
        copyFileSync(whole, file);
        const database = new Database(file, { readonly: true });
        const { rootpage } = database
          .prepare(`SELECT "rootpage" FROM "sqlite_schema" WHERE "name" = 'event'`)
          .get() as { rootpage: number };
        database.close();
        overwrite(file, rootpage, Buffer.alloc(PAGE_BYTES, 0xa5));
      });
      expect(await fault(dataDir)).toMatch(/^CATALOGUE_DAMAGED: .*quick_check.*restore the newest backup/);
    });

    it('that was cut off', async () => {
      const dataDir = dataFolder('cut', (file) => {
        const bytes = readFileSync(whole);
        writeFileSync(file, bytes.subarray(0, bytes.length / 2));
      });
      expect(await fault(dataDir)).toMatch(/^CATALOGUE_DAMAGED: .*restore the newest backup/);
    });

    it('that was written by a newer program', async () => {
      const dataDir = dataFolder('newer', (file) => {
        copyFileSync(whole, file);
        const database = new Database(file);
        database.exec(`INSERT INTO "migration" SELECT MAX("version") + 1, 0 FROM "migration"`);
        database.close();
      });
      expect(await fault(dataDir)).toMatch(/^SCHEMA_NEWER: .*Install that version or restore a backup/);
    });

    it('that another program holds for longer than is waited', async () => {
      const dataDir = dataFolder('held', (file) => copyFileSync(whole, file));
      const other = new Database(join(dataDir, 'catalogue.sqlite'));
      other.pragma('locking_mode = EXCLUSIVE');
      other.exec('BEGIN EXCLUSIVE');
      expect(await fault(dataDir)).toMatch(
        /^DATABASE_FAILED: .*SQLITE_BUSY: another program has locked the file/,
      );
      other.exec('ROLLBACK');
      other.close();
      expect(await fault(dataDir)).toBe('it started');
    });

    it('whose file or folder cannot be written', async () => {
      const dataDir = dataFolder('read-only', (file) => copyFileSync(whole, file));
      const outcome = await serveAsNobody(dataDir, () => chmodSync(join(dataDir, 'catalogue.sqlite'), 0o444));
      expect(outcome).toMatch(/^earshot: DATABASE_FAILED: .*SQLite: SQLITE_READONLY/m);
      const sealed = dataFolder('sealed', (file) => copyFileSync(whole, file));
      expect(await serveAsNobody(sealed, () => chmodSync(sealed, 0o555))).toMatch(
        /^earshot: DATABASE_FAILED: .*SQLite: SQLITE_(CANTOPEN|READONLY)/m,
      );
      chmodSync(sealed, 0o755);
    });
  },
);

/** What `earshot serve` says that has no rights beyond those of files: root may write everything. */
async function serveAsNobody(dataDir: string, seal: () => void): Promise<string> {
  const isRoot = process.getuid?.() === 0;
  const config = join(dataDir, 'earshot.yaml');
  writeFileSync(config, JSON.stringify({ dataDir, dimse: { port: 0 }, http: { port: 0 } }));
  const nobody = 65534;
  if (isRoot) {
    chmodSync(folder, 0o755);
    for (const path of [dataDir, join(dataDir, 'catalogue.sqlite')]) chownSync(path, nobody, nobody);
  }
  seal();
  const args = ['--import', 'tsx', join(ROOT, 'src/main.ts'), 'serve', '--config', config];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(isRoot ? { uid: nobody, gid: nobody } : {}),
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (said += bytes));
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  expect(status, said).toBe(1);
  return said;
}

describe.skipIf(isOnPostgres)('damage to the pages of a catalogue', () => {
  it(`is found at the start, whichever of its pages it is (noise over ${PAGES} of them)`, () => {
    const bytes = readFileSync(whole);
    const count = bytes.length / PAGE_BYTES;
    const random = namedRandom('damaged pages');
    const numbers = Array.from({ length: count }, (_, at) => at + 1);
    const some =
      PAGES === 'all' ? numbers : Array.from({ length: Number(PAGES) }, () => 1 + random.index(count));
    const noise = Buffer.from(Array.from({ length: PAGE_BYTES }, () => random.index(256)));
    const free = freePages(whole);
    const file = join(folder, 'page.sqlite');
    const found = some
      .filter((page) => !free.has(page))
      .map((page) => {
        copyFileSync(whole, file);
        overwrite(file, page, noise);
        return { page, code: codeOnOpening(file) };
      });
    const missed = found.filter(({ code }) => code !== 'CATALOGUE_DAMAGED');
    expect(found.length).toBeGreaterThan(0);
    process.stderr.write(
      `damaged pages: ${some.length} of ${count}, free ${free.size}; missed ${missed.length}\n`,
    );
    expect(missed).toEqual([]);
  });
});

function codeOnOpening(file: string): string {
  try {
    void openSqlite(file, { isChecked: true }).close();
    return 'opened';
  } catch (thrown) {
    return asFault(thrown).code;
  }
}

/** Pages that hold nothing: what is in them does not matter. */
function freePages(file: string): ReadonlySet<number> {
  const bytes = readFileSync(file);
  const free = new Set<number>();
  for (let trunk = bytes.readUInt32BE(32); trunk !== 0; ) {
    const at = (trunk - 1) * PAGE_BYTES;
    for (let leaf = 0; leaf < bytes.readUInt32BE(at + 4); leaf++)
      free.add(bytes.readUInt32BE(at + 8 + 4 * leaf));
    trunk = bytes.readUInt32BE(at);
  }
  return free;
}

describe.skipIf(isOnPostgres)('while the service runs', () => {
  it('a page that is damaged ends the intake with a code: nothing is acknowledged from then on, and readiness says why', async () => {
    await using service = await startService();
    const file = join(service.dataDir, 'catalogue.sqlite');
    const phantom = phantomCase('damaged-while-running');
    await service.send(phantom.baseline.all);
    await service.inState(phantom.baseline.StudyInstanceUID, 'waitingForBaseline');
    expect((await readyz(service)).status).toBe(200);

    // Another connection writes the log back into the file, so that the service reads its pages anew.
    const other = new Database(file);
    const roots = other
      .prepare(
        `SELECT "rootpage" FROM "sqlite_schema" WHERE "tbl_name" IN ('study', 'instance') AND "rootpage" > 0`,
      )
      .all() as { rootpage: number }[];
    other.exec(`INSERT INTO "setting" VALUES ('other', '1')`);
    other.pragma('wal_checkpoint(TRUNCATE)');
    other.close();
    for (const { rootpage } of roots) overwrite(file, rootpage, Buffer.alloc(PAGE_BYTES, 0xa5));

    await until(
      'readiness to say so',
      async () => ((await readyz(service)).status === 503 ? true : undefined),
      {
        withinMs: 10_000,
      },
    );
    expect((await readyz(service)).text).toMatch(/CATALOGUE_DAMAGED: .*restore the newest backup/);
    const statuses = await statusesOf(service, phantom.followUp.all);
    expect(new Set(statuses)).toEqual(new Set([0xa700]));
    await expectStowTellsToComeAgain(service, phantom.followUp.ct[0]!);
    expect((await fetch(`http://127.0.0.1:${service.service.httpPort}/healthz`)).status).toBe(200);
    expect(service.arrived(phantom.followUp.StudyInstanceUID)).toEqual([]);
    expect(service.incoming()).toEqual([]);
    // It stops in order, and says once more why.
    await expect(service.service[Symbol.asyncDispose]()).rejects.toThrow('CATALOGUE_DAMAGED');
  });

  it('a lock of another program stops nothing but the writing: senders are told to come again, and the case goes on after it', async () => {
    await using service = await startService();
    const phantom = phantomCase('locked-while-running');
    await service.send(phantom.baseline.all);
    const other = new Database(join(service.dataDir, 'catalogue.sqlite'));
    other.exec('BEGIN EXCLUSIVE');
    const sending = Promise.all([
      statusesOf(service, [phantom.followUp.ct[0]!]),
      expectStowTellsToComeAgain(service, phantom.followUp.ct[1]!),
    ]);
    const answered: number[] = [];
    for (let at = 0; at < 20; at++) {
      const started = performance.now();
      const answer = await fetch(`http://127.0.0.1:${service.service.httpPort}/readyz`);
      answered.push(performance.now() - started);
      expect(answer.status).toBe(200);
      await pause(200);
    }
    expect((await sending)[0]).toEqual([0xa700]);
    process.stderr.write(`locked: readiness answered in ${Math.round(Math.max(...answered))} ms at most\n`);
    expect(Math.max(...answered)).toBeLessThan(2000);
    other.exec('ROLLBACK');
    other.close();
    await service.send(phantom.followUp.all);
    await service.inState(phantom.followUp.StudyInstanceUID, 'delivered');
    expect(service.arrived(phantom.followUp.StudyInstanceUID)).toHaveLength(1);
  });

  it('a short lock of another program is not noticed by anybody', async () => {
    await using service = await startService();
    const phantom = phantomCase('briefly-locked');
    const other = new Database(join(service.dataDir, 'catalogue.sqlite'));
    const locking = (async () => {
      for (let at = 0; at < 20; at++) {
        other.exec('BEGIN EXCLUSIVE');
        await pause(100);
        other.exec('ROLLBACK');
        await pause(50);
      }
    })();
    await service.send(phantom.baseline.all);
    await service.send(phantom.followUp.all);
    await locking;
    other.close();
    await service.inState(phantom.followUp.StudyInstanceUID, 'delivered');
    expect(service.arrived(phantom.followUp.StudyInstanceUID)).toHaveLength(1);
  });
});

/** What was committed outlives a crash, as on any server that is no test's. */
const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };
const NO_SERVER = postgresMissing();
if (NO_SERVER) process.stderr.write(`A PostgreSQL that goes away: skipped, ${NO_SERVER}.\n`);

describe.skipIf(NO_SERVER !== undefined)('a PostgreSQL', () => {
  it('that goes away for a while: senders are told to come again, readiness says so, and the case goes on when it is back', async () => {
    await using server = (await startPostgres(DURABLE))!;
    await using service = await startService({ database: server.url, databaseConnections: 4 });
    const phantom = phantomCase('postgres-away');
    await service.send(phantom.baseline.all);
    await server.crash();
    expect((await readyz(service)).status).toBe(503);
    const [statuses] = await Promise.all([
      statusesOf(service, [phantom.followUp.ct[0]!]),
      expectStowTellsToComeAgain(service, phantom.followUp.ct[1]!),
    ]);
    expect(statuses).toEqual([0xa700]);
    await server.startAgain();
    await until('readiness', async () => ((await readyz(service)).status === 200 ? true : undefined));
    await service.send(phantom.followUp.all);
    await service.inState(phantom.followUp.StudyInstanceUID, 'delivered', 60_000);
    expect(service.arrived(phantom.followUp.StudyInstanceUID)).toHaveLength(1);
  });

  it('with the schema of a newer program is refused at the start', async () => {
    const database = await newDatabase();
    const dataDir = join(folder, 'postgres-newer');
    const config = configSchema.parse({
      dataDir,
      database,
      dimse: { host: '127.0.0.1', port: 0 },
      http: { host: '127.0.0.1', port: 0 },
      log: { level: 'silent' },
    });
    const service = await start(config, undefined, { isWarmedUp: false });
    const newer = `INSERT INTO "migration" SELECT MAX("version") + 1, 0 FROM "migration"`;
    await service.world.catalogue.sql.query(newer);
    await service[Symbol.asyncDispose]();
    await expect(start(config, undefined, { isWarmedUp: false })).rejects.toThrow(
      /^SCHEMA_NEWER: .*Install that version or restore a backup/,
    );
    expect(existsSync(dataDir)).toBe(true);
  });
});
