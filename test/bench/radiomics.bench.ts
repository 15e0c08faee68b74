/**
 * The installed command against PyRadiomics, one thread each, reading not counted: `npm run build`, then
 * `node --import tsx test/bench/radiomics.bench.ts`. What `earshot extract --repeat 5` says of itself: `extractionSeconds` is
 * the median of 5 runs in one process, cold the first of them, after the warm-up on small phantoms that the command does
 * at its start. Each case has several processes, and the fastest of them counts: other tenants of a machine only slow down. They do
 * so for seconds at a time, so that all cases have one process each, and then all once more.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExtractionSettings } from '../../src/radiomics/settings.ts';
import { FEATURE_CASES, type FeatureCase } from '../support/feature-cases.ts';
import { referenceDir } from '../support/reference.ts';
import { hasReference, readJson } from '../support/reference-cases.ts';
import { writeNrrd } from '../support/write-nrrd.ts';

const FEATURE = 'log-sigma-3-0-mm-3D_glcm_DifferenceVariance';
const REPEATS = 5;
const PROCESSES = 5;
const SETS = { full: 'meta', single: 'timing_single' } as const;
type Set = keyof typeof SETS;

type Timing = Readonly<{ total_wall_s: number; load_s: number; peak_rss_MiB: number }>;
type Run = Readonly<{ warm: number; cold: number; roiVoxels: number; peakMiB: number }>;

/** PyRadiomics parameters of a case, for all features or for the one. */
function parameters(
  { binCount, binWidth, resampledPixelSpacing, imageTypes }: ExtractionSettings,
  set: Set,
): string {
  const LoG = imageTypes.LoG.length > 0 ? { LoG: { sigma: imageTypes.LoG } } : {};
  return JSON.stringify({
    imageType: set === 'single' ? { LoG: { sigma: [3] } } : { Original: {}, ...LoG },
    ...(set === 'single' ? { featureClass: { glcm: ['DifferenceVariance'] } } : {}),
    setting: { ...(binCount === null ? { binWidth } : { binCount }), resampledPixelSpacing },
  });
}

const EARSHOT = fileURLToPath(new URL('../../bin/earshot.js', import.meta.url));

function extract(folder: string): Run {
  const at = (name: string) => join(folder, name);
  const files = ['--image', at('image.nrrd'), '--mask', at('mask.nrrd'), '--settings', at('settings.json')];
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [EARSHOT, 'extract', ...files, '--repeat', `${REPEATS}`],
    {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    },
  );
  if (stdout === '') throw new Error(stderr);
  const { diagnostics } = JSON.parse(stdout);
  return {
    warm: diagnostics.extractionSeconds,
    cold: diagnostics.coldExtractionSeconds,
    roiVoxels: diagnostics.resampled.roiVoxels,
    peakMiB: diagnostics.peakMemoryMiB,
  };
}

/** Files of a case, and what PyRadiomics took for it. */
type Prepared = Readonly<{ name: string; folder: string; theirs: Timing }>;

function prepared(reference: string, { name, load, settings }: FeatureCase, set: Set): readonly Prepared[] {
  const file = `${SETS[set]}_${name}.json`;
  if (!hasReference(reference, 'radiomics', file)) return [];
  const folder = mkdtempSync(join(tmpdir(), 'earshot-bench-'));
  const { volume, mask } = load(reference);
  writeNrrd(join(folder, 'image.nrrd'), volume);
  writeNrrd(join(folder, 'mask.nrrd'), mask);
  writeFileSync(join(folder, 'settings.json'), parameters(settings, set));
  return [{ name, folder, theirs: readJson<{ timing: Timing }>(reference, 'radiomics', file).timing }];
}

function compare(reference: string, set: Set, cases: readonly FeatureCase[], processes: number): void {
  const all: Prepared[] = [];
  try {
    for (const each of cases) all.push(...prepared(reference, each, set));
    const rounds = Array.from({ length: processes }, () => all.map(({ folder }) => extract(folder)));
    print(`\n${set === 'full' ? 'All features' : FEATURE}`);
    report(all.map((each, k) => [each, rounds.map((runs) => runs[k]!)] as const));
  } finally {
    for (const { folder } of all) rmSync(folder, { recursive: true });
  }
}

/** Of each case the fastest of the processes, and the most memory that one of them took. */
function report(measured: readonly (readonly [Prepared, readonly Run[]])[]): void {
  print(
    '| Case | ROI voxels | Cold s | Warm s | PyRadiomics s | Ratio cold | Ratio warm | Peak MiB | PyRadiomics MiB |',
  );
  print('|---|---|---|---|---|---|---|---|---|');
  const points: [number, number][] = [];
  for (const [{ name, theirs }, runs] of measured) {
    const seconds = theirs.total_wall_s - theirs.load_s;
    const warm = Math.min(...runs.map((run) => run.warm));
    const cold = Math.min(...runs.map((run) => run.cold));
    const { roiVoxels } = runs[0]!;
    points.push([roiVoxels, warm]);
    const cells = [
      `\`${name}\``,
      String(roiVoxels),
      cold.toFixed(4),
      warm.toFixed(4),
      seconds.toFixed(4),
      (seconds / cold).toFixed(1),
      (seconds / warm).toFixed(1),
      Math.max(...runs.map(({ peakMiB }) => peakMiB)).toFixed(0),
      theirs.peak_rss_MiB.toFixed(0),
    ];
    print(`| ${cells.join(' | ')} |`);
  }
  const large = points.filter(([voxels]) => voxels >= 1000);
  if (large.length > 2)
    print(
      `Seconds grow with ROI voxels to the power ${exponent(large).toFixed(2)} (regions from 1,000 voxels).`,
    );
}

/** Slope of the least-squares line through the logarithms. */
function exponent(points: readonly (readonly [number, number])[]): number {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const);
  const [mx, my] = [0, 1].map((k) => logs.reduce((sum, point) => sum + point[k as 0]!, 0) / logs.length);
  const above = logs.reduce((sum, [x, y]) => sum + (x - mx!) * (y - my!), 0);
  return above / logs.reduce((sum, [x]) => sum + (x - mx!) ** 2, 0);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const folder = referenceDir();
const isSmoke = process.argv.includes('--smoke');
if (folder === undefined) print('No reference folder: set EARSHOT_REFERENCE_DIR.');
else {
  const cases = isSmoke ? FEATURE_CASES.slice(0, 1) : FEATURE_CASES;
  for (const set of ['single', 'full'] as const) compare(folder, set, cases, isSmoke ? 1 : PROCESSES);
}
