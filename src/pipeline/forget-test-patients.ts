import { forgettingTestPatient, testPatients } from '../catalogue/test-patients.ts';
import { removeFiles } from './retire.ts';
import type { World } from './world.ts';

/** Every test patient leaves catalogue and disk, also one that a crash left behind. */
export async function forgetTestPatients(
  world: Pick<World, 'catalogue' | 'files' | 'clock' | 'log'>,
): Promise<void> {
  const { catalogue, clock } = world;
  const patients = await testPatients(catalogue.sql);
  for (const PatientID of patients) await catalogue.sql.batch(forgettingTestPatient(PatientID, clock()));
  if (patients.length > 0) await removeFiles(world);
}
