import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/dicom/uid.ts';
import type { Evaluation } from '../../../src/lab/evaluate/evaluation.ts';
import { FEATURE, MODEL, madeCsv } from '../lab/evaluate/made-cohort.ts';
import { isOneCodedLine, run } from './run.ts';

let folder: string;
const at = (name: string) => join(folder, name);

const { sha256: _, ...fields } = MODEL;
const modelText = (over: object = {}) =>
  JSON.stringify({
    ...fields,
    kind: 'fitted',
    covariance: null,
    training: { n: 40, events: 20, patients: 20, prevalence: 0.5 },
    recipe: 'ear-2023',
    citation: '',
    provenance: '',
    ...over,
  });

beforeAll(async () => {
  // what draws is loaded when first needed: not on the time of a test
  await import('../../../src/lab/report/evaluation-report.tsx');
  folder = mkdtempSync(join(tmpdir(), 'earshot-evaluate-'));
  mkdirSync(at('fitted'));
  writeFileSync(at('fitted/model.json'), modelText());
  writeFileSync(
    at('second.json'),
    modelText({
      id: 'second',
      features: [{ name: 'original_shape_MeshVolume', mean: 9, sd: 9, coefficient: 1 }],
    }),
  );
  const digest = MODEL.recipeDigest ?? '';
  writeFileSync(at('test.csv'), madeCsv({ digest }));
  writeFileSync(at('train.csv'), madeCsv({ digest, prefix: 'Q', patients: 20 }));
  writeFileSync(
    at('published.csv'),
    madeCsv().replace(FEATURE, 'log-sigma-3-0-mm-3D_glcm_DifferenceVariance'),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const evaluation = (out: string): Evaluation =>
  JSON.parse(readFileSync(join(at(out), 'evaluation.json'), 'utf8')) as Evaluation;
const onTest = (...more: string[]) => run('evaluate', '--features', at('test.csv'), ...more);

describe('earshot evaluate', () => {
  it('writes a report with its pictures, with the model that the lab has fitted and without one', async () => {
    await onTest('--model', at('fitted'), '--bootstrap', '20', '--out', at('drawn'));
    const html = readFileSync(join(at('drawn'), 'report.html'), 'utf8');
    expect(html).toContain('Table 3. Features of the final model');
    expect(readFileSync(join(at('drawn'), 'figures', 'roc-1.svg'), 'utf8')).toMatch(/^<svg xmlns/);
    const published = [
      '--model',
      'models/ear-delta-2023.json',
      '--mean',
      '1',
      '--sd',
      '2',
      '--bootstrap',
      '20',
    ];
    const { status } = await run(
      'evaluate',
      '--features',
      at('published.csv'),
      ...published,
      '--out',
      at('drawn-published'),
    );
    expect(status).toBe(0);
    expect(readFileSync(join(at('drawn-published'), 'report.html'), 'utf8')).not.toContain('Table 3.');
  });

  it('judges the model of a folder on training and test, and writes what it found', async () => {
    const { status, out } = await onTest(
      ...['--model', at('fitted'), '--train', at('train.csv'), '--compare', at('second.json')],
      ...['--prevalence', '0.2', '--bootstrap', '100', '--seed', '7', '--out', at('one/two')],
    );
    expect(status).toBe(0);
    const { model, cohorts, comparisons } = evaluation('one/two');
    expect(model.sha256).toBe(digestOf(modelText()));
    expect(cohorts.map(({ name, n }) => [name, n])).toEqual([
      ['training', 40],
      ['test', 24],
    ]);
    expect(cohorts[1]!.auc.patientBootstrap).toMatchObject({ replicates: 100, seed: 7 });
    expect(cohorts[1]!.reweighted!.prevalence).toBe(0.2);
    expect(comparisons).toHaveLength(2);
    expect(
      readFileSync(join(at('one/two'), 'predictions.csv'), 'utf8')
        .trim()
        .split('\n'),
    ).toHaveLength(65);
    const { tp, fp, fn, tn, npv } = cohorts[1]!.atTrainingCutOff;
    expect(out).toContain(`TP ${tp}  FP ${fp}  FN ${fn}  TN ${tn}`);
    expect(out).toContain(`NPV          ${npv!.value.toFixed(3)}`);
    for (const each of ['patient bootstrap', 'logit DeLong', 'Time alone does as well'])
      expect(out).toContain(each);
  });

  it('judges a published model with the mean and SD of its training deltas', async () => {
    const published = ['--model', 'models/ear-delta-2023.json', '--features', at('published.csv')];
    const { status } = await run(
      'evaluate',
      ...published,
      '--mean',
      '7',
      '--sd',
      '4',
      '--out',
      at('published'),
    );
    expect(status).toBe(0);
    expect(evaluation('published').cohorts[0]!.rows[0]!.probability).toBeCloseTo(
      1 / (1 + Math.exp(0.90483 * (7 / 4) - 0.06478)),
      12,
    );
    const without = await run('evaluate', ...published, '--out', at('none'));
    expect(without.status).toBe(2);
    expect(isOneCodedLine(without, 'USAGE')).toBe(true);
  });

  it.each([
    ['no model', ['--model', 'nowhere.json'], 'MODEL_INVALID'],
    ['a model that is no JSON', ['--model', 'broken.json'], 'MODEL_INVALID'],
    ['no table', ['--model', 'fitted', '--train', 'nowhere.csv'], 'TABLE_INVALID'],
    ['the test as training', ['--model', 'fitted', '--train', 'test.csv'], 'COHORTS_OVERLAP'],
    ['a prevalence of 1', ['--model', 'fitted', '--prevalence', '1'], 'USAGE'],
    ['a mean without an SD', ['--model', 'fitted', '--mean', '1'], 'USAGE'],
    ['no replicates', ['--model', 'fitted', '--bootstrap', '0'], 'USAGE'],
  ])('refuses %s, and writes nothing', async (_, options, code) => {
    writeFileSync(at('broken.json'), '{');
    const placed = options.map((each) => (/^(fitted|.*\.(json|csv))$/.test(each) ? at(each) : each));
    const result = await onTest(...placed, '--out', at('refused'));
    expect(result.status).toBeGreaterThan(0);
    expect(isOneCodedLine(result, code)).toBe(true);
    expect(existsSync(at('refused'))).toBe(false);
  });
});
