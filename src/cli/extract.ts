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
  --mixed-recipes  keep rows whose numbers cannot be compared with those of the first row (integer beside float voxels)
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
      'mixed-recipes': { type: 'boolean', default: false },
      format: { type: 'string', default: 'json' },
      out: { type: 'string' },
    });
    const format = formatOf(values.format);
    const label = wholeNumberOption(values.label, '--label', 1);
    const read = values.settings === undefined ? EAR_2023 : loadParameterFile(values.settings);
    const settings = label === undefined ? read : { ...read, label };
    const options = {
      settings,
      features: featureNames(settings),
      repeat: wholeNumberOption(values.repeat, '--repeat', 1) ?? 1,
      isStabilityWanted: values.stability,
    };
    const one = { image: values.image, mask: values.mask, roi: values.roi };
    const isTable = values.cases !== undefined;
    if (isTable && Object.values(one).some((value) => value !== undefined))
      throw new Fault('USAGE', '--cases names image, mask and roi itself');
    if (!isTable && (values.jobs !== undefined || values['mixed-recipes']))
      throw new Fault('USAGE', '--jobs and --mixed-recipes go with --cases');
    if (values.cases === undefined) {
      const outcome = await measureOne(oneCase(one, label), options);
      emit(format === 'json' ? oneJson(outcome) : table([outcome], options), values.out);
      return 0;
    }
    const jobs = wholeNumberOption(values.jobs, '--jobs', 1) ?? availableParallelism();
    const measured = await measureAll(readCases(values.cases, options.features), options, jobs);
    const outcomes = values['mixed-recipes'] ? measured : ofOneRecipe(measured);
    emit(format === 'json' ? tableJson(outcomes) : table(outcomes, options), values.out);
    return outcomes.some((outcome) => outcome.fault) ? 1 : 0;
  },
};

function formatOf(name: string): 'json' | 'csv' {
  if (name !== 'json' && name !== 'csv') throw new Fault('USAGE', '--format is json or csv');
  return name;
}

type Named = Readonly<Record<'image' | 'mask' | 'roi', string | undefined>>;

const oneCase = ({ image, mask, roi }: Named, label: number | undefined): ExtractCase => ({
  image: required(image, '--image'),
  mask: required(mask, '--mask'),
  roi,
  ...(label === undefined ? {} : { label }),
  columns: {},
});

/**
 * A scan of integers and one of float32 give different numbers under the same settings: rows of another recipe than the
 * first row's become faults.
 */
function ofOneRecipe(outcomes: readonly Outcome[]): readonly Outcome[] {
  const first = outcomes.find(({ fault }) => fault === undefined)?.diagnostics;
  return outcomes.map((outcome) => {
    const { fault, diagnostics } = outcome;
    if (fault || diagnostics['recipeDigest'] === first?.['recipeDigest']) return outcome;
    const detail = `${diagnostics['pixelPath']} voxels, where the table's first row has ${first?.['pixelPath']}; --mixed-recipes keeps both`;
    return failed(outcome.case, new Fault('RECIPES_MIXED', detail));
  });
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
