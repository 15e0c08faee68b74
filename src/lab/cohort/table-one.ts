/** Characteristics of the training and the test patients side by side, with a test of each. */
import {
  type Counts,
  fisherEffort,
  fisherFreemanHalton,
  leastExpected,
  mannWhitney,
  normality,
  pearsonChiSquared,
  welch,
} from '../statistics/two-groups.ts';
import { tableFault } from '../table/table-fault.ts';
import type { Characteristic, ClinicalTable } from './clinical-table.ts';

export type Side = 'train' | 'test';
type TestName = 'Welch' | 'Mann-Whitney' | 'chi-squared' | 'Fisher';
export type TableOneRow = Readonly<{
  characteristic: string;
  /** in words, by set: mean ± SD, median (quartiles), or counts */
  train: string;
  test: string;
  /** patients of whom it is not known */
  unknown: number;
  by: TestName;
  /** null: there is nothing to compare */
  p: number | null;
}>;

/** Fisher's test of more tables takes too long where sets are drawn again and again. */
const MOST_TABLES = 1_000_000;

/** Chi-squared is an approximation that needs expected counts of 5. */
const LEAST_EXPECTED = 5;
const ALPHA = 0.05;

/** What does not change with the sets: whether a number is spread normally is asked of all patients. */
export const isNormal = (each: Characteristic): boolean =>
  each.kind === 'number' && (normality(each.values.filter((value) => value !== null)) ?? 0) > ALPHA;

/**
 * Numbers by Welch's t test where all patients together look normal (D'Agostino and Pearson, p > 0.05, 20 patients or more), else by
 * Mann and Whitney's; categories by chi-squared, or by Fisher's exact test when an expected count is below 5.
 */
export const tableOne = (
  { characteristics }: ClinicalTable,
  sides: readonly Side[],
): readonly TableOneRow[] => characteristics.map((each) => rowOf(each, sides));

export function rowOf(each: Characteristic, sides: readonly Side[], normal = isNormal(each)): TableOneRow {
  const unknown = each.values.filter((value) => value === null).length;
  const about = { characteristic: each.name, unknown };
  if (each.kind === 'number') {
    const [train, test] = parted(each.values, sides);
    return {
      ...about,
      train: numbersInWords(train, normal),
      test: numbersInWords(test, normal),
      by: normal ? 'Welch' : 'Mann-Whitney',
      p: normal ? welch(train, test) : mannWhitney(train, test),
    };
  }
  const [train, test] = parted(each.values, sides);
  const categories = [...new Set([...train, ...test])].sort();
  const count = (of: readonly string[], category: string) => of.filter((value) => value === category).length;
  const counts: Counts = categories.map((category) => [count(train, category), count(test, category)]);
  const isComparable = categories.length > 1 && train.length > 0 && test.length > 0;
  const isFisher = isComparable && leastExpected(counts) < LEAST_EXPECTED;
  if (isFisher && fisherEffort(counts) > MOST_TABLES)
    throw tableFault(
      `column ${each.name.slice(0, 80)}: too many rare categories for an exact test; group them`,
    );
  return {
    ...about,
    train: categoriesInWords(categories, train),
    test: categoriesInWords(categories, test),
    by: isFisher ? 'Fisher' : 'chi-squared',
    p: isComparable ? (isFisher ? fisherFreemanHalton(counts) : pearsonChiSquared(counts)) : null,
  };
}

function parted<T>(values: readonly (T | null)[], sides: readonly Side[]): readonly [T[], T[]] {
  const of = (side: Side) =>
    values.flatMap((value, i) => (value !== null && sides[i] === side ? [value] : []));
  return [of('train'), of('test')];
}

function numbersInWords(values: readonly number[], isNormal: boolean): string {
  if (values.length === 0) return 'none';
  const sorted = values.toSorted((a, b) => a - b);
  const quantile = (share: number) => {
    const at = share * (sorted.length - 1);
    const low = Math.floor(at);
    return sorted[low]! + (at - low) * ((sorted[low + 1] ?? sorted[low]!) - sorted[low]!);
  };
  if (!isNormal) return `${short(quantile(0.5))} (${short(quantile(0.25))} to ${short(quantile(0.75))})`;
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  const squares = values.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  return `${short(mean)} ± ${short(values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)))}`;
}

const short = (value: number): string => String(Number(value.toPrecision(4)));

const categoriesInWords = (categories: readonly string[], values: readonly string[]): string =>
  categories
    .map((category) => {
      const n = values.filter((value) => value === category).length;
      return `${category} ${n}${values.length > 0 ? ` (${((100 * n) / values.length).toFixed(0)} %)` : ''}`;
    })
    .join(', ');
