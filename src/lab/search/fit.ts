/** From a table of features to a model file. */
import type { FittedModel } from '../../model/fitted-model.ts';
import { referenceOf } from '../../model/reference.ts';
import { fitComBat, harmonised } from '../learn/combat.ts';
import { clusterSandwich, inverseInformation } from '../learn/covariance.ts';
import { type FinalModel, finalModel } from '../learn/final-model.ts';
import { patientFolds, stratifiedFolds } from '../learn/folds.ts';
import { type Columns, fitZScore, toZScores } from '../learn/z-score.ts';
import type { FitRecord } from '../record.ts';
import { youdenCutOff } from '../statistics/roc.ts';
import { columnOf, type FeatureTable } from '../table/feature-table.ts';
import { fourDecimals } from './choose.ts';
import type { FitOptions, FitSource } from './fit-options.ts';
import { nested } from './nested.ts';
import type { Prepared } from './prepare.ts';
import { imagesOf, type Outcome, proceeded, taskCount } from './procedure.ts';
import type { FoldRunner, SearchOptions } from './search.ts';

/** How many folds a fit will compute, for a bar. */
export function foldsToCompute({ columns, table }: Prepared, { mode, folds, isScouted }: FitOptions): number {
  const once = taskCount(isScouted ? imagesOf(columns, table.features).length : 0, folds);
  return mode === 'fae' ? once : once + folds * (once + 1);
}

/**
 * The model of a table, with every choice. The same table and options give the same model to the last bit, whoever computes the folds.
 * Throws COHORT_INVALID, CLASSES_SEPARATED, PROBABILITY_REVERSED.
 */
export async function fit(
  prepared: Prepared,
  options: FitOptions,
  source: FitSource,
  run: FoldRunner,
): Promise<FittedModel> {
  const { table, labels, columns, batches } = prepared;
  const shared: Columns = { values: inSharedMemory(table.values), rows: table.rows.length };
  const rows = Int32Array.from(labels, (_, i) => i);
  const foldsOf = folding(table, labels, options);
  const searchOptions: SearchOptions = {
    ...{ table: shared, labels, batches, allColumns: columns, features: table.features },
    selectors: options.selectors,
    classifiers: options.classifiers,
    relief: options.mode === 'fae' ? 'absolute' : 'signed',
    rule: options.rule,
    isRounded: options.mode === 'fae',
  };
  const { pccThreshold, isScouted, most } = options;
  const procedure = { key: '', rows, folds: foldsOf(rows), columns, pccThreshold, isScouted, most };
  const outcome = await proceeded(searchOptions, procedure, run);
  const outer = options.mode === 'fae' ? null : await nested(searchOptions, procedure, foldsOf, run);
  const combat = batches && fitComBat(shared, columns, batches, rows);
  const values = batches && combat ? harmonised(shared, columns, batches, combat, rows) : shared;
  const zScore = fitZScore(values, outcome.columns, rows);
  const x = toZScores(values, outcome.columns, rows, zScore);
  const model = finalModel(outcome.final.choice.classifier, x, labels);
  const cutOff = youdenCutOff(labels, model.probabilities).cutOff;
  const patients = table.rows.map(({ patient, caseName }) => patient || caseName);
  const events = labels.reduce((sum, label) => sum + label, 0);
  const notices = [...prepared.notices, ...(outer?.notices ?? []), ...noticesOf(options, model, cutOff)];
  const record = recordOf(prepared, options, source, procedure.folds, outcome, model);
  return {
    kind: 'fitted',
    id: options.id,
    version: '1',
    title: titleOf(outcome),
    definition: options.definition,
    reference: options.reference,
    features: Array.from(outcome.columns, (column, j) => ({
      name: table.features[column]!,
      mean: zScore.mean[j]!,
      sd: zScore.sd[j]!,
      coefficient: model.coefficients[j]!,
      reference: referenceOf(columnOf(table, column)),
    })),
    intercept: model.intercept,
    cutOff,
    classifier: model.classifier,
    covariance: covarianceOf(model, x, labels, patients),
    training: {
      n: labels.length,
      events,
      patients: new Set(patients).size,
      prevalence: events / labels.length,
    },
    harmonisation:
      combat && options.harmoniseBy
        ? {
            method: 'ComBat',
            batch: options.harmoniseBy,
            features: Array.from(outcome.columns, (column) => ({
              name: table.features[column]!,
              ...combat[columns.indexOf(column)]!,
            })),
          }
        : null,
    recipe: table.recipeDigest === null ? null : source.recipe,
    recipeDigest: table.recipeDigest,
    citation: '',
    provenance: `Fitted by ${source.software} in ${options.mode} mode to ${labels.length} rows.`,
    lab: JSON.parse(JSON.stringify({ ...record, nested: outer?.nested ?? null, notices })),
  };
}

