import type { ClassifierName } from '../record.ts';

/** C of the logistic regressions; null: no penalty. */
export const PENALTY: Readonly<Record<Exclude<ClassifierName, 'SVM'>, number | null>> = {
  LR_none: null,
  LR_L2: 1,
};
/** C of the support vector machine. */
export const SVM_C = 1;
