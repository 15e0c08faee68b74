/** Every selector with every classifier and k, cross-validated; one is chosen and its selector fitted again to all rows. */
import { Fault } from '../../fault.ts';
import type { Candidate, FailedCandidate, SearchRecord } from '../record.ts';
import { delong } from '../statistics/delong.ts';
import { chosen, type Rule } from './choose.ts';
import type { FoldResult, FoldTask } from './fold.ts';

/** Who computes a fold: a thread, or what an interrupted run has left. */
export type FoldRunner = (task: FoldTask) => Promise<readonly FoldResult[]>;

/** What all searches of a run share. */
export type SearchOptions = Readonly<
  Pick<FoldTask, 'table' | 'labels' | 'batches' | 'allColumns' | 'selectors' | 'relief' | 'classifiers'> & {
    /** names of the table's columns */
    features: readonly string[];
    rule: Rule;
    /** choices by AUC with 4 decimals */
    isRounded: boolean;
  }
>;

/** One search: rows with their folds, columns, and how far it goes. */
export type Search = Readonly<
  Pick<FoldTask, 'key' | 'columns' | 'pccThreshold' | 'most'> & {
    rows: Int32Array;
    /** of each of `rows` */
    folds: Uint8Array;
  }
>;

export type Searched = Readonly<{ record: SearchRecord; columns: Int32Array }>;

/** Throws COHORT_INVALID where a fold has one class only, or no candidate could be fitted. */
export async function searched(options: SearchOptions, search: Search, run: FoldRunner): Promise<Searched> {
  const { labels, rule, isRounded } = options;
  const count = Math.max(...search.folds) + 1;
  const parts = Array.from({ length: count }, (_, fold) => split(search, fold));
  parts.forEach(({ training, test }, fold) => {
    for (const rows of [training, test]) refuseOneClass(rows, labels, `fold ${fold + 1} of ${count}`);
  });
  const results = await Promise.all(
    parts.map((part, fold) => run(taskOf(options, search, { ...part, key: `${search.key}/fold-${fold}` }))),
  );
  const { table, failed } = tableOf(options, search, parts, results);
  const choice = chosen(table, rule, isRounded);
  if (choice === undefined)
    throw new Fault(
      failed.some(({ because }) => because.includes('separated')) ? 'CLASSES_SEPARATED' : 'COHORT_INVALID',
      `no candidate of ${search.key} could be fitted: ${failed[0]?.because ?? ''}`,
    );
  const columns = await selected(options, search, choice, run);
  const features = Array.from(columns, (column) => options.features[column]!);
  return { record: { table, failed, choice, features }, columns };
}

type Part = Readonly<{ training: Int32Array; test: Int32Array }>;

function split({ rows, folds }: Search, fold: number): Part {
  return {
    training: rows.filter((_, i) => folds[i] !== fold),
    test: rows.filter((_, i) => folds[i] === fold),
  };
}

/** Throws COHORT_INVALID. */
export function refuseOneClass(rows: Int32Array, labels: Uint8Array, where: string): void {
  const events = rows.reduce((sum, row) => sum + labels[row]!, 0);
  if (events > 0 && events < rows.length) return;
  throw new Fault(
    'COHORT_INVALID',
    `${where}: ${rows.length} rows of one class; fewer --folds or another --seed may help`,
  );
}

function taskOf(
  { table, labels, batches, allColumns, selectors, relief, classifiers }: SearchOptions,
  { columns, pccThreshold, most }: Search,
  part: Part & Pick<FoldTask, 'key'>,
): FoldTask {
  const of = { table, labels, batches, allColumns, selectors, relief, classifiers };
  return { ...of, columns, pccThreshold, most, ...part };
}

/** What the chosen selector keeps of all rows: its order for Relief, else the order of columns. */
async function selected(
  options: SearchOptions,
  search: Search,
  { selector, k }: Candidate,
  run: FoldRunner,
): Promise<Int32Array> {
  const part = { training: search.rows, test: new Int32Array(0), key: `${search.key}/all` };
  const [result] = await run({ ...taskOf(options, search, part), selectors: [selector] });
  const kept = Int32Array.from(result!.order.slice(0, k));
  return selector === 'Relief' ? kept : kept.sort();
}

function tableOf(
  { selectors, classifiers, labels }: SearchOptions,
  { columns, most }: Search,
  parts: readonly Part[],
  results: readonly (readonly FoldResult[])[],
): Pick<SearchRecord, 'table' | 'failed'> {
  const table: Candidate[] = [];
  const failed: FailedCandidate[] = [];
  const pooling = new Pooling(parts, labels);
  for (let k = 1; k <= Math.min(most, columns.length); k++) {
    selectors.forEach((selector, s) => {
      classifiers.forEach((classifier, c) => {
        // A fold with fewer columns than k left takes all it has.
        const scores = results.map((fold) => {
          const ofClassifier = fold[s]!.scores[c]!;
          return ofClassifier[Math.min(k, ofClassifier.length) - 1]!;
        });
        const fold = scores.findIndex((each) => typeof each === 'string');
        if (fold >= 0) failed.push({ selector, classifier, k, because: `fold ${fold + 1}: ${scores[fold]}` });
        else table.push({ selector, classifier, k, ...pooling.areas(scores as Float64Array[]) });
      });
    });
  }
  return { table, failed };
}

/** Of out-of-fold scores: AUC of all together with its standard error, and of each fold. */
class Pooling {
  readonly #labels: readonly Uint8Array[];
  readonly #pooled: Uint8Array;
  readonly #scores: Float64Array;

  constructor(parts: readonly Part[], labels: Uint8Array) {
    this.#labels = parts.map(({ test }) => Uint8Array.from(test, (row) => labels[row]!));
    this.#pooled = Uint8Array.from(this.#labels.flatMap((of) => [...of]));
    this.#scores = new Float64Array(this.#pooled.length);
  }

  areas(scores: readonly Float64Array[]): Omit<Candidate, 'selector' | 'classifier' | 'k'> {
    let at = 0;
    for (const each of scores) {
      this.#scores.set(each, at);
      at += each.length;
    }
    const { auc, variance } = delong(this.#pooled, this.#scores);
    const foldAuc = scores.map((each, fold) => delong(this.#labels[fold]!, each).auc);
    const meanFoldAuc = foldAuc.reduce((sum, each) => sum + each, 0) / foldAuc.length;
    return { pooledAuc: auc, pooledSe: Math.sqrt(variance), foldAuc, meanFoldAuc };
  }
}