/** Threads read it without a copy. */
function inSharedMemory(values: Float64Array): Float64Array {
  const shared = new Float64Array(new SharedArrayBuffer(values.byteLength));
  shared.set(values);
  return shared;
}

function folding(
  table: FeatureTable,
  labels: Uint8Array,
  { mode, folds, seed }: FitOptions,
): (rows: Int32Array) => Uint8Array {
  if (mode === 'fae')
    return (rows) =>
      stratifiedFolds(
        Uint8Array.from(rows, (row) => labels[row]!),
        folds,
        seed,
      );
  return (rows) =>
    patientFolds(
      Array.from(rows, (row) => table.rows[row]!.patient),
      folds,
      seed,
    );
}

function covarianceOf(
  { classifier, coefficients, intercept }: FinalModel,
  x: Columns,
  labels: Uint8Array,
  patients: readonly string[],
): FittedModel['covariance'] {
  if (classifier.kind !== 'logisticRegression' || classifier.C !== null) return null;
  const fitted = { x, labels, coefficients, intercept };
  const isClustered = new Set(patients).size < patients.length;
  const matrix = isClustered ? clusterSandwich(fitted, patients) : inverseInformation(fitted);
  return {
    method: isClustered ? 'clusterSandwich' : 'inverseInformation',
    matrix: matrix.map((row) => [...row]),
  };
}

const titleOf = ({ final: { choice, features } }: Outcome): string =>
  `${features.length} feature${features.length === 1 ? '' : 's'} by ${choice.selector}, ${choice.classifier}`;

function noticesOf({ mode }: FitOptions, { probabilities }: FinalModel, cutOff: number): string[] {
  if (mode !== 'fae') return [];
  const rounded = fourDecimals(cutOff);
  const changed = probabilities.filter((p) => p >= cutOff !== p >= rounded).length;
  return [
    'The cross-validated AUC of the final search is optimistic: its candidate features were chosen with all rows.',
    `FAE 0.5.2 stores the cut-off with 4 decimals and judges by that: ${changed} of ${probabilities.length} training rows change sides. Here it is kept and used in full.`,
  ];
}

function recordOf(
  { table, constantColumns }: Prepared,
  options: FitOptions,
  { tables, software, split }: FitSource,
  folds: Uint8Array,
  { scouts, final }: Outcome,
  { probabilities }: FinalModel,
): Omit<FitRecord, 'nested' | 'notices'> {
  const { mode, definition, reference, featureSet, seed, pccThreshold, rule, harmoniseBy } = options;
  return {
    ...{ mode, definition, reference, featureSet, seed, pccThreshold, rule, constantColumns, scouts, final },
    harmonisedBy: harmoniseBy,
    folds: [...folds],
    grouping: mode === 'fae' ? 'row' : 'patient',
    training: table.rows.map(({ caseName, patient, label }, i) => ({
      ...{ caseName, patient, probability: probabilities[i]! },
      label: label as 0 | 1,
    })),
    tables,
    software,
    split,
  };
}
