/**
 * The engine against PyRadiomics, one thread each, reading not counted: `node --import tsx test/bench/radiomics.bench.ts`.
 * Every case and set of features has processes of its own. Warm is the median of 5 runs after what the service does when its
 * thread starts (a tiny phantom is measured); cold is the first run of a process that has measured nothing.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { extractFeatures } from '../../src/radiomics/extract.ts';
import { featureNames } from '../../src/radiomics/features.ts';
import { EAR_2023 } from '../../src/radiomics/profile.ts';
import { warmUp } from '../../src/radiomics/warm-up.ts';
import { FEATURE_CASES, type FeatureCase } from '../support/feature-cases.ts';
import { referenceDir } from '../support/reference.ts';
import { hasReference, readJson } from '../support/reference-cases.ts';

const FEATURE = 'log-sigma-3-0-mm-3D_glcm_DifferenceVariance';
const REPEATS = 5;
const SETS = { full: 'meta', single: 'timing_single' } as const;
type Set = keyof typeof SETS;

type Timing = Readonly<{ total_wall_s: number; load_s: number; peak_rss_MiB: number }>;
type Run = Readonly<{ seconds: readonly number[]; roiVoxels: number; peakMiB: number }>;

/** In a process of its own: the seconds of each run, resampled ROI voxels, peak memory. */
function measure(folder: string, { load, settings }: FeatureCase, set: Set, isWarm: boolean): Run {
  const { volume, mask } = load(folder);
  const names = set === 'full' ? featureNames(settings) : [FEATURE];
  if (isWarm) warmUp(EAR_2023);
  let roiVoxels = 0;
  const seconds = Array.from({ length: isWarm ? REPEATS : 1 }, () => {
    const start = performance.now();
    roiVoxels = extractFeatures(volume, mask, settings, names).roiVoxels;
    return (performance.now() - start) / 1000;
  });
  return { seconds, roiVoxels, peakMiB: process.resourceUsage().maxRSS / 1024 };
}

function inChild(name: string, set: Set, isWarm: boolean): Run {
  const args = [fileURLToPath(import.meta.url), '--child', name, set, String(isWarm)];
  const { stdout, stderr } = spawnSync(process.execPath, [...process.execArgv, ...args]);
  if (stdout.length === 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString()) as Run;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

function compare(folder: string, set: Set, cases: readonly FeatureCase[]): void {
  print(`\n${set === 'full' ? 'All features' : FEATURE}`);
  print(
    '| Case | ROI voxels | Cold s | Warm s | PyRadiomics s | Ratio cold | Ratio warm | Peak MiB | PyRadiomics MiB |',
  );
  print('|---|---|---|---|---|---|---|---|---|');
  const points: [number, number][] = [];
  for (const { name } of cases) {
    const file = `${SETS[set]}_${name}.json`;
    if (!hasReference(folder, 'radiomics', file)) continue;
    const { timing } = readJson<{ timing: Timing }>(folder, 'radiomics', file);
    const theirs = timing.total_wall_s - timing.load_s;
    const [cold, warm] = [inChild(name, set, false), inChild(name, set, true)];
    const [coldSeconds, warmSeconds] = [cold.seconds[0]!, median(warm.seconds)];
    points.push([warm.roiVoxels, warmSeconds]);
    const cells = [
      `\`${name}\``,
      String(warm.roiVoxels),
      coldSeconds.toFixed(4),
      warmSeconds.toFixed(4),
      theirs.toFixed(4),
      (theirs / coldSeconds).toFixed(1),
      (theirs / warmSeconds).toFixed(1),
      Math.max(cold.peakMiB, warm.peakMiB).toFixed(0),
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
const [flag, name, set, isWarm] = process.argv.slice(2);
if (folder === undefined) print('No reference folder: set EARSHOT_REFERENCE_DIR.');
else if (flag === '--child') {
  const each = FEATURE_CASES.find((candidate) => candidate.name === name)!;
  print(JSON.stringify(measure(folder, each, set as Set, isWarm === 'true')));
} else {
  const cases = flag === '--smoke' ? FEATURE_CASES.slice(0, 1) : FEATURE_CASES;
  compare(folder, 'single', cases);
  compare(folder, 'full', cases);
}
