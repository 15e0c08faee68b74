/** The whole procedure repeated inside an outer loop: what it is worth for a case that had no part in any choice. */
import { asFault } from '../../fault.ts';
import type { FitRecord } from '../record.ts';
import { delong } from '../statistics/delong.ts';
import { type Procedure, proceeded } from './procedure.ts';
import { type FoldRunner, refuseOneClass, type SearchOptions } from './search.ts';

export type Nested = NonNullable<FitRecord['nested']>;

/**
 * Each fold of the procedure is held out once; the procedure makes folds of the others' rows anew (`foldsOf`), chooses, fits and scores it.
 * Where it finds nothing, or its choice cannot be fitted to all rows, the fold's rows score the share of events among the others, and a
 * notice says so.
 */
export async function nested(
  options: SearchOptions,
  procedure: Procedure,
  foldsOf: (rows: Int32Array) => Uint8Array,
  run: FoldRunner,
): Promise<Readonly<{ nested: Nested; notices: readonly string[] }>> {
  const { rows, folds } = procedure;
  const count = Math.max(...folds) + 1;
  const notices: string[] = [];
  const scores = new Float64Array(rows.length);
  const labels = Uint8Array.from(rows, (row) => options.labels[row]!);
  const scored = Array.from({ length: count }, async (_, fold) => {
    const training = rows.filter((_, i) => folds[i] !== fold);
    const test = rows.filter((_, i) => folds[i] === fold);
    refuseOneClass(training, options.labels, `outer fold ${fold + 1}`);
    const inner = { ...procedure, key: `outer-${fold}/`, rows: training, folds: foldsOf(training) };
    const found = await scoresOf(options, inner, test, run);
    if (typeof found === 'string')
      notices.push(
        `Outer fold ${fold + 1} has no model (${found}): its rows score the share of events of the others.`,
      );
    const share = training.reduce((sum, row) => sum + options.labels[row]!, 0) / training.length;
    let at = 0;
    folds.forEach((each, i) => {
      if (each === fold) scores[i] = typeof found === 'string' ? share : found[at++]!;
    });
  });
  await Promise.all(scored);
  const { auc, variance } = delong(labels, scores);
  const foldAuc = Array.from({ length: count }, (_, fold) => {
    const isOwn = (_: number, i: number): boolean => folds[i] === fold;
    return delong(labels.filter(isOwn), scores.filter(isOwn)).auc;
  });
  return {
    nested: { pooledAuc: auc, pooledSe: Math.sqrt(variance), foldAuc, scores: [...scores] },
    notices: notices.sort(),
  };
}

async function scoresOf(
  options: SearchOptions,
  inner: Procedure,
  test: Int32Array,
  run: FoldRunner,
): Promise<Float64Array | string> {
  try {
    const { final, candidates } = await proceeded(options, inner, run);
    const { selector, classifier, k } = final.choice;
    const { table, labels, batches, allColumns, relief } = options;
    const [result] = await run({
      ...{ table, labels, batches, allColumns, relief },
      key: `${inner.key}held-out`,
      columns: candidates,
      training: inner.rows,
      test,
      pccThreshold: inner.isScouted ? null : inner.pccThreshold,
      selectors: [selector],
      classifiers: [classifier],
      most: k,
    });
    return result!.scores[0]!.at(-1)!;
  } catch (thrown) {
    const { code, message } = asFault(thrown);
    if (code === 'COHORT_INVALID' || code === 'CLASSES_SEPARATED') return message.split('. ', 1)[0]!;
    throw thrown;
  }
}
