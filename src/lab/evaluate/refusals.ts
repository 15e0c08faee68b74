/** When a result would be wrong or too good to be true. */
import { digestOf } from '../../dicom/uid.ts';
import { Fault } from '../../fault.ts';
import type { TableRow } from '../table/feature-table.ts';
import { type NamedTable, TRAINING } from './cohort.ts';
import type { JudgedModel } from './judged-model.ts';

/** Throws RECIPES_MIXED where the table's features were extracted with other settings than the model's. Otherwise what is not known of it. */
export function checkRecipe({ recipeDigest }: JudgedModel, { name, table }: NamedTable): string[] {
  if (table.recipeDigest === null || recipeDigest === null) {
    const who = table.recipeDigest === null ? 'the table' : 'the model';
    return [
      `${name}: ${who} does not say with which settings features were extracted; that they are the same is not checked.`,
    ];
  }
  if (table.recipeDigest === recipeDigest) return [];
  throw new Fault(
    'RECIPES_MIXED',
    `${name}: the features were extracted with other settings than those the model was fitted to`,
  );
}

/** Throws COHORTS_OVERLAP where a patient (or, without patients, a case) of the training set is in another cohort. */
export function refuseOverlap({ lab }: Pick<JudgedModel, 'lab'>, tables: readonly NamedTable[]): void {
  const trained = new Set(trainedOn(lab['training']));
  for (const { name, table } of tables) {
    if (name === TRAINING) for (const row of table.rows) for (const key of keysOf(row)) trained.add(key);
  }
  for (const { name, table } of tables) {
    if (name === TRAINING) continue;
    const both = table.rows.find((row) => keysOf(row).some((key) => trained.has(key)));
    if (both !== undefined)
      throw new Fault(
        'COHORTS_OVERLAP',
        `${name}, row ${both.line}: this patient is in the training set of the model`,
      );
  }
}

/** A model file may name those whom it was trained on, or hold SHA-256 digests of their names. */
const keysOf = ({ patient, caseName }: TableRow): string[] =>
  patient === '' ? [`case ${caseName}`, `case ${digestOf(caseName)}`] : [patient, digestOf(patient)];

function trainedOn(training: unknown): string[] {
  if (!Array.isArray(training)) return [];
  return training.flatMap((row: unknown) => {
    const { patient, caseName } = (row ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof patient === 'string' && patient !== '') return [patient];
    return typeof caseName === 'string' ? [`case ${caseName}`] : [];
  });
}
