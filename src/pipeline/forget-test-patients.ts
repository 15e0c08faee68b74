import { forgettingTestPatient, testPatients } from '../catalogue/test-patients.ts';
import { removeFiles } from './retire.ts';
import type { World } from './world.ts';

/** Every test patient leaves catalogue and disk, also one that a crash left behind; not one whose run is under way. */
export async function forgetTestPatients(
  world: Pick<World, 'catalogue' | 'files' | 'clock' | 'log'>,
  isUnderWay: (PatientID: string) => Promise<boolean> = async () => false,
): Promise<void> {
  const { catalogue, clock } = world;
  let forgotten = 0;
  for (const PatientID of await testPatients(catalogue.sql)) {
    // Asked after the list was made: a run that has ended since then has forgotten its own.
    if (await isUnderWay(PatientID)) continue;
    await catalogue.sql.batch(forgettingTestPatient(PatientID, clock()));
    forgotten += 1;
  }
  if (forgotten > 0) await removeFiles(world);
}
