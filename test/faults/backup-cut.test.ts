/** A back-up or a restore that is stopped, killed, or has no room leaves nothing that counts, and nothing that lies about. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import tar from 'tar-stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { openSqlite } from '../../adapters/database/sqlite.ts';
import { migrate } from '../../src/catalogue/migrate.ts';
import { loadConfig, loadMigrations } from '../../src/startup/load.ts';
import { openBeside } from '../../src/startup/open-beside.ts';
import { type Child, startChild } from '../support/child.ts';
import { hostileTar } from '../support/hostile-tar.ts';
import { say } from '../support/say.ts';
import { smallDisk, smallDiskMissing } from '../support/small-disk.ts';
import { until } from '../support/until.ts';
import { run } from '../unit/cli/run.ts';

const MIB = 2 ** 20;
const BIG = 'instances/big.dcm';
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const tmpfsMissing = smallDiskMissing();
if (tmpfsMissing) say(`backup-cut.test.ts is skipped in part: ${tmpfsMissing}`);

const folder = mkdtempSync(join(tmpdir(), 'earshot-backup-cut-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Installed = Readonly<{ file: string; dataDir: string }>;
const configured = (name: string, dataDir = join(folder, name)): Installed => {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, stringify({ dataDir, database: 'sqlite', nodes: [] }));
  return { file, dataDir };
};

/** A catalogue that names one file of so many bytes. */
async function installed(name: string, bytes: number): Promise<Installed> {
  const made = configured(name);
  await using world = await openBeside(loadConfig(made.file));
  await world.sql.query(
    `INSERT INTO "rendition" ("SOPInstanceUID", "report", "SOPClassUID", "SeriesInstanceUID", "StudyInstanceUID", "file")
     VALUES ('1.2', '1.3', '1.4', '1.5', '1.6', $1)`,
    [BIG],
  );
  mkdirSync(join(made.dataDir, dirname(BIG)));
  writeFileSync(join(made.dataDir, BIG), '');
  truncateSync(join(made.dataDir, BIG), bytes);
  return made;
}

const earshot = (...args: string[]): Child =>
  startChild(process.execPath, ['--import', 'tsx', join(ROOT, 'src/main.ts'), ...args], ROOT);

/** Names of what lies below, and of empty folders. */
const below = (path: string): string[] =>
  (existsSync(path) ? readdirSync(path, { recursive: true }) : []).map(String);
const hasBytes = (path: string, ending: string): boolean =>
  below(path).some((name) => {
    const found = name.endsWith(ending) && statSync(join(path, name), { throwIfNoEntry: false });
    return found && found.size > 0;
  });
const within = async (child: Child, path: string, ending: string): Promise<void> => {
  await until(
    `${ending} to be written`,
    async () => {
      if (child.hasEnded()) throw new Error(`it ended too soon: ${child.output()}`);
      return hasBytes(path, ending) || undefined;
    },
    { everyMs: 2, withinMs: 60_000 },
  );
};

describe('a back-up', () => {
  test('that is stopped says so, and leaves nothing; one that is killed leaves what the next one takes away', async () => {
    const from = await installed('stopped', 4096 * MIB);
    const target = join(folder, 'stopped-target');
    mkdirSync(target);
    const stopped = earshot('backup', join(target, 'monday.tar'), '--config', from.file);
    await within(stopped, target, 'archive.tar');
    await stopped.stop('SIGTERM');
    expect([await stopped.ended, stopped.output()]).toEqual([1, expect.stringContaining('BACKUP_STOPPED')]);
    expect(below(target)).toEqual([]);

    const killed = earshot('backup', join(target, 'monday.tar'), '--config', from.file);
    await within(killed, target, 'archive.tar');
    await killed.stop('SIGKILL');
    const left = below(target);
    expect(left).toContainEqual(expect.stringMatching(/^\.earshot-backup-\d+\/archive\.tar$/));
    expect(statSync(join(target, left[0] ?? '')).mode & 0o077).toBe(0);

    truncateSync(join(from.dataDir, BIG), MIB);
    const next = await run('backup', join(target, 'tuesday.tar'), '--config', from.file);
    expect([next.status, next.err]).toEqual([0, '']);
    expect(below(target)).toEqual(['tuesday.tar']);
    const checked = await run('backup', join(target, 'tuesday.tar'), '--check', '--folder', folder);
    expect([checked.status, checked.err]).toEqual([0, '']);
    expect(below(target)).toEqual(['tuesday.tar']);
  });

  test.skipIf(tmpfsMissing)('for which there is no room says so, and leaves nothing', async () => {
    using disk = smallDisk(8);
    const from = await installed('no-room', 20 * MIB);
    const ended = await run('backup', join(disk.folder, 'monday.tar'), '--config', from.file);
    expect([ended.status, ended.err]).toEqual([1, expect.stringContaining('STORAGE_FULL')]);
    expect(below(disk.folder)).toEqual([]);
  });

  test('before an upgrade leaves the schema as the service of then has it', async () => {
    const { file, dataDir } = configured('older');
    mkdirSync(dataDir);
    const older = loadMigrations().filter(({ version }) => version < 20);
    const sql = openSqlite(join(dataDir, 'catalogue.sqlite'));
    await migrate(sql, older, new Date());
    const version = async () => (await sql.query('SELECT MAX("version") AS "version" FROM "migration"'))[0];
    const taken = await run('backup', join(folder, 'older.tar'), '--config', file);
    expect([taken.status, taken.err]).toEqual([0, '']);
    expect(await version()).toEqual({ version: 19 });
    await sql.close();
    const to = configured('newer');
    expect((await run('restore', join(folder, 'older.tar'), '--config', to.file)).status).toBe(0);
  });
});

