import { MersenneTwister } from './mersenne-twister.ts';

/**
 * Fold of each row, classes spread alike, as scikit-learn's StratifiedKFold from 0.22 on. Without a seed rows stay in order: each class fills
 * fold after fold. With one, the folds of each class are shuffled, classes in the order in which they appear.
 */
export function stratifiedFolds(labels: Uint8Array, folds: number, seed: number | null = null): Uint8Array {
  const classes = [...new Set(labels)];
  const random = seed === null ? null : new MersenneTwister(seed);
  const sizes = classes.map((each) => labels.reduce((sum, label) => sum + Number(label === each), 0));
  const foldOfRow = new Uint8Array(labels.length);
  let before = 0;
  classes.forEach((each, c) => {
    // The class holds the positions before .. before + size - 1 of the sorted labels; position p counts for fold p mod folds.
    const counts = new Uint32Array(folds);
    for (let p = before; p < before + sizes[c]!; p++) counts[p % folds]!++;
    before += sizes[c]!;
    const own: number[] = [];
    counts.forEach((count, fold) => {
      for (let i = 0; i < count; i++) own.push(fold);
    });
    random?.shuffle(own);
    let at = 0;
    labels.forEach((label, row) => {
      if (label === each) foldOfRow[row] = own[at++]!;
    });
  });
  return foldOfRow;
}

/** Fold of each row, rows of a patient together: patients numbered as they appear (with a seed: then shuffled), number mod folds. */
export function patientFolds(
  patients: readonly string[],
  folds: number,
  seed: number | null = null,
): Uint8Array {
  const order = [...new Set(patients)];
  const numbers = order.map((_, number) => number);
  if (seed !== null) new MersenneTwister(seed).shuffle(numbers);
  const numberOf = new Map(order.map((patient, at) => [patient, numbers[at]!]));
  return Uint8Array.from(patients, (patient) => numberOf.get(patient)! % folds);
}
