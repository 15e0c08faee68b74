/** A back-up of a running service restores to an installation that goes on; a damaged one restores nothing. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { AuditTrail } from '../../src/catalogue/audit-trail.ts';
import { hostileTar } from '../support/hostile-tar.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { PACS, type Pacs, startPacs, startService } from '../support/running-service.ts';
import { run } from '../unit/cli/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-backup-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const configured = (name: string): { file: string; dataDir: string } => {
  const [file, dataDir] = [join(folder, `${name}.yaml`), join(folder, name)];
  writeFileSync(file, stringify({ dataDir, database: 'sqlite', nodes: [] }));
  return { file, dataDir };
};
const filesBelow = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();

describe('a back-up', () => {
  const archive = join(folder, 'monday.tar');
  const [first, second] = [phantomCase('backed-up'), phantomCase('after-it')];
  let pacs: Pacs;
  let from: ReturnType<typeof configured>;
  let files: string[];

  const serve = (dataDir: string) =>
    startService({
      dataDir,
      database: 'sqlite',
      nodes: [
        { name: 'pacs', aeTitle: PACS, host: '127.0.0.1', port: pacs.port, roles: ['source', 'destination'] },
      ],
    });

  beforeAll(async () => {
    pacs = await startPacs();
    from = configured('running');
    await using service = await serve(from.dataDir);
    await service.send([...first.baseline.all, ...first.followUp.all]);
    await service.inState(first.followUp.StudyInstanceUID, 'delivered');
    await service.send(second.followUp.all);
    await service.inState(second.followUp.StudyInstanceUID, 'waitingForBaseline');
    const taken = await run('backup', archive, '--config', from.file);
    expect([taken.status, taken.err]).toEqual([0, '']);
    expect(taken.out).toMatch(/^\d+ files and the catalogue, [\d.]+ MiB, are in /);
    files = filesBelow(from.dataDir).filter((name) => !/^(incoming|catalogue|service)/.test(name));
  }, 60_000);
  afterAll(() => pacs[Symbol.asyncDispose]());

  test('is for its owner alone, leaves nothing beside it, and says that it is whole', async () => {
    expect(statSync(archive).mode & 0o077).toBe(0);
    expect(readdirSync(folder).filter((name) => /monday|earshot/.test(name))).toEqual(['monday.tar']);
    const checked = await run('backup', archive, '--check');
    expect([checked.status, checked.err]).toEqual([0, '']);
    expect(checked.out).toContain(`Whole: ${files.length} files and the catalogue of `);
  });

  test('unpacks with tar and passes sha256sum', () => {
    const unpacked = mkdtempSync(join(folder, 'unpacked-'));
    expect(spawnSync('tar', ['xf', archive, '-C', unpacked]).status).toBe(0);
    const sums = spawnSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: unpacked });
    expect([sums.status, sums.stderr.toString()]).toEqual([0, '']);
  });

  test('restores: every file, every row, and a service that takes up what waited and sends nothing twice', async () => {
    const to = configured('restored');
    const restored = await run('restore', archive, '--config', to.file);
    expect([restored.status, restored.err]).toEqual([0, '']);
    expect(filesBelow(to.dataDir).filter((name) => !/^(incoming|catalogue|service)/.test(name))).toEqual(
      files,
    );
    for (const name of files)
      expect(readFileSync(join(to.dataDir, name)).equals(readFileSync(join(from.dataDir, name)))).toBe(true);
    const before = pacs.reports.length;
    await using service = await serve(to.dataDir);
    await service.send(second.baseline.all);
    await service.inState(second.followUp.StudyInstanceUID, 'delivered');
    expect(
      pacs.reports
        .slice(before)
        .every(({ StudyInstanceUID }) => StudyInstanceUID !== first.followUp.StudyInstanceUID),
    ).toBe(true);
    const trail = new AuditTrail(service.service.world.catalogue.sql, () => new Date(), false);
    expect(await trail.verify(new AbortController().signal)).toMatchObject({ isWhole: true });
  });

  test('is not put over anything, nor written over anything', async () => {
    const again = await run('restore', archive, '--config', from.file);
    expect([again.status, again.err]).toEqual([1, expect.stringContaining('RESTORE_NOT_POSSIBLE')]);
    const over = await run('backup', archive, '--config', from.file);
    expect([over.status, over.err]).toEqual([1, expect.stringContaining('BACKUP_NOT_POSSIBLE')]);
    const nowhere = await run('backup', join(folder, 'no/such/folder.tar'), '--config', from.file);
    expect([nowhere.status, nowhere.err]).toEqual([1, expect.stringContaining('BACKUP_NOT_POSSIBLE')]);
    const empty = configured('never-served');
    const nothing = await run('backup', join(folder, 'empty.tar'), '--config', empty.file);
    expect([nothing.status, nothing.err]).toEqual([1, expect.stringContaining('BACKUP_NOT_POSSIBLE')]);
    expect(existsSync(empty.dataDir)).toBe(false);
  });

  test.each([
    ['half of it', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['nothing of it', () => Buffer.alloc(0)],
    ['another file', () => Buffer.from('a text and no archive'.repeat(100))],
    [
      'a bit of it turned',
      (bytes: Buffer) => {
        const copy = Buffer.from(bytes);
        // In the pixels of some object: past the header of the first entry.
        copy[20_000] = (copy[20_000] ?? 0) ^ 1;
        return copy;
      },
    ],
    ['its end missing', (bytes: Buffer) => bytes.subarray(0, bytes.length - 4096)],
  ])('of which there is %s restores nothing', async (name, damaged) => {
    const file = join(folder, 'damaged.tar');
    writeFileSync(file, damaged(readFileSync(archive)));
    const to = configured(`damaged-${name.length}`);
    for (const args of [
      ['restore', file, '--config', to.file],
      ['backup', file, '--check'],
    ]) {
      const ended = await run(...args);
      expect([ended.status, ended.err]).toEqual([1, expect.stringContaining('BACKUP_INVALID')]);
    }
    expect(existsSync(to.dataDir)).toBe(false);
    expect(readdirSync(folder).filter((left) => /restoring|earshot/.test(left))).toEqual([]);
  });

  test.each([
    'files/../../outside',
    '/etc/outside',
    'files/a/../../../outside',
    'files/.hidden',
    'catalogue.sqlite-wal',
  ])('that names %s writes nothing there', async (name) => {
    const file = await hostileTar(folder, name);
    const to = configured('hostile');
    const ended = await run('restore', file, '--config', to.file);
    expect([ended.status, ended.err]).toEqual([1, expect.stringContaining('BACKUP_INVALID')]);
    expect(readdirSync(folder)).not.toContain('outside');
    expect(existsSync(to.dataDir)).toBe(false);
  });

  test('makes a report that was sent after it again, with the same UID', async () => {
    const { followUp, baseline } = second;
    const reportedBy = async (name: string, restoredFrom?: string): Promise<string[]> => {
      const to = configured(name);
      if (restoredFrom) expect((await run('restore', restoredFrom, '--config', to.file)).status).toBe(0);
      const before = pacs.reports.length;
      await using service = await serve(to.dataDir);
      await service.send(baseline.all);
      await service.inState(followUp.StudyInstanceUID, 'delivered');
      return pacs.reports
        .slice(before)
        .filter(({ StudyInstanceUID }) => StudyInstanceUID === followUp.StudyInstanceUID)
        .map(({ SOPInstanceUID }) => SOPInstanceUID);
    };
    // The installation goes on, and is lost: what it had sent is not in the back-up.
    const sent = await reportedBy('running');
    const again = await reportedBy('lost', archive);
    expect(sent).toHaveLength(1);
    expect(again).toEqual(sent);
  });

  test('tells of files that are not what was received, or made', async () => {
    const ofAll = files.filter((name) => /^(instances|reports)\//.test(name));
    const [received, made] = [
      ofAll.find((name) => name.startsWith('instances/')) as string,
      ofAll.find((name) => name.startsWith('reports/')) as string,
    ];
    const kept = [received, made].map((name) => readFileSync(join(from.dataDir, name)));
    for (const [index, name] of [received, made].entries()) {
      const bytes = Buffer.from(kept[index] as Buffer);
      const at = bytes.length - 100;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(join(from.dataDir, name), bytes);
    }
    try {
      const file = join(folder, 'changed.tar');
      const taken = await run('backup', file, '--config', from.file);
      expect([taken.status, taken.err]).toEqual([
        1,
        expect.stringMatching(/BACKUP_INCOMPLETE.*2 files changed/),
      ]);
      const checked = await run('backup', file, '--check');
      expect([checked.status, checked.err]).toEqual([
        1,
        expect.stringMatching(/BACKUP_INCOMPLETE.*2 files changed/),
      ]);
    } finally {
      for (const [index, name] of [received, made].entries())
        writeFileSync(join(from.dataDir, name), kept[index] as Buffer);
    }
  });

  test('of a service that receives and reports meanwhile is whole, every time', async () => {
    const to = configured('busy');
    await using service = await serve(to.dataDir);
    const cases = ['a', 'b', 'c'].map((name) => phantomCase(`busy-${name}`));
    let isOver = false;
    const work = Promise.all(
      cases.map(async ({ baseline, followUp }) => {
        await service.send([...baseline.all, ...followUp.all]);
        await service.inState(followUp.StudyInstanceUID, 'delivered', 60_000);
      }),
    ).finally(() => {
      isOver = true;
    });
    let taken = 0;
    for (; !isOver || taken < 2; taken += 1) {
      const file = join(folder, `busy-${taken}.tar`);
      const ended = await run('backup', file, '--config', to.file);
      expect([ended.status, ended.err]).toEqual([0, '']);
      const checked = await run('backup', file, '--check');
      expect([checked.status, checked.err]).toEqual([0, '']);
      rmSync(file);
    }
    await work;
    expect(taken).toBeGreaterThanOrEqual(2);
  });

  test('tells of files that were missing before, and restores the rest', async () => {
    const missing = files.find((name) => name.includes('/')) as string;
    const kept = readFileSync(join(from.dataDir, missing));
    rmSync(join(from.dataDir, missing));
    try {
      const file = join(folder, 'tuesday.tar');
      const taken = await run('backup', file, '--config', from.file);
      expect([taken.status, taken.err]).toEqual([1, expect.stringContaining('BACKUP_INCOMPLETE')]);
      const to = configured('incomplete');
      const restored = await run('restore', file, '--config', to.file);
      expect([restored.status, restored.out]).toEqual([
        0,
        expect.stringContaining('1 files that it names were missing'),
      ]);
    } finally {
      writeFileSync(join(from.dataDir, missing), kept);
    }
  });
});
