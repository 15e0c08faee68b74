import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configSchema } from '../../../src/startup/config.ts';
import { modelOf, normalisationOf } from '../../../src/startup/load-model.ts';
import { parseYaml } from '../../../src/startup/yaml.ts';
import { fittedFile, TWO_FEATURES } from '../../support/fitted-file.ts';
import { shippedModel } from '../../support/shipped-model.ts';
import { run as runCommand } from './run.ts';

const { model: shipped } = shippedModel();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-normalise-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = async (...args: string[]) => {
  const { status, out, err } = await runCommand(...args);
  return { status, text: out + err };
};

/** Deltas one day after the other, early and late in turn. */
function table(name: string, rows: number, features: readonly string[] = [shipped.feature]): string {
  const file = join(folder, name);
  const line = (i: number) => {
    const values = features.map((_, j) => (Math.sin(i * 1.3 + j) * 2 + (i % 2) + j).toFixed(6));
    const day = String(1 + (i % 28)).padStart(2, '0');
    return [
      `c${i}`,
      `p${i}`,
      i % 2,
      i % 2 ? 'EAR' : 'FFT',
      `2024-${String(1 + Math.floor(i / 28)).padStart(2, '0')}-${day}`,
      ...values,
    ].join();
  };
  const head = ['CaseName', 'patient', 'label', 'visit', 'date', ...features].join();
  writeFileSync(file, [head, ...Array.from({ length: rows }, (_, i) => line(i))].join('\n'));
  return file;
}

/** The printed block under `model`, as the configuration takes it. */
const configured = (block: string) =>
  parseYaml(`model:\n${block.replace(/^/gm, '  ')}\n`, 'earshot.yaml', configSchema, 'CONFIG_INVALID').model
    .normalisation!;

describe('earshot normalise', () => {
  test('freezes versions, leaves those that are there, and exports the newest for the configuration', async () => {
    const out = join(folder, 'versions');
    const first = await run('normalise', '--deltas', table('35.csv', 35), '--out', out);
    expect(first.text).toMatch(/35 visits: 18 early, 17 late, 0 unknown; provisional/);
    expect(readdirSync(out).sort()).toEqual(['normalisation-v1.json', 'normalisation-v2.json']);
    const v2 = readFileSync(join(out, 'normalisation-v2.json'), 'utf8');
    expect(JSON.parse(v2)).toMatchObject({
      n: 30,
      mix: { early: 15, late: 15, unknown: 0 },
      weighting: 'balanced',
    });
    const later = await run('normalise', '--deltas', table('60.csv', 60), '--out', out);
    expect(later.text).toMatch(/v2 stands as it was frozen\n.*v3 is frozen on the first 50/s);
    expect(readFileSync(join(out, 'normalisation-v2.json'), 'utf8')).toBe(v2);

    const { text } = await run('normalise', '--deltas', table('35.csv', 35), '--export');
    const scale = configured(text);
    const { mean, sd } = JSON.parse(v2).features[0].balanced;
    expect(scale).toMatchObject({ mean, sd, n: 30, mix: { early: 15, late: 15, unknown: 0 } });
    expect(normalisationOf(shipped, scale, 'k')).toMatchObject({ kind: 'supplied', mean, sd });
  });

  test('takes the authors’ numbers, warns where the site differs, and exports either or both', async () => {
    const deltas = table('60.csv', 60);
    const authors = ['--import', '9,0.5,134,letter of the authors, 2026'];
    const { text } = await run('normalise', '--deltas', deltas, ...authors);
    expect(text).toMatch(/ALARM: more than 2 standard errors apart/);
    const given = configured((await run('normalise', '--deltas', deltas, ...authors, '--export')).text);
    expect(given).toMatchObject({ mean: 9, sd: 0.5, n: 134, source: 'letter of the authors, 2026' });
    const both = configured(
      (await run('normalise', '--deltas', deltas, ...authors, '--export', '--use', 'shrunk', '--k0', '10'))
        .text,
    );
    const alone = configured((await run('normalise', '--deltas', deltas, '--export', '--use', 'local')).text);
    expect(both.mean).toBeCloseTo((10 * 9 + 50 * alone.mean!) / 60, 9);
    const pairs = await run('normalise', '--deltas', deltas, '--pairs', '-2:0.3,3:0.7', '--export');
    expect(configured(pairs.text)).toMatchObject({ n: 134, mean: expect.any(Number) });
  });

  test('gives one mean and SD a feature of a model of several', async () => {
    const model = join(folder, 'two.json');
    writeFileSync(model, JSON.stringify(fittedFile()));
    const names = TWO_FEATURES.map(({ name }) => name);
    const { text } = await run(
      'normalise',
      '--deltas',
      table('two.csv', 55, names),
      '--model',
      model,
      '--export',
    );
    const { value } = modelOf(readFileSync(model, 'utf8'), model);
    if (value.definition === 'followUpAlone') throw new Error('it is of deltas');
    expect(normalisationOf(value, configured(text), 'k')).toMatchObject({
      n: 50,
      others: { [names[0]!]: {} },
    });
  });

  test('subtracts baselines that are in the table; a harmonised model takes no other scale', async () => {
    const changes = table('changes.csv', 24);
    const points = join(folder, 'points.csv');
    const [head = '', ...lines] = readFileSync(changes, 'utf8').split('\n');
    const baselines = lines.map((_, i) => `b${i},p${i},,baseline,2023-12-01,${i * 8}`);
    const followUps = lines.map((line, i) => {
      const cells = line.split(',');
      return cells.with(5, String(Number(cells[5]) + i * 8)).join();
    });
    writeFileSync(points, [head, ...baselines, ...followUps].join('\n'));
    const scaleOf = async (file: string) =>
      configured((await run('normalise', '--deltas', file, '--export')).text);
    const [expected, found] = [await scaleOf(changes), await scaleOf(points)];
    expect(found.mean).toBeCloseTo(expected.mean!, 9);
    expect(found.sd).toBeCloseTo(expected.sd!, 9);

    const harmonised = join(folder, 'harmonised.json');
    const features = TWO_FEATURES.map(({ name }) => ({ name, mean: 0, sd: 1, batches: {} }));
    const harmonisation = { method: 'ComBat', batch: 'scanner', features } as const;
    writeFileSync(harmonised, JSON.stringify(fittedFile({ harmonisation })));
    const refused = await run('normalise', '--deltas', changes, '--model', harmonised);
    expect(refused.text).toMatch(/MODEL_INVALID.*has a scale for each/);
  });

  test.each([
    [['--export'], /USAGE.*--config or --deltas/],
    [['--deltas', 'none.csv'], /TABLE_INVALID/],
    [['--deltas', '19.csv', '--export'], /INPUT_INVALID.*fewer than 20/],
    [['--deltas', '19.csv', '--k0', '30'], /USAGE.*10 to 20/],
    [['--deltas', '19.csv', '--import', '1,2,3'], /USAGE.*MEAN,SD,N,SOURCE/],
    [['--deltas', '19.csv', '--pairs', '1:0.5'], /USAGE.*X1:P1/],
    [['--deltas', '19.csv', '--export', '--use', 'shrunk'], /USAGE.*needs --import or --pairs/],
  ])('%j is refused', async (args, why) => {
    table('19.csv', 19);
    const placed = args.map((arg) => (arg.endsWith('.csv') ? join(folder, arg) : arg));
    const { status, text } = await run('normalise', ...placed);
    expect(status).toBeGreaterThan(0);
    expect(text).toMatch(why);
  });
});

