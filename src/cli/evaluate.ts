import { Fault } from '../fault.ts';
import { type NamedTable, TRAINING } from '../lab/evaluate/cohort.ts';
import { evaluate as evaluateModel } from '../lab/evaluate/evaluate.ts';
import { type JudgedModel, publishedModel } from '../lab/evaluate/judged-model.ts';
import { scoredTables } from '../lab/evaluate/scored-tables.ts';
import { summaryOf } from '../lab/evaluate/summary.ts';
import { tablesBySplit } from '../lab/evaluate/tables-by-split.ts';
import { readFeatureTable } from '../lab/table/read-feature-table.ts';
import { type FittedModel, parseFittedModel } from '../model/fitted-model.ts';
import type { MeanAndSd } from '../model/interval.ts';
import { loadModelFile } from '../startup/load-model.ts';
import { VERSION } from '../startup/version.ts';
import { readText } from '../startup/yaml.ts';
import { type Command, numberOption, parse, required, wholeNumberOption } from './command.ts';
import { writeEvaluation } from './evaluate-output.ts';
import { isFittedFile } from './model-path.ts';
import { scaleOption } from './scale-option.ts';

/** `earshot evaluate`: how good a model is on cases with a known outcome. */
export const evaluate: Command = {
  usage: `Usage: earshot evaluate --model PATH --features test.csv --out DIR [options]

Judges a model on rows with a known label: AUC with three intervals, the confusion matrix at the training set's cut-off, calibration,
decision curve, and whether it tells more than time and size. Writes evaluation.json, predictions.csv, report.html
and its pictures (figures/*.svg), and prints a summary.
  --model PATH     model.json of earshot fit, a folder that holds it, or a published delta model (models/ear-delta-2023.json), which
                   needs --mean and --sd
  --features FILE  test rows: CaseName, label, and as far as known patient, visit, days, site, scanner, kernel; for a delta
                   model either the changes, or time points with the visit baseline among them. A column split makes a cohort of each of its values; one of them may be training
  --train FILE     the training rows: they are judged as well, and none of their patients may be in a test
  --delta FILE     baselines, when they are in a table of their own: a delta model scores the changes since them
  --compare PATH   a second model on the same rows (paired DeLong)
  --mean --sd      mean and SD of the training deltas of a published model, in feature units
  --prevalence P   of a clinic, 0 to 1: the decision curve is re-weighted to it as well
  --bootstrap N    replicates over patients (default 2000)
  --seed N         of the bootstrap (default 12345)`,
  run: async (args) => {
    const { values } = parse(args, {
      model: { type: 'string' },
      features: { type: 'string' },
      train: { type: 'string' },
      delta: { type: 'string' },
      compare: { type: 'string' },
      mean: { type: 'string' },
      sd: { type: 'string' },
      prevalence: { type: 'string' },
      bootstrap: { type: 'string' },
      seed: { type: 'string' },
      out: { type: 'string' },
    });
    const out = required(values.out, '--out');
    const features = required(values.features, '--features');
    const normalisation = scaleOption(values.mean, values.sd);
    const { judged: model, fitted } = readModel(required(values.model, '--model'), normalisation);
    const others = values.compare === undefined ? [] : [readModel(values.compare, normalisation).judged];
    const tables = tablesOf(features, values.train);
    const baselines =
      values.delta === undefined ? null : readFeatureTable(readText(values.delta, 'TABLE_INVALID'));
    const evaluation = evaluateModel(model, scoredTables(model, tables, baselines), {
      resampling: {
        replicates: wholeNumberOption(values.bootstrap, '--bootstrap', 1) ?? 2000,
        seed: wholeNumberOption(values.seed, '--seed', 0) ?? 12_345,
      },
      prevalence: prevalenceOf(values.prevalence),
      others: others.map((other) => ({ model: other, tables: scoredTables(other, tables, baselines) })),
      software: `Earshot ${VERSION}`,
    });
    await writeEvaluation(out, evaluation, fitted);
    console.log(summaryOf(evaluation));
    return 0;
  },
};

function prevalenceOf(given: string | undefined): number | null {
  const prevalence = numberOption(given, '--prevalence') ?? null;
  if (prevalence !== null && (prevalence <= 0 || prevalence >= 1))
    throw new Fault('USAGE', '--prevalence must be between 0 and 1');
  return prevalence;
}

/** `fitted` is null for a published model. */
type ReadModel = Readonly<{ judged: JudgedModel; fitted: FittedModel | null }>;

function readModel(path: string, normalisation: MeanAndSd | undefined): ReadModel {
  const { file, isFitted } = isFittedFile(path);
  if (isFitted) {
    const { model, sha256 } = parseFittedModel(readText(file, 'MODEL_INVALID'));
    return { judged: { ...model, sha256 }, fitted: model };
  }
  if (normalisation === undefined)
    throw new Fault('USAGE', `${file} is a published model: it needs --mean and --sd of its training deltas`);
  return { judged: publishedModel(loadModelFile(file), normalisation), fitted: null };
}

function tablesOf(features: string, train: string | undefined): readonly NamedTable[] {
  const tables = tablesBySplit(readFeatureTable(readText(features, 'TABLE_INVALID')));
  if (train === undefined) return tables;
  if (tables.some(({ name }) => name === TRAINING))
    throw new Fault('USAGE', `--train is given, and ${features} has rows of the split ${TRAINING} as well`);
  return [{ name: TRAINING, table: readFeatureTable(readText(train, 'TABLE_INVALID')) }, ...tables];
}
