import { availableParallelism } from 'node:os';
import { canonicalJson, digestOf } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import type { FitRecord } from '../lab/record.ts';
import { fit as fitted, foldsToCompute } from '../lab/search/fit.ts';
import { preparedTable } from '../lab/search/prepare.ts';
import { searchCsv } from '../lab/search/search-csv.ts';
import type { FittedModel } from '../model/fitted-model.ts';
import { EAR_2023 } from '../radiomics/profile.ts';
import { ENGINE, recipeDigest } from '../radiomics/recipe.ts';
import { openLab } from '../startup/open-lab.ts';
import { VERSION } from '../startup/version.ts';
import { type Command, required } from './command.ts';
import { FitFolder } from './fit-folder.ts';
import { fitRequest } from './fit-options.ts';
import { fitTables } from './fit-tables.ts';
import { progressBar, stopping } from './progress.ts';
import { reportFiles } from './report-output.ts';
import { stopSignal } from './stop-signal.ts';

/** `earshot fit`: a model from a table of features. */
export const fit: Command = {
  usage: `Usage: earshot fit --features TABLE.csv --out DIR [options]

Makes a model from a table: CaseName, label (0 or 1), patient, and features by their PyRadiomics names; a table of changes,
of time points with the visit baseline among them, which are subtracted, or of follow-ups alone. Of a table with a column split the
rows called train count. A scout model per base image, then the final search over what the scouts kept: every selector with
every classifier and k, cross-validated. Writes model.json, search.csv (all candidates), report.html and its pictures. Stopped, the
same command goes on.
  --delta FILE     baselines, in a table of their own: the model is of the changes since them
  --split FILE     draw patients into a training and a test set until no characteristic of this clinical table differs (all p above
                   0.05); its Table 1 is printed, and the sets are written as train.csv and test.csv. See earshot cohort split
  --train N --test N | --share X, --draws N, --split-seed N  of --split: sizes in patients or the share that trains (default
                   0.7: of 96 patients 67 train and 29 test), most draws (default 1000), the seed (default 1)
  --mode recommended  folds keep patients together, Relief ranks by signed weight, the whole procedure is cross-validated
                   once more in an outer loop (default)
  --mode fae       as FeAture Explorer 0.5.2: folds by rows in order, Relief by size of weight, choices by 4 decimals
  --definition absolute|relative|logRatio|perMonth|alone  of change (default absolute: follow-up minus reference)
  --reference baseline|previous|nadir  since when (default baseline)
  --all-features   take every column of numbers; else only features by their PyRadiomics names, without GLCM SumAverage and MCC,
                   which gives the paper's 378
  --selectors LIST --classifiers LIST  of ANOVA,KW,RFE,Relief and LR_none,SVM,LR_L2 (default all four; LR_none,SVM)
  --rule max|one-se  largest AUC, or smallest k within one standard error (default one-se; fae: max)
  --k N            largest number of features (default 20; scouts stop at 15)
  --pcc R          of two columns that correlate above R one is dropped (default 0.98)
  --scouts on|off  off: one search over all features
  --combat site|scanner|kernel  take that column's batches out by ComBat, inside every fold
  --folds N        (default 5)
  --seed N         shuffle rows or patients before folds are made (default: the order of the table)
  --jobs N         folds computed at once (default: one a core)
  --id ID          of the model (default fitted)`,
  run: async (args) => {
    const request = fitRequest(args);
    const { out, jobs, options } = request;
    const folder = required(out, '--out');
    const { tables, split, table, files, text } = fitTables(request);
    const prepared = preparedTable(table, options);
    const source = {
      tables,
      split,
      software: `earshot ${VERSION} (${ENGINE})`,
      recipe: recipeOf(prepared.table.recipeDigest),
    };
    const output = new FitFolder(folder, digestOf(canonicalJson({ ...source, options })));
    if (text !== '') console.log(text);
    for (const notice of prepared.notices) console.error(notice);
    const stop = new AbortController();
    void stopSignal().then(() => stop.abort(new Fault('FIT_STOPPED')));
    const bar = progressBar(foldsToCompute(prepared, options));
    await using lab = openLab(jobs ?? availableParallelism(), stop.signal);
    const run = output.remembering(lab.run, () => bar.step(false));
    const model = await stopping(bar, () => fitted(prepared, options, source, run));
    const record = model.lab as unknown as FitRecord;
    // drawing is loaded when something is drawn: no other command waits for it
    const { fitReport } = await import('../lab/report/fit-report.tsx');
    const report = reportFiles(fitReport(model, record));
    const others = { ...report, ...files, 'search.csv': searchCsv(record) };
    output.finish(`${JSON.stringify(model, null, 1)}\n`, others);
    console.log(summary(model, record));
    return 0;
  },
};

/** The profile whose recipe made the table, if it is one of ours. */
function recipeOf(digest: string | null): string | null {
  const paths = ['integer', 'float32', 'float64'] as const;
  return paths.some((path) => recipeDigest(EAR_2023, path) === digest) ? 'ear-2023' : null;
}

const auc = (value: number, error: number): string =>
  `${value.toFixed(3)} (standard error ${error.toFixed(3)})`;

function summary(model: FittedModel, { final, nested, notices }: FitRecord): string {
  const { choice } = final;
  return [
    `${model.title}: ${final.features.join(', ')}`,
    `AUC of the final search ${auc(choice.pooledAuc, choice.pooledSe)}${nested ? '' : ', optimistic'}`,
    ...(nested ? [`AUC of the whole procedure, nested ${auc(nested.pooledAuc, nested.pooledSe)}`] : []),
    `cut-off ${model.cutOff.toFixed(4)}`,
    ...notices,
  ].join('\n');
}
