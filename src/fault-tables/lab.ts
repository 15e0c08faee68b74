import { type FaultTable, row } from './row.ts';

/** How a model is made and judged. */
export const LAB_FAULTS = {
  COHORT_INVALID: row(
    'refuse',
    'No model can be made from this cohort, or judged on it.',
    'Correct what is named: classes, rows, patients or columns.',
  ),
  COHORTS_OVERLAP: row(
    'refuse',
    'A patient is in both the training and the test set.',
    'Keep all rows of a patient in one set.',
  ),
  CLASSES_SEPARATED: row(
    'refuse',
    'The classes are separated without error: an unpenalised logistic regression has no optimum.',
    'Use fewer features, more cases, or --classifiers with a penalised one.',
  ),
  TOO_FEW_EVENTS: row(
    'refuse',
    'There are too few cases with an outcome.',
    'Gather at least 20 events and as many cases without one.',
  ),
  PROBABILITY_REVERSED: row(
    'refuse',
    'The support vector machine ranks held-out cases the wrong way round: it has no usable probability.',
    'Choose --classifiers LR_none or LR_L2, or other features.',
  ),
  BATCH_UNKNOWN: row(
    'hold',
    'The model is harmonised by site, scanner or kernel, and has not seen that of this case.',
    'Fit the model again with cases from there, or one without --combat.',
  ),
  FIT_STOPPED: row(
    'refuse',
    'The fit was stopped before its end.',
    'Give the same command again: it goes on where it was stopped.',
  ),
  FOLDER_OF_ANOTHER_RUN: row(
    'refuse',
    'The output folder belongs to another run.',
    'Give another folder, or the same table and options to go on with it.',
  ),
} as const satisfies FaultTable;
