import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { asFault, Fault } from '../fault.ts';
import { type CohortRow, readCohortTable } from '../lab/cohort/cohort-table.ts';
import { type CaseOutcome, cohortOf } from '../lab/cohort/measured-case.ts';
import type { Radiomics } from '../ports.ts';
import { featureNames } from '../radiomics/features.ts';
import { EAR_2023 } from '../radiomics/profile.ts';
import { type FetchStudy, studyFetcher } from '../startup/fetch-study.ts';
import { defaultConfig, loadConfig, loadRules } from '../startup/load.ts';
import { loadParameterFile } from '../startup/load-parameters.ts';
import { openRadiomics } from '../startup/open-radiomics.ts';
import { readText } from '../startup/yaml.ts';
import { type CohortRecipe, measureStudy } from './cohort-case.ts';
import { writeCohort } from './cohort-output.ts';
import { openProgress, type Progress } from './cohort-progress.ts';
import { inputsOf, isFetched, removeLeftImages, withImages } from './cohort-study.ts';
import { type Command, parse, required, wholeNumberOption } from './command.ts';
import { progressBar, stopping } from './progress.ts';
import { stoppable } from './stop-signal.ts';

/** `earshot cohort run`: the features of every study of a cohort. */
export const cohortRun: Command = {
  usage: `Usage: earshot cohort run --table cohort.csv --out DIR [options]

Columns of the table: patient, study, visit (baseline, FFT, EAR or other), and as far as known date, label (0 or 1), roi, split
and site; others are not read. study is a folder of CT images and their RTSTRUCT or SEG, relative to the table, or a
StudyInstanceUID, which is fetched from the archive nodes of the configuration by DICOMweb or C-GET. C-MOVE needs a listener,
which runs in the service alone; such nodes are passed over.
The rules of the service hold here, too: a study that they would hold is excluded, and so is one whose StudyDate is not the
table's. Writes features.csv, deltas.csv (FFT and EAR minus baseline), flow.json and flow.svg (who was excluded, and why), and
progress.jsonl: a run that was stopped goes on where it was when the same command is given again.
Exit status 1: stopped, or a study is to be tried again.
  --settings FILE  PyRadiomics parameter file instead of profile ear-2023
  --config FILE    configuration with the archive nodes and the folder of the rules
  --jobs N         studies measured at once (default: one a core)
  --parquet        features.parquet as well`,
  run: async (args) => {
    const { values } = parse(args, {
      table: { type: 'string' },
      out: { type: 'string' },
      settings: { type: 'string' },
      config: { type: 'string' },
      jobs: { type: 'string' },
      parquet: { type: 'boolean', default: false },
    });
    const file = required(values.table, '--table');
    const out = required(values.out, '--out');
    const jobs = wholeNumberOption(values.jobs, '--jobs', 1) ?? availableParallelism();
    const rows = readCohortTable(readText(file, 'INPUT_NOT_FOUND'));
    const config = values.config === undefined ? defaultConfig() : loadConfig(values.config);
    const settings = values.settings === undefined ? EAR_2023 : loadParameterFile(values.settings);
    const recipe = { settings, features: featureNames(settings), rules: loadRules(config) };
    const tableFolder = dirname(resolve(file));
    const isAnyFetched = rows.some((row) => isFetched(row, tableFolder));
    if (isAnyFetched && values.config === undefined)
      throw new Fault('USAGE', 'a study of the table is a StudyInstanceUID: --config names the archive');
    if (isAnyFetched) removeLeftImages();
    const run: Run = {
      recipe,
      tableFolder,
      fetch: isAnyFetched ? studyFetcher(config) : undefined,
      progress: openProgress(out, recipe),
    };
    const outcomes = await measureAll(rows, run, jobs);
    if (outcomes === undefined) {
      console.error('stopped; the same command goes on where it was');
      return 1;
    }
    const all = outcomes.map(({ outcome }) => outcome);
    const { table, excluded } = cohortOf(rows, all, recipe.features);
    console.log(
      (await writeCohort(out, { rows, table, excluded, isParquetWanted: values.parquet })).trimEnd(),
    );
    const again = outcomes.filter(({ isFinal }) => !isFinal).length;
    if (again > 0) console.error(`${again} to be tried again: give the same command once more`);
    return again > 0 ? 1 : 0;
  },
};

