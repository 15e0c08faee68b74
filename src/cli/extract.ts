import { availableParallelism } from 'node:os';
import { Fault } from '../fault.ts';
import { featureNames } from '../radiomics/features.ts';
import { EAR_2023 } from '../radiomics/profile.ts';
import { loadParameterFile } from '../startup/load-parameters.ts';
import { openRadiomics } from '../startup/open-radiomics.ts';
import { type Command, parse, required, wholeNumberOption } from './command.ts';
import { measureCase } from './extract-case.ts';
import { readCases } from './extract-cases.ts';
import { emit, failed, type Outcome, oneJson, table, tableJson } from './extract-output.ts';
import type { ExtractCase, ExtractOptions } from './extract-request.ts';
import { progressBar } from './progress.ts';

/** `earshot extract`: features of one image and mask, or of a table of them. */
export const extract: Command = {
  usage: `Usage: earshot extract --image PATH --mask PATH [options]
       earshot extract --cases FILE.csv [options]

PATH of the image is a folder of CT slices, .nrrd, .nii or .nii.gz; PATH of the mask an RTSTRUCT or SEG, a folder that
holds one, or a label image. Extracts the features of profile ear-2023 (386) under PyRadiomics' names.
  --cases FILE     a table with the columns Image and Mask, optionally Label, Roi and others, which are copied through;
                   relative paths count from the table's folder. One row comes out for each row, in the same order
  --settings FILE  PyRadiomics parameter file instead of the profile
  --roi NAME       region of interest, when an RTSTRUCT or SEG has several
  --label N        value of the region in a label image (default 1, or the settings')
  --stability      measure again under eroded, dilated and shifted masks, and tell each feature's spread
  --repeat N       run the extraction N times; extractionSeconds is the median
  --jobs N         cases measured at once (default: one a core)
  --format json|csv  (default json)
  --out FILE       instead of standard output`,
  run: async (args) => {
    const { values } = parse(args, {
      image: { type: 'string' },
      mask: { type: 'string' },
      cases: { type: 'string' },
      settings: { type: 'string' },
      roi: { type: 'string' },
      label: { type: 'string' },
      stability: { type: 'boolean', default: false },
      repeat: { type: 'string' },
      jobs: { type: 'string' },
      format: { type: 'string', default: 'json' },
      out: { type: 'string' },
    });
    const { format } = values;
    if (format !== 'json' && format !== 'csv') throw new Fault('USAGE', '--format is json or csv');
    const label = wholeNumberOption(values.label, '--label', 0);
    const read = values.settings === undefined ? EAR_2023 : loadParameterFile(values.settings);
    const settings = label === undefined ? read : { ...read, label };
    const options = {
      settings,
      features: featureNames(settings),
      repeat: wholeNumberOption(values.repeat, '--repeat', 1) ?? 1,
      isStabilityWanted: values.stability,
    };
    if (values.cases === undefined) {
      const image = required(values.image, '--image');
      const one: ExtractCase = { image, mask: required(values.mask, '--mask'), roi: values.roi, columns: {} };
      const outcome = await measureOne(one, options);
      emit(format === 'json' ? oneJson(outcome) : table([outcome], options.features), values.out);
      return 0;
    }
    if (values.image !== undefined || values.mask !== undefined || values.roi !== undefined) {
      throw new Fault('USAGE', '--cases names image, mask and roi itself');
    }
    const jobs = wholeNumberOption(values.jobs, '--jobs', 1) ?? availableParallelism();
    const outcomes = await measureAll(readCases(values.cases), options, jobs);
    warnOfMixedRecipes(outcomes);
    emit(format === 'json' ? tableJson(outcomes) : table(outcomes, options.features), values.out);
    return outcomes.some((outcome) => outcome.fault) ? 1 : 0;
  },
};

/** A scan of integers and one of float32 give different numbers under the same settings (RecipeDigest). */
function warnOfMixedRecipes(outcomes: readonly Outcome[]): void {
  const digests = outcomes.flatMap(({ diagnostics }) => diagnostics['recipeDigest'] ?? []);
  const count = new Set(digests).size;
  if (count < 2) return;
  process.stderr.write(
    `the rows are of ${count} recipes (integer and float voxels give different numbers): compare only rows of one digest\n`,
  );
}

async function measureOne(one: ExtractCase, options: ExtractOptions): Promise<Outcome> {
  await using radiomics = openRadiomics(1);
  return await measureCase(radiomics, one, options);
}

/** `jobs` cases at a time; one that fails becomes a row that says why. */
async function measureAll(
  cases: readonly ExtractCase[],
  options: ExtractOptions,
  jobs: number,
): Promise<readonly Outcome[]> {
  await using radiomics = openRadiomics(jobs);
  const bar = progressBar(cases.length);
  const outcomes: Outcome[] = new Array(cases.length);
  const waiting = cases.entries();
  const work = async (): Promise<void> => {
    for (const [i, each] of waiting) {
      try {
        outcomes[i] = await measureCase(radiomics, each, options);
      } catch (thrown) {
        outcomes[i] = failed(each, thrown);
      }
      bar.step(outcomes[i]?.fault !== undefined);
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, cases.length) }, work));
  bar.stop();
  return outcomes;
}
