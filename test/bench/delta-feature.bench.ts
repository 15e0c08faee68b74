/**
 * The one feature of the delta against PyRadiomics, one thread each, reading not counted:
 * `node --import tsx test/bench/delta-feature.bench.ts`. Cold is the first call of a new process.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { extractFeatures } from '../../src/radiomics/extract.ts';
import { EAR_2023 } from '../../src/radiomics/profile.ts';
import { referenceDir } from '../support/reference.ts';
import { hasReference, readCase, readJson, readNifti, readNiftiAsDicom } from '../support/reference-cases.ts';

const FEATURE = 'log-sigma-3-0-mm-3D_glcm_DifferenceVariance';
const SETTINGS = { ...EAR_2023, imageTypes: { Original: false, LoG: [3] } };
const REPEATS = 5;
/** Enough calls for the compiler to have finished. */
const WARMING = 15;

const CASES = {
  synth1: (folder: string) => readCase(folder, 'synth1'),
  synth1_followup: (folder: string) => readCase(folder, 'synth1_followup'),
  synth2_border: (folder: string) => readCase(folder, 'synth2_border'),
  synth3_twocomp: (folder: string) => readCase(folder, 'synth3_twocomp'),
  sts_042: (folder: string) => readNifti(folder, 'sts-042'),
  sts_008: (folder: string) => readNifti(folder, 'sts-008'),
  sts_042_dicom: (folder: string) => readNiftiAsDicom(folder, 'sts-042'),
  sts_008_dicom: (folder: string) => readNiftiAsDicom(folder, 'sts-008'),
} as const;
type Case = keyof typeof CASES;

function measure(folder: string, name: Case): { cold: number; warm: number } {
  const { volume, mask } = CASES[name](folder);
  const seconds = () => {
    const start = performance.now();
    extractFeatures(volume, mask, SETTINGS, [FEATURE]);
    return (performance.now() - start) / 1000;
  };
  const cold = seconds();
  for (let i = 0; i < WARMING; i++) seconds();
  const warm = Array.from({ length: REPEATS }, seconds).sort((a, b) => a - b)[REPEATS >> 1]!;
  return { cold, warm };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function compare(folder: string): void {
  print('case              cold s    warm s    PyRadiomics s   ratio warm   ratio cold');
  for (const name of (Object.keys(CASES) as Case[]).slice(0, isSmoke ? 1 : undefined)) {
    const file = `timing_single_${name}.json`;
    if (!hasReference(folder, 'radiomics', file)) continue;
    const { timing } = readJson<{ timing: { total_wall_s: number; load_s: number } }>(
      folder,
      'radiomics',
      file,
    );
    const theirs = timing.total_wall_s - timing.load_s;
    const child = spawnSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), name]);
    const { cold, warm } = JSON.parse(child.stdout.toString()) as ReturnType<typeof measure>;
    const cells = [cold, warm, theirs].map((s) => s.toFixed(4).padEnd(10)).join('');
    print(
      `${name.padEnd(18)}${cells}      ${(theirs / warm).toFixed(1).padEnd(13)}${(theirs / cold).toFixed(1)}`,
    );
  }
}

const folder = referenceDir();
const only = process.argv.slice(2).find((argument): argument is Case => argument in CASES);
const isSmoke = process.argv.includes('--smoke');
if (folder === undefined) print('No reference folder: set EARSHOT_REFERENCE_DIR.');
else if (only) print(JSON.stringify(measure(folder, only)));
else compare(folder);