type Run = Readonly<{
  recipe: CohortRecipe;
  tableFolder: string;
  fetch: FetchStudy | undefined;
  progress: Progress;
}>;
/** `isFinal`: nothing is known that may pass by itself */
type Done = Readonly<{ outcome: CaseOutcome; isFinal: boolean }>;

/**
 * `jobs` studies at a time, in the order of the rows; undefined: stopped before all were done. What ends the run ends it for all of them.
 */
async function measureAll(
  rows: readonly CohortRow[],
  run: Run,
  jobs: number,
): Promise<readonly Done[] | undefined> {
  using stop = stoppable();
  const failing = new AbortController();
  const signal = AbortSignal.any([stop.signal, failing.signal]);
  await using radiomics = openRadiomics(jobs);
  const bar = progressBar(rows.length);
  const done: Done[] = new Array(rows.length);
  const waiting = rows.entries();
  const work = async (): Promise<void> => {
    for (const [i, row] of waiting) {
      // A signal is heard between studies, however many are known already.
      await new Promise(setImmediate);
      if (signal.aborted) return;
      const one = await doneBefore(row, run, radiomics, signal);
      if (one === undefined) return;
      done[i] = one;
      bar.step(one.outcome.kind === 'excluded');
    }
  };
  const loop = () => work().catch((thrown: unknown) => failing.abort(thrown));
  await stopping(bar, () => Promise.all(Array.from({ length: Math.min(jobs, rows.length) }, loop)));
  failing.signal.throwIfAborted();
  return stop.signal.aborted ? undefined : done;
}

/** What is known of the row, else what comes of it now; undefined: stopped. Throws OUTPUT_FAILED. */
async function doneBefore(
  row: CohortRow,
  { recipe, tableFolder, fetch, progress }: Run,
  radiomics: Radiomics,
  signal: AbortSignal,
): Promise<Done | undefined> {
  let inputs: string | undefined;
  try {
    inputs = inputsOf(row, tableFolder);
    const known = progress.known(inputs);
    if (known && holds(known, row, tableFolder)) return { outcome: known, isFinal: true };
    const outcome = await withImages(row, tableFolder, fetch, signal, (folder) =>
      measureStudy(radiomics, row, folder, recipe, signal),
    );
    if (holds(outcome, row, tableFolder)) progress.keep(inputs, outcome);
    return { outcome, isFinal: true };
  } catch (thrown) {
    if (signal.aborted) return undefined;
    const fault = asFault(thrown);
    if (fault.code === 'OUTPUT_FAILED') throw fault;
    const outcome: CaseOutcome = {
      kind: 'excluded',
      excluded: { reason: fault.code, detail: detailOf(fault, row, tableFolder) },
    };
    const isFinal = isOfImages(fault) && existsSync(resolve(tableFolder, row.study));
    if (isFinal && inputs !== undefined) progress.keep(inputs, outcome);
    return { outcome, isFinal };
  }
}

/** The archive may have put right what a fetched study was excluded for, and nothing here would tell: it is asked again. */
const holds = ({ kind }: CaseOutcome, row: CohortRow, tableFolder: string): boolean =>
  kind === 'measured' || !isFetched(row, tableFolder);

/** The same images would give the same again. A file that was listed and is gone when it is read may be back the next time. */
const isOfImages = ({ code, disposition, cause }: Fault): boolean =>
  disposition !== 'retry' && code !== 'INTERNAL' && !(code === 'INPUT_NOT_FOUND' && cause !== undefined);

/** Faults of reading name files by their whole path; the table says where they are. */
const detailOf = ({ detail }: Fault, { study }: CohortRow, tableFolder: string): string =>
  detail.replaceAll(resolve(tableFolder, study), 'the study').replaceAll(tableFolder, '.');
