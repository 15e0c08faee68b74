/** Changes of the patients table. */
import { lookingAgain } from '../catalogue/look-again.ts';
import { Fault } from '../fault.ts';
import type { Patient } from '../patients/patient.ts';
import type { World } from './world.ts';

type RecordChange = Readonly<{ before?: Patient; after: Patient }>;

/**
 * With the changes, in one transaction, the cases of these patients are looked at again; `alsoOf`: and of these Patient IDs. Faults:
 * CHANGE_CONFLICT, and nothing is changed, when a record is not any more what the change is based on.
 */
export async function changeRecords(
  { catalogue, patients, clock }: Pick<World, 'catalogue' | 'patients' | 'clock'>,
  changes: readonly RecordChange[],
  { author, reason, alsoOf = [] }: Readonly<{ author: string; reason?: string; alsoOf?: readonly string[] }>,
): Promise<void> {
  const ids = new Set([...changes.map(({ after }) => after.PatientID), ...alsoOf]);
  const isDone = await catalogue.sql.batch([
    ...patients.asSeen(changes),
    ...patients.putting(changes, author, reason),
    ...[...ids].flatMap((id) => lookingAgain(id, clock())),
  ]);
  if (!isDone) throw new Fault('CHANGE_CONFLICT');
}
