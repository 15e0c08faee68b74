/** Which features of a table a model may choose from. */
import { type FeatureTable, withFeatures } from './feature-table.ts';

/**
 * Two GLCM features that the paper does not count: with them the 386 of four images are 378. JointAverage says the same as
 * SumAverage, and MCC came later than the lists of PyRadiomics' own examples.
 */
const NOT_IN_PAPER = /_glcm_(SumAverage|MCC)$/;

export const isPaperFeature = (name: string): boolean => !NOT_IN_PAPER.test(name);

/** `paper`: without GLCM SumAverage and MCC; `all`: as they are. */
export function withFeatureSet(table: FeatureTable, set: 'paper' | 'all'): FeatureTable {
  if (set === 'all') return table;
  const kept = table.features.filter(isPaperFeature);
  return kept.length === table.features.length ? table : withFeatures(table, kept);
}
