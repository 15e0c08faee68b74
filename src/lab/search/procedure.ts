/** The whole way from a table to chosen features: a scout model per base image, then the final search over what the scouts kept. */
import { Fault } from '../../fault.ts';
import type { ScoutRecord, SearchRecord } from '../record.ts';
import { imageOf } from '../table/feature-table.ts';
import { fourDecimals } from './choose.ts';
import { type FoldRunner, type SearchOptions, searched } from './search.ts';

/** A scout's features go on when its choice has at least this pooled AUC. */
const LEAST_AUC = 0.6;
const MOST_OF_SCOUT = 15;

export type Procedure = Readonly<{
  key: string;
  rows: Int32Array;
  /** of each of `rows` */
  folds: Uint8Array;
  /** all that may be searched */
  columns: Int32Array;
  pccThreshold: number;
  isScouted: boolean;
  /** largest k of the final search */
  most: number;
}>;

export type Outcome = Readonly<{
  scouts: readonly ScoutRecord[];
  final: SearchRecord;
  /** what the final search chose of */
  candidates: Int32Array;
  /** chosen */
  columns: Int32Array;
}>;

/** Folds that will be asked for. */
export const taskCount = (images: number, folds: number): number => (images + 1) * (folds + 1);

/** Base images in the order of their first column. */
export const imagesOf = (columns: Int32Array, features: readonly string[]): readonly string[] => [
  ...new Set(Array.from(columns, (column) => imageOf(features[column]!))),
];

/** Throws COHORT_INVALID when no scout passes, and what searches throw. */
export async function proceeded(
  options: SearchOptions,
  procedure: Procedure,
  run: FoldRunner,
): Promise<Outcome> {
  const { key, rows, folds, columns, pccThreshold, isScouted, most } = procedure;
  const search = { rows, folds };
  if (!isScouted) {
    const { record, columns: kept } = await searched(
      options,
      { ...search, key: `${key}final`, columns, pccThreshold, most },
      run,
    );
    return { scouts: [], final: record, candidates: columns, columns: kept };
  }
  const scouts = await Promise.all(
    imagesOf(columns, options.features).map(async (image) => {
      const own = columns.filter((column) => imageOf(options.features[column]!) === image);
      const of = {
        ...search,
        key: `${key}scout-${image}`,
        columns: own,
        pccThreshold,
        most: Math.min(MOST_OF_SCOUT, most),
      };
      const { record, columns: kept } = await searched(options, of, run);
      const auc = options.isRounded ? fourDecimals(record.choice.pooledAuc) : record.choice.pooledAuc;
      return { kept, scout: { ...record, image, columns: own.length, isPassed: auc >= LEAST_AUC } };
    }),
  );
  const union = scouts.flatMap(({ kept, scout }) => (scout.isPassed ? [...kept] : []));
  if (union.length === 0)
    throw new Fault(
      'COHORT_INVALID',
      `no scout model reaches a cross-validated AUC of ${LEAST_AUC}; --scouts off searches all features at once`,
    );
  const candidates = Int32Array.from(union).sort();
  // The scouts have pruned; what they kept is not pruned again.
  const final = { ...search, key: `${key}final`, columns: candidates, pccThreshold: null, most };
  const { record, columns: kept } = await searched(options, final, run);
  return { scouts: scouts.map(({ scout }) => scout), final: record, candidates, columns: kept };
}
