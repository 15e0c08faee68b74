import type { FittedModel } from '../../model/fitted-model.ts';
import type { ClassifierName, FitRecord, SelectorName } from '../record.ts';
import type { Rule } from './choose.ts';

export type FitOptions = Readonly<{
  id: string;
  /** fae: as FeAture Explorer 0.5.2; recommended: folds by patient, Relief by signed weight, nested, nothing rounded */
  mode: 'recommended' | 'fae';
  definition: FittedModel['definition'];
  reference: FittedModel['reference'];
  featureSet: 'paper' | 'all';
  selectors: readonly SelectorName[];
  classifiers: readonly ClassifierName[];
  folds: number;
  /** null: rows and patients are not shuffled */
  seed: number | null;
  pccThreshold: number;
  rule: Rule;
  /** largest k of the final search; scouts stop at 15 */
  most: number;
  isScouted: boolean;
  harmoniseBy: 'site' | 'scanner' | 'kernel' | null;
}>;

/** Facts about where the table comes from, kept in the model file. */
export type FitSource = Pick<FitRecord, 'tables' | 'software' | 'split'> &
  Readonly<{ recipe: string | null }>;
