/** What is asked for once more, because it may have passed or the archive may have put it right; and when nothing is asked for any more. */
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { inputsOf } from '../../../src/cli/cohort-study.ts';
import { readCohortTable } from '../../../src/lab/cohort/cohort-table.ts';
import {
  COHORT_HEADER,
  COHORT_SETTINGS,
  cohortRow,
  cohortStudy,
  writeStudy,
} from '../../support/phantom-cohort.ts';
import { isOneCodedLine, run } from './run.ts';

const disk = vi.hoisted(() => ({ refuses: '', isFull: false }));
vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const readFile = (...args: Parameters<typeof real.readFileSync>) => {
    if (disk.refuses !== '' && String(args[0]).endsWith('/0.dcm'))
      throw Object.assign(new Error(disk.refuses), { code: disk.refuses, syscall: 'read' });
    return real.readFileSync(...args);
  };
  const append = (...args: Parameters<typeof real.appendFileSync>) => {
    if (disk.isFull && String(args[1]).includes('"inputs"'))
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' });
    real.appendFileSync(...args);
  };
  return { ...real, readFileSync: readFile, appendFileSync: append };
});
const archive = vi.hoisted(() => ({ send: (_folder: string): void => undefined, asked: 0 }));
vi.mock('../../../src/startup/fetch-study.ts', () => ({
  studyFetcher: () => async (_: string, folder: string) => {
    archive.asked += 1;
    await new Promise((resolve) => setTimeout(resolve, 10));
    archive.send(folder);
  },
}));

let folder: string;
const at = (...names: string[]) => join(folder, ...names);
const study = cohortStudy('K1', 'FFT');
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-again-'));
  writeFileSync(at('settings.yaml'), COHORT_SETTINGS);
  writeFileSync(at('earshot.yaml'), `dataDir: ${at('data')}\nnodes: []\n`);
  writeStudy(at('study'), study, true);
});
afterEach(() => {
  disk.refuses = '';
  disk.isFull = false;
  archive.asked = 0;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cohort = (of: string, out: string) => cohortOf([cohortRow('K1', 'FFT', of)], out, '1');
const cohortOf = (rows: readonly string[], out: string, jobs: string) => {
  writeFileSync(at('cohort.csv'), [COHORT_HEADER, ...rows].join('\n'));
  const options = ['--settings', at('settings.yaml'), '--config', at('earshot.yaml'), '--jobs', jobs];
  return run('cohort', 'run', '--table', at('cohort.csv'), '--out', at(out), ...options);
};
const kept = (out: string) => readFileSync(at(out, 'progress.jsonl'), 'utf8').trim().split('\n').length - 1;

it.each([
  ['EIO', 'STORAGE_FAILED'],
  ['EACCES', 'STORAGE_FAILED'],
  ['EMFILE', 'STORAGE_FAILED'],
  ['ESTALE', 'STORAGE_FAILED'],
  // listed a moment ago
  ['ENOENT', 'INPUT_NOT_FOUND'],
])('a file that gave %s is read again by the next run', { timeout: 60_000 }, async (errno, code) => {
  disk.refuses = errno;
  const first = await cohort('study', errno);
  expect([first.status, first.out, kept(errno)]).toEqual([
    1,
    expect.stringContaining(`excluded, ${code}: 1 study`),
    0,
  ]);
  disk.refuses = '';
  const second = await cohort('study', errno);
  expect([second.status, second.out, kept(errno)]).toEqual([
    0,
    expect.stringContaining('Measured: 1 study'),
    1,
  ]);
});

it('the archive is asked again for a study that was excluded, and not for one that was measured', {
  timeout: 60_000,
}, async () => {
  archive.send = (to) => writeStudy(to, study, false);
  const uid = study.StudyInstanceUID;
  const first = await cohort(uid, 'fetched');
  expect([first.out, kept('fetched')]).toEqual([expect.stringContaining('excluded, MASK_MISSING'), 0]);
  // as versions before this one kept it
  const [row] = readCohortTable(readFileSync(at('cohort.csv'), 'utf8'));
  const outcome = { kind: 'excluded', excluded: { reason: 'MASK_MISSING', detail: '' } };
  const line = JSON.stringify({ inputs: inputsOf(row!, folder), outcome });
  appendFileSync(at('fetched', 'progress.jsonl'), `${line}\n`);
  archive.send = (to) => writeStudy(to, study, true);
  for (const _ of ['asked', 'known']) {
    const next = await cohort(uid, 'fetched');
    expect([next.status, next.out]).toEqual([0, expect.stringContaining('Measured: 1 study')]);
  }
  expect([archive.asked, kept('fetched')]).toEqual([2, 2]);
});

it('no study is begun any more once the disk has refused what came of one', { timeout: 60_000 }, async () => {
  mkdirSync(at('empty'));
  archive.send = () => undefined;
  disk.isFull = true;
  const fetched = Array.from({ length: 50 }, (_, i) => cohortRow(`K${i + 2}`, 'FFT', `1.2.3.${i}`));
  const result = await cohortOf([cohortRow('K1', 'FFT', 'empty'), ...fetched], 'full', '2');
  expect([result.status, isOneCodedLine(result, 'OUTPUT_FAILED')]).toEqual([1, true]);
  const { asked } = archive;
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect([archive.asked, asked < 10]).toEqual([asked, true]);
});
