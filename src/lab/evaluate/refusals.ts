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

/**
 * Throws COHORTS_OVERLAP where a patient of the training set is in another cohort; where either side does not know the patient, a case by
 * its name. A model file may name those whom it was trained on, or hold SHA-256 digests of their names.
 */
export function refuseOverlap({ lab }: Pick<JudgedModel, 'lab'>, tables: readonly NamedTable[]): void {
  const ofTables = tables.flatMap(({ name, table }) => (name === TRAINING ? table.rows.map(whoOf) : []));
  const trained = [...trainedOn(lab['training']), ...ofTables];
  const patients = new Set(trained.map(({ patient }) => patient));
  const cases = new Set(trained.map(({ caseName }) => caseName));
  const casesWithoutPatient = new Set(
    trained.flatMap(({ patient, caseName }) => (patient === '' ? [caseName] : [])),
  );
  const has = (names: ReadonlySet<string>, name: string): boolean =>
    name !== '' && (names.has(name) || names.has(digestOf(name)));
  for (const { name, table } of tables) {
    if (name === TRAINING) continue;
    const both = table.rows.find((row) => {
      const { patient, caseName } = whoOf(row);
      return has(patients, patient) || has(patient === '' ? cases : casesWithoutPatient, caseName);
    });
    if (both !== undefined)
      throw new Fault(
        'COHORTS_OVERLAP',
        `${name}, row ${both.line}: this patient is in the training set of the model`,
      );
  }
}

/** '' where there is no name. */
type Who = Readonly<Record<'patient' | 'caseName', string>>;

/** A case that the table does not name is called by its row, which says nothing in another table. */
const whoOf = ({ patient, caseName, line }: TableRow): Who => ({
  patient,
  caseName: caseName === `row ${line}` ? '' : caseName,
});

function trainedOn(training: unknown): Who[] {
  if (!Array.isArray(training)) return [];
  const text = (name: unknown): string => (typeof name === 'string' ? name : '');
  return training.map((row: unknown) => {
    const { patient, caseName } = (row ?? {}) as Readonly<Record<string, unknown>>;
    return { patient: text(patient), caseName: text(caseName) };
  });
}
