/** Which features of a table a model may choose from. */
import { type FeatureTable, withFeatures } from './feature-table.ts';
import { columnsNotice } from './notices.ts';
import { tableFault } from './table-fault.ts';

/** `original_glcm_Contrast`: image, class and name. */
export const PYRADIOMICS_NAME =
  '[A-Za-z0-9-]+_(?:shape|shape2D|firstorder|glcm|glrlm|glszm|gldm|ngtdm)_[A-Za-z0-9]+';
const NAME = new RegExp(`^${PYRADIOMICS_NAME}$`);

/**
 * Two GLCM features that the paper does not count: with them the 386 of four images are 378. JointAverage says the same as
 * SumAverage, and MCC came later than the lists of PyRadiomics' own examples.
 */
const NOT_IN_PAPER = /_glcm_(SumAverage|MCC)$/;

const isNamed = (name: string): boolean => NAME.test(name);
export const isPaperFeature = (name: string): boolean => isNamed(name) && !NOT_IN_PAPER.test(name);

/**
 * `paper`: what PyRadiomics names, without GLCM SumAverage and MCC; a notice names other columns, such as an index or an age, which may
 * tell the classes apart by themselves. `all`: as they are. Throws TABLE_INVALID where nothing is left.
 */
export function withFeatureSet(table: FeatureTable, set: 'paper' | 'all'): FeatureTable {
  if (set === 'all') return table;
  const kept = table.features.filter(isPaperFeature);
  if (kept.length === table.features.length) return table;
  if (kept.length === 0)
    throw tableFault('no column is a feature of the paper by its name; --all-features takes the others');
  const notices = columnsNotice(
    table.features.filter((name) => !isNamed(name)),
    'are not named as PyRadiomics names features, and are left out (--all-features takes them)',
  );
  return { ...withFeatures(table, kept), notices: [...table.notices, ...notices] };
}

/** Of the set `all`: what else it takes. */
export const foreignNotice = ({ features }: FeatureTable): string[] =>
  columnsNotice(
    features.filter((name) => !isNamed(name)),
    'are not named as PyRadiomics names features, and are taken as features all the same',
  );
