import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFeatureTable } from '../../../src/lab/table/read-feature-table.ts';
import { withFileLimit } from '../../support/file-limit.ts';
import { isOneCodedLine, run } from './run.ts';

let folder: string;
const at = (name: string) => join(folder, name);
const MEAN = 'original_firstorder_Mean';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-cohort-cli-'));
  const patients = [...Array(40).keys()];
  const visits = patients.flatMap((i) =>
    ['FFT', 'EAR'].map((visit) => `P${i}_${visit},P${i},${visit},${i}.5`),
  );
  writeFileSync(at('features.csv'), [`CaseName,patient,visit,${MEAN}`, ...visits].join('\n'));
  writeFileSync(
    at('clinical.csv'),
    [
      'patient,age,sex',
      ...[...patients, 99].map((i) => `P${i},${50 + ((i * 7) % 23)},${i % 3 ? 'F' : 'M'}`),
    ].join('\n'),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const split = (...more: string[]) =>
  run(
    'cohort',
    'split',
    '--table',
    at('features.csv'),
    '--clinical',
    at('clinical.csv'),
    '--out',
    at('split'),
    ...more,
  );

it('what a command writes is closed to other users of the machine', () => {
  const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
  const command = ['--table', at('features.csv'), '--clinical', at('clinical.csv'), '--out', at('a/closed')];
  const ended = spawnSync(
    'sh',
    [
      '-c',
      'umask 000; exec "$@"',
      'sh',
      process.execPath,
      '--import',
      'tsx',
      main,
      'cohort',
      'split',
      ...command,
    ],
    { encoding: 'utf8' },
  );
  expect([ended.status, ended.stderr]).toEqual([0, '']);
  const mode = (name: string) => (statSync(at(name)).mode & 0o777).toString(8);
  // What a group may do is the umask's, here all.
  expect([mode('a'), mode('a/closed')]).toEqual(['770', '770']);
  const files = readdirSync(at('a/closed')).map((name) => mode(`a/closed/${name}`));
  expect([...new Set(files)]).toEqual(['660']);
});

describe('earshot cohort split', () => {
  it('keeps the rows of a patient together, and says how many draws were needed', async () => {
    const { status, out } = await split('--train', '28', '--test', '12', '--seed', '7');
    expect(status).toBe(0);
    expect(out).toMatch(/train \(28\) +test \(12\) +test +p\n/);
    expect(out).toMatch(/age +\S.* (Welch|Mann-Whitney) +0\.\d{3}\n/);
    expect(out).toMatch(/draws needed: \d+/);
    expect(out).toContain('the procedure of the paper');
    const [train, test] = ['train', 'test'].map((name) =>
      readFeatureTable(readFileSync(at(`split/${name}.csv`), 'utf8')),
    );
    expect([train?.rows.length, test?.rows.length]).toEqual([56, 24]);
    const patientsOf = (table: typeof train) => new Set(table?.rows.map(({ patient }) => patient));
    expect(patientsOf(train).size).toBe(28);
    expect([...patientsOf(train)].filter((patient) => patientsOf(test).has(patient))).toEqual([]);
    expect(train?.rows.every((row) => row.split === 'train')).toBe(true);
    const { seed, draws, table } = JSON.parse(readFileSync(at('split/table-one.json'), 'utf8'));
    expect([seed, typeof draws, table.length]).toEqual([7, 'number', 2]);
    expect(readFileSync(at('split/split.csv'), 'utf8').split('\n')).toHaveLength(42);
  });

  it('leaves the earlier sets as they are when the disk does not take the new ones', async () => {
    const names = ['train.csv', 'test.csv', 'split.csv', 'table-one.json'];
    const written = () => names.map((name) => readFileSync(at(`split/${name}`), 'utf8'));
    expect((await split('--train', '12', '--test', '28', '--seed', '7')).status).toBe(0);
    const before = written();
    // The smaller set fits, the other does not.
    const limit = (before[0]!.length + before[1]!.length) / 2;
    const refused = await withFileLimit(limit, () => split('--train', '12', '--test', '28', '--seed', '8'));
    expect(isOneCodedLine(refused, 'OUTPUT_FAILED')).toBe(true);
    expect([written(), readdirSync(at('split')).sort()]).toEqual([before, [...names].sort()]);
  });

  it.each([
    ['USAGE', ['--train', '3']],
    ['USAGE', ['--share', '1.5']],
    ['USAGE', ['--share', '0.5', '--train', '28', '--test', '12']],
    ['COHORT_INVALID', ['--train', '28', '--test', '13']],
    ['COHORT_INVALID', ['--share', '0.001']],
  ])('refuses sizes that do not fit: %s', async (code, options) => {
    expect(isOneCodedLine(await split(...options), code)).toBe(true);
  });

  it('refuses a patient of whom nothing is known, and a table with one feature a line', async () => {
    writeFileSync(at('more.csv'), `CaseName,patient,${MEAN}\nx,P1,1\ny,Q,1\n`);
    const unknown = await split('--table', at('more.csv'));
    expect(isOneCodedLine(unknown, 'TABLE_INVALID')).toBe(true);
    expect(unknown.err).toContain('row 3, column patient: is not in the clinical table');
    writeFileSync(at('turned.csv'), `feature,P1_FFT,P2_FFT\n${MEAN},1,2\noriginal_shape_Elongation,1,2\n`);
    expect((await split('--table', at('turned.csv'))).err).toContain('one feature a line');
  });
});

describe('earshot cohort repeatability', () => {
  const table = (rows: readonly string[]) => {
    writeFileSync(at('repeats.csv'), `CaseName,patient,visit,reader,${MEAN}\n${rows.join('\n')}\n`);
    return repeatability();
  };
  const repeatability = () =>
    run('cohort', 'repeatability', '--table', at('repeats.csv'), '--out', at('repeatability.csv'));
  const rows = ['a,a,FFT,1,5', 'a,a,FFT,2,6', 'b,b,FFT,1,8', 'b,b,FFT,2,8', 'c,c,FFT,1,2'];

  it('writes a line a feature, and says who was left out', async () => {
    const { status, err } = await table(rows);
    expect(status).toBe(0);
    expect(err).toContain('1 subjects do not have all repeats');
    const [header, line] = readFileSync(at('repeatability.csv'), 'utf8').split('\n');
    expect(header).toMatch(/^feature,of,subjects,repeats,icc21,/);
    // Two subjects differ by 2.5 on average and by 1 and 0 within: SD within sqrt(1 / 4), and 2.77 of it.
    const cells = line!.split(',');
    expect(cells.slice(0, 4)).toEqual([MEAN, 'value', '2', '2']);
    expect(Number(cells[10])).toBeCloseTo(0.5, 12);
    expect(Number(cells[12])).toBeCloseTo(1.96 * Math.SQRT2 * 0.5, 12);
  });

  it('leaves the earlier table when the disk does not take the new one', async () => {
    const before = readFileSync(at('repeatability.csv'), 'utf8');
    const refused = await withFileLimit(100, repeatability);
    expect(isOneCodedLine(refused, 'OUTPUT_FAILED')).toBe(true);
    expect(readFileSync(at('repeatability.csv'), 'utf8')).toBe(before);
  });

  it('refuses a table without repeats', async () => {
    const result = await table(rows.filter((row) => row.includes(',1,')));
    expect(isOneCodedLine(result, 'COHORT_INVALID')).toBe(true);
  });
});

describe('earshot cohort run', () => {
  const cohort = (rows: string, ...more: string[]) => {
    writeFileSync(at('cohort.csv'), `patient,study,visit\n${rows}\n`);
    return run('cohort', 'run', '--table', at('cohort.csv'), '--out', at('out'), ...more);
  };

  it('needs a configuration for a study that is to be fetched', async () => {
    const result = await cohort('A,1.2.3,FFT');
    expect([result.status, isOneCodedLine(result, 'USAGE')]).toEqual([2, true]);
    writeFileSync(
      at('earshot.yaml'),
      'nodes: [{ name: a, aeTitle: A, host: 127.0.0.1, port: 104, roles: [archive] }]\n',
    );
    expect(
      isOneCodedLine(await cohort('A,1.2.3,FFT', '--config', at('earshot.yaml')), 'CONFIG_INVALID'),
    ).toBe(true);
  });

  it('refuses a folder with results of another kind of run', async () => {
    mkdirSync(at('foreign'));
    writeFileSync(at('foreign/features.csv'), '');
    expect(isOneCodedLine(await cohort('A,a,FFT', '--out', at('foreign')), 'FOLDER_OF_ANOTHER_RUN')).toBe(
      true,
    );
    writeFileSync(at('foreign/progress.jsonl'), 'no JSON\n');
    expect(isOneCodedLine(await cohort('A,a,FFT', '--out', at('foreign')), 'FOLDER_OF_ANOTHER_RUN')).toBe(
      true,
    );
  });

  it('tries a study again that was not there', { timeout: 30_000 }, async () => {
    const result = await cohort('A,gone,FFT', '--jobs', '1');
    expect([result.status, result.out]).toEqual([
      1,
      expect.stringContaining('excluded, INPUT_NOT_FOUND: 1 study of 1 patient'),
    ]);
    expect(result.err).toContain('1 to be tried again');
    expect(readFileSync(at('out/flow.json'), 'utf8')).not.toContain(folder);
    expect(readFileSync(at('out/progress.jsonl'), 'utf8').trim().split('\n')).toHaveLength(1);
    mkdirSync(at('empty'));
    const second = await cohort('A,empty,FFT', '--jobs', '1');
    expect([second.status, second.out]).toEqual([0, expect.stringContaining('excluded, INPUT_NOT_FOUND')]);
  });

  it('says which commands there are', async () => {
    expect(isOneCodedLine(await run('cohort', 'constructor'), 'USAGE')).toBe(true);
    expect((await run('cohort', '--help')).out).toContain('earshot cohort split');
  });
});
