/**
 * The installed command against PyRadiomics, one thread each, reading not counted: `npm run build`, then
 * `node --import tsx test/bench/radiomics.bench.ts`. What `earshot extract --repeat 5` says of itself: `extractionSeconds` is
 * the median of 5 runs in one process, cold the first of them, after the warm-up on a tiny phantom that the command does
 * at its start. Each case has several processes, and the fastest of them counts: other tenants of a machine only slow down.
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

/** The fastest of the processes; the most memory that one of them took. */
function measure(reference: string, { load, settings }: FeatureCase, set: Set, processes: number): Run {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-bench-'));
  try {
    const { volume, mask } = load(reference);
    writeNrrd(join(folder, 'image.nrrd'), volume);
    writeNrrd(join(folder, 'mask.nrrd'), mask);
    writeFileSync(join(folder, 'settings.json'), parameters(settings, set));
    const runs = Array.from({ length: processes }, () => extract(folder));
    return {
      warm: Math.min(...runs.map(({ warm }) => warm)),
      cold: Math.min(...runs.map(({ cold }) => cold)),
      roiVoxels: runs[0]!.roiVoxels,
      peakMiB: Math.max(...runs.map(({ peakMiB }) => peakMiB)),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function compare(folder: string, set: Set, cases: readonly FeatureCase[], processes: number): void {
  print(`\n${set === 'full' ? 'All features' : FEATURE}`);
  print(
    '| Case | ROI voxels | Cold s | Warm s | PyRadiomics s | Ratio cold | Ratio warm | Peak MiB | PyRadiomics MiB |',
  );
  print('|---|---|---|---|---|---|---|---|---|');
  const points: [number, number][] = [];
  for (const each of cases) {
    const file = `${SETS[set]}_${each.name}.json`;
    if (!hasReference(folder, 'radiomics', file)) continue;
    const { timing } = readJson<{ timing: Timing }>(folder, 'radiomics', file);
    const theirs = timing.total_wall_s - timing.load_s;
    const { warm, cold, roiVoxels, peakMiB } = measure(folder, each, set, processes);
    points.push([roiVoxels, warm]);
    const cells = [
      `\`${each.name}\``,
      String(roiVoxels),
      cold.toFixed(4),
      warm.toFixed(4),
      theirs.toFixed(4),
      (theirs / cold).toFixed(1),
      (theirs / warm).toFixed(1),
      peakMiB.toFixed(0),
      timing.peak_rss_MiB.toFixed(0),
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
