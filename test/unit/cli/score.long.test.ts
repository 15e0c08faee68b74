import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validateReport } from '../../../src/sr/validate.ts';
import { type CaseObjects, phantomCase } from '../../support/phantom-case.ts';
import { reportValues } from '../../support/report-values.ts';
import { isOneCodedLine, run } from './run.ts';

const FEATURE = 'log-sigma-3-0-mm-3D_glcm_DifferenceVariance';
let folder: string;
let baseline: string;
let followup: string;
const phantom = phantomCase('command-line');

function written(name: string, { ct, mask }: CaseObjects): string {
  const place = join(folder, name);
  mkdirSync(join(place, 'slices'), { recursive: true });
  for (const [at, bytes] of ct.entries()) writeFileSync(join(place, 'slices', `${at}.dcm`), bytes);
  writeFileSync(join(place, 'mask.dcm'), mask);
  writeFileSync(join(place, 'README.txt'), 'not DICOM');
  return place;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-score-'));
  baseline = written('baseline', phantom.baseline);
  followup = written('followup', phantom.followUp);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const score = (out: string, ...more: string[]) =>
  run('score', '--baseline', baseline, '--followup', followup, '--out', out, ...more);
const resultOf = (out: string) => JSON.parse(readFileSync(join(out, 'result.json'), 'utf8'));

/** The case without a normalisation: scored once for all who read its result. */
let scoredOnce: Promise<string> | undefined;
const scored = () => {
  scoredOnce ??= (async () => {
    const out = join(folder, 'delta');
    expect((await score(out)).status).toBe(0);
    return out;
  })();
  return scoredOnce;
};

describe('earshot score', { timeout: 30_000 }, () => {
  it('writes result.json and a valid report.dcm with the same numbers, and a second run writes the same bytes', async () => {
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    const options = ['--mean', '-0.5', '--sd', '2', '--n', '60'];
    expect(await score(first, ...options)).toMatchObject({ status: 0 });
    expect(await score(second, ...options)).toMatchObject({ status: 0 });
    for (const name of ['result.json', 'report.dcm']) {
      expect(readFileSync(join(second, name)).equals(readFileSync(join(first, name)))).toBe(true);
    }
    const bytes = readFileSync(join(first, 'report.dcm'));
    expect(() => validateReport(bytes)).not.toThrow();
    const report = reportValues(bytes);
    const result = resultOf(first);
    expect(result).toMatchObject({ researchUseOnly: true, held: false });
    expect(result.baseline.features[FEATURE]).toBe(report.baseline);
    expect(result.followUp.features[FEATURE]).toBe(report.followUp);
    expect(result.score.delta).toBe(report.delta);
    const z = (report.delta! + 0.5) / 2;
    expect(result.score.probability).toBeCloseTo(1 / (1 + Math.exp(-(0.06478 + 0.90483 * z))), 12);
  });

  it('without a normalisation gives the delta and no probability', async () => {
    const out = await scored();
    expect(resultOf(out).score).toMatchObject({ probability: null, category: null });
    expect(resultOf(out).score.delta).toEqual(expect.any(Number));
  });

  it('a case that the service would hold is written without a report, and ends with 1', async () => {
    const contrast = phantom.objects('followUp', {
      ct: {
        ContrastBolusAgent: 'Iohexol',
        StudyDescription: '',
        SeriesDescription: 'Thorax',
        ProtocolName: '',
      },
    });
    const out = join(folder, 'held');
    const followupWithContrast = written('contrast', contrast);
    const result = await run(
      'score',
      '--baseline',
      baseline,
      '--followup',
      followupWithContrast,
      '--out',
      out,
    );
    expect(result.status).toBe(1);
    expect(result.err).toMatch(/earshot: OUT_OF_SCOPE: .*QC-16/);
    expect(resultOf(out).held).toBe(true);
    expect(() => readFileSync(join(out, 'report.dcm'))).toThrow(/ENOENT/);
  });

  it('of two persons is refused without their data', async () => {
    const other = phantom.objects('baseline', { every: { PatientBirthDate: '19400404' } });
    const stranger = written('stranger', other);
    const result = await run(
      'score',
      '--baseline',
      stranger,
      '--followup',
      followup,
      '--out',
      join(folder, 'x'),
    );
    expect(result.status).toBe(1);
    expect(isOneCodedLine(result, 'IDENTITY_CONFLICT')).toBe(true);
    expect(result.err).not.toMatch(/1940|1951|CASE-/);
  });

  it.each([
    [['--mean', '1'], /go together/],
    [['--mean', '1', '--sd', '0', '--n', '5'], /--sd must be above 0/],
    [['--mean', 'x', '--sd', '1', '--n', '5'], /--mean is not a number/],
    [['--mean', '1', '--sd', '1', '--n', '1.5'], /--n must be a whole number/],
  ])('%s is a mistake in the words', async (more, what) => {
    const result = await score(join(folder, 'usage'), ...more);
    expect(result.status).toBe(2);
    expect(result.err).toMatch(what);
  });

  it('a region of a name that is not there is told', async () => {
    const result = await score(join(folder, 'roi'), '--roi', 'GTV-9');
    expect(result.status).toBe(1);
    expect(isOneCodedLine(result, 'MASK_NO_REGION')).toBe(true);
  });
});

describe('earshot extract', { timeout: 30_000 }, () => {
  it('gives the feature that score uses, as JSON and as CSV', async () => {
    const wanted = resultOf(await scored()).baseline.features[FEATURE];
    const json = await run(
      'extract',
      '--image',
      join(baseline, 'slices'),
      '--mask',
      join(baseline, 'mask.dcm'),
    );
    expect(json.status).toBe(0);
    expect(JSON.parse(json.out).features[FEATURE]).toBe(wanted);

    const file = join(folder, 'features.csv');
    const place = ['--image', baseline, '--mask', baseline];
    expect((await run('extract', ...place, '--format', 'csv', '--out', file)).status).toBe(0);
    const [head, row] = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    expect(Number(row![head!.indexOf(FEATURE)])).toBe(wanted);
  });

  it('of a place that cannot be written says so', async () => {
    const result = await run(
      'extract',
      '--image',
      baseline,
      '--mask',
      baseline,
      '--out',
      join(folder, 'no/such/file'),
    );
    expect(result.status).toBe(1);
    expect(isOneCodedLine(result, 'OUTPUT_FAILED')).toBe(true);
  });
});
