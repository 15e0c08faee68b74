import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { canonicalJson, digestOf } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import type { FitRecord } from '../lab/record.ts';
import { fit as fitted, foldsToCompute } from '../lab/search/fit.ts';
import { preparedTable } from '../lab/search/prepare.ts';
import { searchCsv } from '../lab/search/search-csv.ts';
import { readFeatureTable } from '../lab/table/read-feature-table.ts';
import type { FittedModel } from '../model/fitted-model.ts';
import { EAR_2023 } from '../radiomics/profile.ts';
import { ENGINE, recipeDigest } from '../radiomics/recipe.ts';
import { openLab } from '../startup/open-lab.ts';
import { VERSION } from '../startup/version.ts';
import { type Command, required } from './command.ts';
import { FitFolder } from './fit-folder.ts';
import { fitRequest } from './fit-options.ts';
import { type Progress, progressBar } from './progress.ts';
import { stopSignal } from './stop-signal.ts';

/** `earshot fit`: a model from a table of features. */
export const fit: Command = {
  usage: `Usage: earshot fit --features TABLE.csv --out DIR [options]

Makes a model from a table: CaseName, label (0 or 1), patient, and features by their PyRadiomics names; a table of changes,
or of follow-ups alone. A scout model per base image, then the final search over what the scouts kept: every selector with
every classifier and k, cross-validated. Writes model.json and search.csv (all candidates). Stopped, the same command goes on.
  --mode recommended  folds keep patients together, Relief ranks by signed weight, the whole procedure is cross-validated
                   once more in an outer loop (default)
  --mode fae       as FeAture Explorer 0.5.2: folds by rows in order, Relief by size of weight, choices by 4 decimals
  --definition absolute|relative|logRatio|perMonth|alone  what the values are (default absolute: follow-up minus reference)
  --reference baseline|previous|nadir  what they changed from (default baseline)
  --all-features   take all columns; else GLCM SumAverage and MCC are left out, which gives the paper's 378
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
    const { features, out, jobs, options } = fitRequest(args);
    const folder = required(out, '--out');
    const text = textOf(required(features, '--features'));
    const prepared = preparedTable(readFeatureTable(text), options);
    const source = {
      tables: [digestOf(text)],
      software: `earshot ${VERSION} (${ENGINE})`,
      recipe: recipeOf(prepared.table.recipeDigest),
    };
    const output = new FitFolder(folder, digestOf(canonicalJson({ ...source, options })));
    for (const notice of prepared.notices) console.error(notice);
    const stop = new AbortController();
    void stopSignal().then(() => stop.abort(new Fault('FIT_STOPPED')));
    const bar = progressBar(foldsToCompute(prepared, options));
    await using lab = openLab(jobs ?? availableParallelism(), stop.signal);
    const run = output.remembering(lab.run, () => bar.step(false));
    const model = await stopping(bar, () => fitted(prepared, options, source, run));
    const record = model.lab as unknown as FitRecord;
    output.finish({ 'search.csv': searchCsv(record), 'model.json': `${JSON.stringify(model, null, 1)}\n` });
    console.log(summary(model, record));
    return 0;
  },
};

async function stopping<T>(bar: Progress, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    bar.stop();
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    throw new Fault('INPUT_NOT_FOUND', `${file}: ${code ?? 'unreadable'}`, { cause: thrown });
  }
}

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
