import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startChild } from '../support/child.ts';
import { type Orthanc, startOrthanc } from '../support/orthanc.ts';
import {
  COHORT_HEADER,
  COHORT_SETTINGS,
  cohortRow,
  cohortStudy,
  writeStudy,
} from '../support/phantom-cohort.ts';
import { storescu } from '../support/storescu.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const UNKNOWN = '1.2.826.0.1.3680043.10.999';
let folder: string;
let orthanc: Orthanc;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-cohort-pacs-'));
  orthanc = await startOrthanc();
  const studies = (['baseline', 'FFT'] as const).map((visit) => {
    const study = cohortStudy('K1', visit);
    writeStudy(at(visit), study, true);
    return { visit, uid: study.StudyInstanceUID };
  });
  await storescu({ port: orthanc.dicomPort, calledAeTitle: orthanc.aeTitle, callingAeTitle: 'SCANNER' }, [
    at('baseline'),
    at('FFT'),
  ]);
  const fetched = [
    ...studies.map(({ visit, uid }) => cohortRow('K1', visit, uid)),
    cohortRow('K1', 'EAR', UNKNOWN),
  ];
  writeFileSync(at('fetched.csv'), [COHORT_HEADER, ...fetched].join('\n'));
  const onDisk = studies.map(({ visit }) => cohortRow('K1', visit, visit));
  writeFileSync(at('disk.csv'), [COHORT_HEADER, ...onDisk].join('\n'));
  writeFileSync(at('settings.yaml'), COHORT_SETTINGS);
});
afterAll(async () => {
  await orthanc[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function cohortRun(table: string, out: string, node?: Readonly<Record<string, unknown>>) {
  const config = { dataDir: at('data'), nodes: [{ name: 'pacs', roles: ['archive'], ...node }] };
  writeFileSync(at(`${out}.yaml`), stringify(config));
  const options = ['--table', at(table), '--out', at(out), '--settings', at('settings.yaml'), '--jobs', '1'];
  const more = node ? ['--config', at(`${out}.yaml`)] : [];
  const run = startChild(
    process.execPath,
    ['--import', 'tsx', join(ROOT, 'src/main.ts'), 'cohort', 'run', ...options, ...more],
    ROOT,
  );
  return { status: await run.ended, output: run.output() };
}
const features = (out: string) => readFileSync(at(out, 'features.csv'), 'utf8');

describe('earshot cohort run with a PACS', () => {
  it.each([
    ['DICOMweb', () => ({ dicomWeb: orthanc.dicomWeb })],
    [
      'C-GET',
      () => ({ aeTitle: orthanc.aeTitle, host: '127.0.0.1', port: orthanc.dicomPort, retrieve: 'get' }),
    ],
  ])('fetches studies by %s, and measures what the folders give', async (name, node) => {
    const before = readdirSync(tmpdir()).filter((entry) => entry.startsWith('earshot-study-'));
    const { status, output } = await cohortRun('fetched.csv', name, node());
    expect([status, output]).toEqual([
      1,
      expect.stringContaining('excluded, INPUT_NOT_FOUND: 1 study of 1 patient'),
    ]);
    expect(output).toContain('With a delta: 1 study of 1 patient');
    await cohortRun('disk.csv', `disk-${name}`);
    expect(features(name)).toBe(features(`disk-${name}`));
    expect(features(name).trim().split('\n')).toHaveLength(3);
    const left = readdirSync(tmpdir()).filter((entry) => entry.startsWith('earshot-study-'));
    expect(left).toEqual(before);
  });
});
