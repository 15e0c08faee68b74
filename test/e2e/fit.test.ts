import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { readFeatureTable } from '../../src/lab/table/read-feature-table.ts';
import { parseFittedModel } from '../../src/model/fitted-model.ts';
import { csvOf, madeTable } from '../support/feature-tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-fit-'));
const at = (...path: string[]) => join(folder, ...path);
const text = (...path: string[]) => readFileSync(at(...path), 'utf8');
const errors: string[] = [];
const told: string[] = [];

beforeAll(() => {
  writeFileSync(at('features.csv'), csvOf(madeTable()));
  vi.spyOn(console, 'log').mockImplementation((line) => void told.push(String(line)));
  vi.spyOn(console, 'error').mockImplementation((line) => void errors.push(String(line)));
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
});
beforeEach(() => {
  errors.length = 0;
  told.length = 0;
});
afterAll(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const fitInto = (out: string, ...options: string[]) =>
  runCli(['fit', '--features', at('features.csv'), '--out', at(out), '--k', '4', ...options]);

it('writes a model and all candidates, the same with one thread and with two', async () => {
  expect(await fitInto('one', '--jobs', '1')).toBe(0);
  expect(await fitInto('two', '--jobs', '2')).toBe(0);
  expect(readdirSync(at('one')).sort()).toEqual([
    'figures',
    'model.json',
    'progress.jsonl',
    'report.html',
    'search.csv',
  ]);
  expect(text('two', 'report.html')).toBe(text('one', 'report.html'));
  expect(text('one', 'report.html')).toContain('Table 2. Features kept by each scout model');
  expect(readdirSync(at('one', 'figures'))).toContain('roc-training.svg');
  expect(text('two', 'model.json')).toBe(text('one', 'model.json'));
  const { model } = parseFittedModel(text('one', 'model.json'));
  expect(model.features.length).toBeGreaterThan(0);
  for (const { mean, reference } of model.features) {
    expect(reference?.n).toBe(40);
    expect(reference?.mean).toBeCloseTo(mean, 12);
  }
  const [header, ...lines] = text('one', 'search.csv').trimEnd().split('\n');
  expect(header).toMatch(/^search,selector,classifier,k,pooledAuc,/);
  // Four scouts and the final search: 4 selectors, 2 classifiers, k to 4.
  expect(lines).toHaveLength(5 * 4 * 2 * 4);
  expect(lines.filter((line) => line.split(',').at(-2) === 'yes')).toHaveLength(5);
});

it('goes on with the folds that a stopped run has left, half a line included', async () => {
  expect(await fitInto('whole', '--mode', 'fae')).toBe(0);
  // A run that was stopped: its folds are kept, of the last one half a line.
  const { FitFolder } = await import('../../src/cli/fit-folder.ts');
  const { run: digest } = JSON.parse(text('whole', 'progress.jsonl')) as { run: string };
  let asked = 0;
  const answers = { order: [1], scores: [[Float64Array.of(0.25, 0.5), 'the classes are separated']] };
  const stopped = new FitFolder(at('stopped'), digest);
  const run = async () => {
    asked++;
    return [{ selector: 'ANOVA' as const, ...answers }];
  };
  const task = (key: string) => ({ key }) as Parameters<Parameters<typeof stopped.remembering>[0]>[0];
  await stopped.remembering(run, () => undefined)(task('a'));
  appendFileSync(at('stopped', 'progress.jsonl'), '{"key":"b","resu');
  const again = new FitFolder(at('stopped'), digest).remembering(run, () => undefined);
  expect(await again(task('a'))).toEqual([{ selector: 'ANOVA', ...answers }]);
  expect(asked).toBe(1);
  await again(task('b'));
  expect(asked).toBe(2);
  expect(text('stopped', 'progress.jsonl').split('\n')).toHaveLength(4);
});

it('a stopped fit, given again, ends with the same model', async () => {
  // As soon as one fold is on disk.
  const progress = at('stopped-fit', 'progress.jsonl');
  const watch = setInterval(() => {
    if (!existsSync(progress) || readFileSync(progress, 'utf8').split('\n').length < 3) return;
    clearInterval(watch);
    process.emit('SIGINT');
  }, 5);
  expect(await fitInto('stopped-fit', '--jobs', '1')).toBe(1);
  expect(errors.join()).toContain('FIT_STOPPED');
  expect(readdirSync(at('stopped-fit'))).toEqual(['progress.jsonl']);
  expect(await fitInto('stopped-fit', '--jobs', '2')).toBe(0);
  expect(text('stopped-fit', 'model.json')).toBe(text('one', 'model.json'));
});

it('a folder of another run is left as it is', async () => {
  const before = text('one', 'model.json');
  expect(await fitInto('one', '--seed', '3')).toBe(1);
  expect(errors.join()).toContain('FOLDER_OF_ANOTHER_RUN');
  expect(text('one', 'model.json')).toBe(before);
});

it('subtracts the baselines of a table of their own: the model of changes is that of the table of changes', async () => {
  const { header, rows } = madeTable();
  const shift = (cells: string[]) =>
    cells.map((cell, j) => (j < 4 ? cell : String(Number(cell) + 8 * (1 + Number(cells[1]!.slice(1))))));
  const patients = rows.filter((_, i) => i % 2 === 0);
  const baselines = patients.map((cells) => [
    ...[`${cells[1]}_b`, cells[1]!, '', cells[3]!],
    ...shift(cells.map((cell, j) => (j < 4 ? cell : '0'))).slice(4),
  ]);
  // No power of two is lost in a sum: differences are those of the table to the last bit.
  const coarse = rows.map((cells) =>
    cells.map((cell, j) => (j < 4 ? cell : String(Math.round(Number(cell) * 1024) / 1024))),
  );
  writeFileSync(at('changes.csv'), csvOf({ header, rows: coarse }));
  writeFileSync(at('follow-ups.csv'), csvOf({ header, rows: coarse.map(shift) }));
  writeFileSync(at('baselines.csv'), csvOf({ header, rows: baselines }));
  const options = ['--mode', 'fae', '--k', '2', '--selectors', 'ANOVA', '--classifiers', 'LR_none'];
  const fitTo = (name: string, ...more: string[]) =>
    runCli(['fit', '--features', at(name), '--out', at(`of-${name}`), ...options, ...more]);
  expect(await fitTo('changes.csv')).toBe(0);
  expect(await fitTo('follow-ups.csv', '--delta', at('baselines.csv'))).toBe(0);
  const [ofChanges, ofTwo] = ['of-changes.csv', 'of-follow-ups.csv'].map(
    (name) => parseFittedModel(text(name, 'model.json')).model,
  );
  expect(ofTwo!.features).toEqual(ofChanges!.features);
  expect(ofTwo!.lab['tables']).toHaveLength(2);
});

it('draws the patients, prints Table 1, trains with the one set and writes the other for a test', async () => {
  const clinical = Array.from(
    { length: 20 },
    (_, i) => `P${String(i).padStart(3, '0')},${50 + ((i * 7) % 23)},${i % 3 ? 'F' : 'M'}`,
  );
  writeFileSync(at('clinical.csv'), `patient,age,sex\n${clinical.join('\n')}\n`);
  const sizes = ['--train', '14', '--test', '6', '--split-seed', '3'];
  expect(await fitInto('drawn', '--split', at('clinical.csv'), ...sizes, '--scouts', 'off')).toBe(0);
  expect(told[0]).toMatch(/train \(14\) +test \(6\) +test +p\nage .*\nsex .*\ndraws needed: \d+/);
  const { model } = parseFittedModel(text('drawn', 'model.json'));
  expect(model.training).toMatchObject({ n: 28, patients: 14 });
  expect(model.lab['split']).toMatchObject({ seed: 3, train: 14, test: 6 });
  expect(text('drawn', 'report.html')).toContain('Table 1. Characteristics of the training');
  const sets = { train: text('drawn', 'train.csv'), test: text('drawn', 'test.csv') };
  expect(readFeatureTable(sets.train).rows).toHaveLength(28);
  const judged = ['evaluate', '--model', at('drawn'), '--bootstrap', '20', '--out', at('judged')];
  expect(await runCli([...judged, '--features', at('drawn', 'test.csv')])).toBe(0);
  const { cohorts } = JSON.parse(text('judged', 'evaluation.json')) as { cohorts: { n: number }[] };
  expect(cohorts.map(({ n }) => n)).toEqual([12]);
});

it.each([
  [['--definition', 'alone', '--delta', 'b.csv'], '--delta subtracts baselines'],
  [['--train', '14', '--test', '6'], 'go with --split'],
  [['--mode', 'best'], '--mode is recommended or fae'],
  [['--selectors', 'ANOVA,LASSO'], '--selectors is ANOVA or KW or RFE or Relief'],
  [['--pcc', '1.5'], '--pcc must be above 0 and at most 1'],
  [['--folds', '1'], '--folds must be a whole number, 2 or more'],
  [['--seed', '5000000000'], '--seed must be at most'],
  [['--id', 'My Model'], '--id: lower case letters'],
  [['--combat', 'town'], '--combat is site or scanner or kernel'],
])('%j is a mistake of usage', async (options, mistake) => {
  expect(await fitInto('none', ...options)).toBe(2);
  expect(errors.join()).toContain(mistake);
});