describe('earshot recalibrate', () => {
  test('makes a served model of the published one and outcomes, without anybody’s mean and SD', async () => {
    const out = join(folder, 'after.json');
    const outcomes = table('outcomes.csv', 60);
    const done = await run(
      'recalibrate',
      '--model',
      'models/ear-delta-2023.json',
      '--outcomes',
      outcomes,
      '--out',
      out,
    );
    expect(done).toMatchObject({ status: 0 });
    const text = readFileSync(out, 'utf8');
    expect(modelOf(text, out).value).toMatchObject({
      id: 'ear-delta-2023-recalibrated',
      version: '2',
      training: { n: 60 },
    });
    const published = ['--model', 'models/ear-delta-2023.json', '--outcomes', outcomes];
    const again = await run('recalibrate', ...published, '--out', out);
    expect(again.text).toMatch(/OUTPUT_FAILED.*is there already/);
    expect(readFileSync(out, 'utf8')).toBe(text);
    const second = join(folder, 'second.json');
    const twice = await run('recalibrate', '--model', out, '--outcomes', outcomes, '--out', second);
    expect(twice.text).toMatch(/COHORTS_OVERLAP.*outcomes, row 2/);
  });

  test('of time points takes the changes since their baselines', async () => {
    const changes = table('changes-60.csv', 60);
    const [head = '', ...lines] = readFileSync(changes, 'utf8').split('\n');
    const points = join(folder, 'points-60.csv');
    const baselines = lines.map((_, i) => `b${i},p${i},,baseline,2023-12-01,4`);
    const followUps = lines.map((line) => {
      const cells = line.split(',');
      return cells.with(5, String(Number(cells[5]) + 4)).join();
    });
    writeFileSync(points, [head, ...baselines, ...followUps].join('\n'));
    const interceptOf = async (outcomes: string) => {
      const out = `${outcomes}.json`;
      const model = 'models/ear-delta-2023.json';
      await run('recalibrate', '--model', model, '--outcomes', outcomes, '--out', out);
      return (JSON.parse(readFileSync(out, 'utf8')) as { intercept: number }).intercept;
    };
    expect(await interceptOf(points)).toBeCloseTo(await interceptOf(changes), 6);
  });

  test('by the intercept alone wants mean and SD of a published model', async () => {
    const args = [
      '--model',
      'models/ear-delta-2023.json',
      '--outcomes',
      table('outcomes.csv', 60),
      '--method',
      'intercept',
    ];
    const none = await run('recalibrate', ...args, '--out', join(folder, 'x.json'));
    expect(none.text).toMatch(/USAGE.*--mean and --sd/);
    const given = await run(
      'recalibrate',
      ...args,
      '--out',
      join(folder, 'x.json'),
      '--mean',
      '0.5',
      '--sd',
      '1.5',
    );
    expect(given.status).toBe(0);
  });
});
