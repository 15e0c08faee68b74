import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededPhantom } from '../../support/seeded-phantom.ts';
import { writeNrrd } from '../../support/write-nrrd.ts';
import { run } from './run.ts';

const DIFFERENCE_VARIANCE = 'log-sigma-3-0-mm-3D_glcm_DifferenceVariance';
let folder: string;
const at = (name: string) => join(folder, name);

/** Volume and mask of the seeded phantom as NRRD files; the mask has labels 1 and, one voxel, 2. */
function writeCase(name: string, seed: number): void {
  const { volume, mask } = seededPhantom(seed);
  const labels = mask.voxels.slice();
  labels[0] = 2;
  writeNrrd(at(`${name}-image.nrrd`), volume);
  writeNrrd(at(`${name}-mask.nrrd`), { ...mask, voxels: labels });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-extract-'));
  for (const [name, seed] of [
    ['a', 11],
    ['b', 12],
  ] as const)
    writeCase(name, seed);
  const { volume } = seededPhantom(11);
  writeNrrd(at('a-float.nrrd'), { ...volume, voxels: Float32Array.from(volume.voxels) });
  writeFileSync(
    at('small.yaml'),
    'imageType: { LoG: { sigma: [3] } }\nfeatureClass: { glcm: [DifferenceVariance] }\nsetting: { binCount: 50, resampledPixelSpacing: [0.702, 0.702, 0] }\n',
  );
  mkdirSync(at('tables'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const one = (...more: string[]) =>
  run('extract', '--image', at('a-image.nrrd'), '--mask', at('a-mask.nrrd'), ...more);
const table = (text: string) => {
  writeFileSync(at('tables/cases.csv'), text);
  return (...more: string[]) =>
    run('extract', '--cases', at('tables/cases.csv'), '--settings', at('small.yaml'), '--jobs', '2', ...more);
};

describe('earshot extract of one case', { timeout: 30_000 }, () => {
  it('gives 386 features and where they come from', async () => {
    const { status, out } = await one('--repeat', '2');
    expect(status).toBe(0);
    const { features, diagnostics } = JSON.parse(out);
    expect(Object.keys(features)).toHaveLength(386);
    expect(diagnostics).toMatchObject({
      pixelPath: 'integer',
      repeat: 2,
      recipeDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      imageDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      maskDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      loadSeconds: expect.any(Number),
      extractionSeconds: expect.any(Number),
      peakMemoryMiB: expect.any(Number),
      settings: { binCount: 50 },
      resampled: { isInterpolated: true },
      undefinedBecause: {},
    });
  });
  it('with --stability tells how far each feature moves', async () => {
    const { out } = await one('--settings', at('small.yaml'), '--stability');
    const { diagnostics, features } = JSON.parse(out);
    const spread = diagnostics.stability[DIFFERENCE_VARIANCE];
    expect(spread).toMatchObject({ masks: 7, standardDeviation: expect.any(Number) });
    expect(spread.minimum).toBeLessThanOrEqual(features[DIFFERENCE_VARIANCE]);
    expect(Object.keys(spread.values)).toEqual([
      'erosion',
      'dilation',
      'shift right',
      'shift left',
      'shift down',
      'shift up',
    ]);
  });
  it('writes CSV into a file', async () => {
    expect(
      await one('--format', 'csv', '--out', at('out.csv'), '--settings', at('small.yaml')),
    ).toMatchObject({ status: 0, out: '' });
    const [header, row] = readFileSync(at('out.csv'), 'utf8').trim().split('\n');
    expect(header!.split(',')).toEqual([
      'Image',
      'Mask',
      'diagnostics_RecipeDigest',
      'diagnostics_Fault',
      DIFFERENCE_VARIANCE,
    ]);
    expect(row).toMatch(/,[0-9a-f]{64},,\d/);
  });
  it('writes the spread under perturbed masks into CSV too', async () => {
    const { out } = await one('--format', 'csv', '--settings', at('small.yaml'), '--stability');
    const [header, row] = out
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    const spread = ['minimum', 'maximum', 'standardDeviation'].map((of) => `${DIFFERENCE_VARIANCE}_${of}`);
    expect(header!.slice(-3)).toEqual(spread);
    const [value, minimum, maximum, deviation] = row!.slice(-4).map(Number);
    expect(minimum).toBeLessThanOrEqual(value!);
    expect(maximum).toBeGreaterThanOrEqual(value!);
    expect(deviation).toBeGreaterThan(0);
  });
  it.each([
    ['the label of the background', ['--label', '0'], 'USAGE'],
    ['a name where regions have labels', ['--roi', 'GTV'], 'USAGE'],
    ['a number of jobs for one case', ['--jobs', '2'], 'USAGE'],
    ['a label that is missing', ['--label', '7'], 'MASK_LABEL_MISSING'],
    ['a region of one voxel', ['--label', '2'], 'ROI_TOO_SMALL'],
    ['settings that are not there', ['--settings', '/nowhere.yaml'], 'INPUT_NOT_FOUND'],
    ['a number of repeats that is none', ['--repeat', '0'], 'USAGE'],
    ['a format that is not written', ['--format', 'xml'], 'USAGE'],
    [
      'an output that cannot be written',
      ['--out', '/nowhere/x.json', '--settings', 'small'],
      'INPUT_NOT_FOUND',
    ],
  ])('%s ends with a code', async (_, more, code) => {
    const { status, err } = await one(...more);
    expect(status).not.toBe(0);
    expect(err).toContain(code);
  });
});

describe('earshot extract of a table', { timeout: 30_000 }, () => {
  it('keeps the order and the columns; a case that fails does not stop the others', async () => {
    const run = table(
      'ID,Image,Mask,Label\n1,../a-image.nrrd,../a-mask.nrrd,\n2,../gone.nrrd,../a-mask.nrrd,\n"3, x",../b-image.nrrd,../b-mask.nrrd,1\n4,../b-image.nrrd,../b-mask.nrrd,9\n',
    );
    const { status, out } = await run('--format', 'csv');
    expect(status).toBe(1);
    const lines = out.trim().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatch(/^ID,Image,Mask,Label,diagnostics_RecipeDigest,diagnostics_Fault,/);
    expect(lines[1]).toMatch(/^1,\.\.\/a-image\.nrrd,\.\.\/a-mask\.nrrd,,[0-9a-f]{64},,\d/);
    expect(lines[2]).toContain('INPUT_NOT_FOUND');
    expect(lines[3]).toMatch(/^"3, x",.*,1,[0-9a-f]{64},,\d/);
    expect(lines[4]).toContain('MASK_LABEL_MISSING');
  });
  it('does not mix recipes unless it is told to', async () => {
    const rows = 'Image,Mask\n../a-image.nrrd,../a-mask.nrrd\n../a-float.nrrd,../a-mask.nrrd\n';
    const refused = await table(rows)();
    expect(refused.status).toBe(1);
    const [first, second] = JSON.parse(refused.out);
    expect(first.fault).toBeUndefined();
    expect(second.fault).toMatchObject({ code: 'RECIPES_MIXED', detail: expect.stringContaining('float32') });
    const kept = await table(rows)('--mixed-recipes');
    expect(kept.status).toBe(0);
    const digests = JSON.parse(kept.out).map(
      (row: { diagnostics: { recipeDigest: string } }) => row.diagnostics.recipeDigest,
    );
    expect(new Set(digests).size).toBe(2);
  });
  it('gives JSON as well, the same values as one by one', async () => {
    const { out, status } = await table('Image,Mask\n../a-image.nrrd,../a-mask.nrrd\n')();
    expect(status).toBe(0);
    const [row] = JSON.parse(out);
    const alone = JSON.parse((await one('--settings', at('small.yaml'))).out);
    expect(row.features).toEqual(alone.features);
  });
  it.each([
    ['Image\nx\n', 'no column "Mask"'],
    ['Image,Mask\n,y\n', 'cases.csv:2'],
    ['Image,Mask,Label\nx,y,one\n', 'Label is not a whole number'],
    ['Image,Mask\n', 'no rows'],
    [`Image,Mask,${DIFFERENCE_VARIANCE}\nx,y,1\n`, 'is the name of a feature'],
    ['Image,Mask,Label\nx,y,0\n', 'Label is not a whole number'],
  ])('%j is refused', async (text, message) => {
    const { status, err } = await table(text)();
    expect(status).not.toBe(0);
    expect(err).toContain('TABLE_INVALID');
    expect(err).toContain(message);
  });
});