describe('a restore', () => {
  const archive = join(folder, 'whole.tar');
  beforeAll(async () => {
    const from = await installed('whole', 300 * MIB);
    expect((await run('backup', archive, '--config', from.file)).status).toBe(0);
  });

  test('that is stopped leaves nothing; after one that was killed no service starts, and the next restore does it', async () => {
    const to = configured('cut');
    const stopped = earshot('restore', archive, '--config', to.file);
    await within(stopped, to.dataDir, '.part');
    await stopped.stop('SIGINT');
    expect([await stopped.ended, stopped.output()]).toEqual([1, expect.stringContaining('BACKUP_STOPPED')]);
    expect(existsSync(to.dataDir)).toBe(false);

    const killed = earshot('restore', archive, '--config', to.file);
    await within(killed, to.dataDir, '.part');
    await killed.stop('SIGKILL');
    expect(readdirSync(to.dataDir)).toEqual(['.restoring']);
    await expect(openBeside(loadConfig(to.file))).rejects.toMatchObject({ code: 'RESTORE_UNFINISHED' });
    expect(readdirSync(to.dataDir)).toEqual(['.restoring']);
    expect((await run('restore', archive, '--config', to.file)).status).toBe(0);
    expect(statSync(join(to.dataDir, BIG)).size).toBe(300 * MIB);
  });

  test('that was cut off while names moved is neither started on nor put over; one whose last step is missing is whole', async () => {
    const to = configured('moving');
    expect((await run('restore', archive, '--config', to.file)).status).toBe(0);
    const [catalogue, staging] = [join(to.dataDir, 'catalogue.sqlite'), join(to.dataDir, '.restoring')];
    mkdirSync(staging);
    renameSync(catalogue, join(staging, 'catalogue.sqlite'));
    await expect(openBeside(loadConfig(to.file))).rejects.toMatchObject({ code: 'RESTORE_UNFINISHED' });
    const again = await run('restore', archive, '--config', to.file);
    expect([again.status, again.err]).toEqual([1, expect.stringContaining('RESTORE_NOT_POSSIBLE')]);
    expect(existsSync(catalogue)).toBe(false);
    renameSync(join(staging, 'catalogue.sqlite'), catalogue);
    await using world = await openBeside(loadConfig(to.file));
    expect(await world.sql.query('SELECT "file" FROM "rendition"')).toEqual([{ file: BIG }]);
    expect(existsSync(staging)).toBe(false);
  });

  test.skipIf(tmpfsMissing)(
    'fills a disk that is mounted there, as in a container; where there is no room, none of it',
    async () => {
      using small = smallDisk(64);
      const nowhere = configured('small', small.folder);
      const full = await run('restore', archive, '--config', nowhere.file);
      expect([full.status, full.err]).toEqual([1, expect.stringContaining('STORAGE_FULL')]);
      expect(readdirSync(small.folder)).toEqual([]);
      using disk = smallDisk(400);
      mkdirSync(join(disk.folder, 'lost+found'));
      const to = configured('mounted', disk.folder);
      const restored = await run('restore', archive, '--config', to.file);
      expect([restored.status, restored.err]).toEqual([0, '']);
      expect(readdirSync(disk.folder)).toEqual(
        expect.arrayContaining(['catalogue.sqlite', 'instances', 'lost+found']),
      );
      expect(readdirSync(disk.folder)).not.toContain('.restoring');
    },
  );

  test.each(['catalogue.sqlite', 'Catalogue.sqlite', 'catalogue.sqlite-wal', 'service.lock', 'incoming/x'])(
    'takes no file in the place of %s',
    async (name) => {
      const file = await hostileTar(folder, `files/${name}`);
      const to = configured('hostile');
      const ended = await run('restore', file, '--config', to.file);
      expect([ended.status, ended.err]).toEqual([1, expect.stringContaining('is not one of files')]);
      expect(existsSync(to.dataDir)).toBe(false);
    },
  );

  test('holds no endless text in memory', async () => {
    const pack = tar.pack();
    // The size is said; what would follow it is never read.
    pack.entry({ name: 'SHA256SUMS', size: 257 * MIB });
    const { value: head } = await pack[Symbol.asyncIterator]().next();
    const file = join(folder, 'long.tar');
    writeFileSync(file, head as Buffer);
    truncateSync(file, 257 * MIB + 2048);
    const ended = await run('backup', file, '--check');
    expect([ended.status, ended.err]).toEqual([1, expect.stringContaining('a text in it is too long')]);
  });
});
