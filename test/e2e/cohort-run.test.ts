import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Flow } from '../../src/lab/cohort/flow.ts';
import { columnOf } from '../../src/lab/table/feature-table.ts';
import { readFeatureTable } from '../../src/lab/table/read-feature-table.ts';
import { startChild } from '../support/child.ts';
import {
  COHORT_HEADER,
  COHORT_SETTINGS,
  COHORT_VISITS,
  cohortRow,
  cohortStudy,
  writeStudy,
} from '../support/phantom-cohort.ts';
import { until } from '../support/until.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PATIENTS = ['K1', 'K2', 'K3', 'K4'];
let folder: string;
const at = (...names: string[]) => join(folder, ...names);

/** Four patients at three visits each: K2 has no mask at FFT, K3 another date at baseline. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-cohort-'));
  const rows = PATIENTS.flatMap((patient) =>
    COHORT_VISITS.map((visit) => {
      const hasMask = !(patient === 'K2' && visit === 'FFT');
      const isOfOtherDate = patient === 'K3' && visit === 'baseline';
      writeStudy(at('studies', patient, visit), cohortStudy(patient, visit), hasMask);
      return cohortRow(
        patient,
        visit,
        `studies/${patient}/${visit}`,
        isOfOtherDate ? '2024-01-11' : undefined,
      );
    }),
  );
  writeFileSync(at('cohort.csv'), [COHORT_HEADER, ...rows].join('\n'));
  writeFileSync(at('settings.yaml'), COHORT_SETTINGS);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = (out: string, ...more: string[]) =>
  startChild(
    process.execPath,
    [
      ...['--import', 'tsx', join(ROOT, 'src/main.ts'), 'cohort', 'run', '--table', at('cohort.csv')],
      ...['--out', at(out), '--settings', at('settings.yaml'), ...more],
    ],
    ROOT,
  );
const text = (...names: string[]) => readFileSync(at(...names), 'utf8');
const linesDone = (out: string): number =>
  existsSync(at(out, 'progress.jsonl')) ? text(out, 'progress.jsonl').split('\n').length - 2 : 0;

describe('earshot cohort run', () => {
  it('measures a cohort, and tells who was excluded and why', async () => {
    const run = start('whole', '--jobs', '2', '--parquet');
    expect([await run.ended, run.output()]).toEqual([
      0,
      expect.stringContaining('In the table: 12 studies of 4 patients'),
    ]);
    expect(run.output()).toContain('excluded, DATE_DIFFERS: 1 study of 1 patient');
    expect(run.output()).toContain('excluded, MASK_MISSING: 1 study of 1 patient');
    expect(run.output()).toContain('excluded, NO_BASELINE: 2 studies of 1 patient');

    const features = readFeatureTable(text('whole', 'features.csv'));
    expect(features.rows.map(({ caseName }) => caseName)).toEqual([
      ...['K1_baseline', 'K1_FFT', 'K1_EAR', 'K2_baseline', 'K2_EAR', 'K3_FFT', 'K3_EAR'],
      ...['K4_baseline', 'K4_FFT', 'K4_EAR'],
    ]);
    expect(features.rows[1]).toMatchObject({
      patient: 'K1',
      visit: 'FFT',
      label: 0,
      date: '2024-03-10',
      days: 60,
      site: 'here',
      split: 'train',
      scanner: expect.stringMatching(/\w+ \w+/),
      kernel: expect.stringMatching(/\w+/),
    });
    expect(features.recipeDigest).toMatch(/^[0-9a-f]{64}$/);

    const deltas = readFeatureTable(text('whole', 'deltas.csv'));
    expect(deltas.rows.map(({ caseName, days }) => [caseName, days])).toEqual([
      ['K1_FFT', 60],
      ['K1_EAR', 244],
      ['K2_EAR', 244],
      ['K4_FFT', 60],
      ['K4_EAR', 244],
    ]);
    const volumes = columnOf(features, features.features.indexOf('original_shape_MeshVolume'));
    expect(columnOf(deltas, deltas.features.indexOf('original_shape_MeshVolume'))[0]).toBe(
      volumes[1]! - volumes[0]!,
    );

    const flow = JSON.parse(text('whole', 'flow.json')) as Flow;
    expect(flow.steps.map(({ rows }) => rows)).toEqual([12, 10, 7, 5]);
    expect(flow.exclusions.map(({ caseName, reason }) => [caseName, reason])).toEqual([
      ['K2_FFT', 'MASK_MISSING'],
      ['K3_baseline', 'DATE_DIFFERS'],
      ['K3_FFT', 'NO_BASELINE'],
      ['K3_EAR', 'NO_BASELINE'],
    ]);
    expect(text('whole', 'flow.svg')).toContain('MASK_MISSING: 1 study of 1 patient');
    expect(readFileSync(at('whole', 'features.parquet')).subarray(0, 4).toString()).toBe('PAR1');
    const everything = ['features.csv', 'deltas.csv', 'flow.json', 'flow.svg', 'progress.jsonl'].map((name) =>
      text('whole', name),
    );
    expect(everything.join('') + run.output()).not.toContain('SECRETNAME');
  });

  it('goes on after Ctrl-C, and gives the same to the last byte', async () => {
    const stopped = start('stopped', '--jobs', '1');
    await until('some studies to be done', async () => (linesDone('stopped') >= 3 ? true : undefined));
    await stopped.stop('SIGINT');
    expect([await stopped.ended, stopped.output()]).toEqual([
      1,
      expect.stringContaining('stopped; the same command goes on'),
    ]);
    const before = linesDone('stopped');
    expect(before).toBeLessThan(12);
    expect(existsSync(at('stopped', 'features.csv'))).toBe(false);

    // as if the process had been killed in the middle of a line
    writeFileSync(at('stopped', 'progress.jsonl'), '{"inputs":"cut sho', { flag: 'a' });
    const rest = start('stopped', '--jobs', '2');
    expect(await rest.ended).toBe(0);
    expect(linesDone('stopped')).toBe(12);
    for (const name of ['features.csv', 'deltas.csv', 'flow.json', 'flow.svg'])
      expect(text('stopped', name)).toBe(text('whole', name));
  });

  it('measures again only what changed', async () => {
    writeStudy(at('studies/K2/FFT'), cohortStudy('K2', 'FFT'), true);
    const run = start('whole', '--jobs', '1');
    expect(await run.ended).toBe(0);
    expect(linesDone('whole')).toBe(13);
    expect(run.output()).toContain('Measured: 11 studies of 4 patients');
  });

  it('refuses a folder of other settings', async () => {
    writeFileSync(at('settings.yaml'), COHORT_SETTINGS.replace('binCount: 50', 'binCount: 40'));
    const run = start('whole');
    expect([await run.ended, run.output()]).toEqual([1, expect.stringContaining('FOLDER_OF_ANOTHER_RUN')]);
  });
});
