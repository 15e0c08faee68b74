import { retiredStories, retiringStory } from '../catalogue/forgetting.ts';
import { forgettingFound } from '../catalogue/found-reports.ts';
import {
  fileKey,
  forgetMeasurements,
  isFileNamed,
  removals,
  removed,
  restingPatients,
  retiring,
} from '../catalogue/retention.ts';
import type { World } from './world.ts';

type Needs = Pick<
  World,
  'catalogue' | 'files' | 'clock' | 'log' | 'retentionDays' | 'reportDays' | 'destinations'
>;

const DAY_MS = 86_400_000;
const MOST_PATIENTS = 100;
const MOST_FILES = 5000;
/** Then the next hour's goes on. */
const MOST_MS = 20 * 60_000;

/**
 * Retention: patients all of whose cases have been at rest for `retentionDays` leave catalogue and disk. A baseline is needed as
 * long as its patient comes back, so it is patients that are retired, never single studies. Reports and the story of each
 * case stay, for `reportDays` if that is set. Files go after the rows, from a list that outlives a crash. Without `retentionDays` nothing is ever removed.
 */
export async function retire(world: Needs): Promise<void> {
  await removeFiles(world, MOST_MS);
  if (world.retentionDays !== undefined) await retireAll(world, world.retentionDays);
  // Also of what was deleted for another reason since the last hour.
  await world.catalogue.sql.emptyLog?.();
}

async function retireAll(world: Needs, retentionDays: number): Promise<void> {
  const { catalogue, clock, log } = world;
  const before = new Date(clock().getTime() - retentionDays * DAY_MS);
  const end = performance.now() + MOST_MS;
  let [count, some] = [0, 0];
  do {
    some = await retireSome(world, before);
    count += some;
  } while (some > 0 && performance.now() < end);
  await catalogue.sql.batch([forgetMeasurements(before), ...forgettingFound(before)]);
  if (count > 0) log.info('retention.retired', { studies: count });
  await retireStories(world, end);
  await removeFiles(world, MOST_MS);
}

/** Reports and stories of studies that were retired long ago. */
async function retireStories({ catalogue, clock, log, destinations, reportDays }: Needs, end: number) {
  if (reportDays === undefined) return;
  const before = new Date(clock().getTime() - reportDays * DAY_MS);
  const names = [...destinations.keys()];
  let [count, some] = [0, 0];
  do {
    some = 0;
    for (const uid of await retiredStories(catalogue.sql, before, MOST_PATIENTS, names)) {
      if (await catalogue.sql.batch(retiringStory(uid, clock()))) some += 1;
    }
    count += some;
  } while (some > 0 && performance.now() < end);
  if (count > 0) log.info('retention.storiesRetired', { studies: count });
}

/** How many studies were retired. */
async function retireSome(world: Needs, before: Date): Promise<number> {
  const { catalogue, clock, retentionDays } = world;
  const destinations = [...world.destinations.keys()];
  let count = 0;
  for (const PatientID of await restingPatients(catalogue.sql, before, MOST_PATIENTS, destinations)) {
    const studies = await catalogue.studiesOfPatient(PatientID);
    const events = studies.map((study) =>
      catalogue.event(study.StudyInstanceUID, 'study.retired', {
        afterDays: retentionDays,
        // By which the story is found when the patient is to be forgotten.
        patient: { PatientID, IssuerOfPatientID: study.IssuerOfPatientID },
      }),
    );
    const isDone = await catalogue.sql.batch([
      ...retiring(PatientID, before, clock(), destinations),
      ...events,
    ]);
    if (isDone) count += studies.length;
  }
  return count;
}

/**
 * A file that cannot be removed now stays on the list; one in which an object lies that came again leaves the list and stays.
 * Nothing of that object is received meanwhile: files are written before they are in the catalogue. Answers how many could not be
 * removed.
 */
export async function removeFiles(
  { catalogue, files, log }: Pick<World, 'catalogue' | 'files'> & Partial<Pick<World, 'log'>>,
  milliseconds = 0,
): Promise<number> {
  const end = performance.now() + milliseconds;
  let stay = 0;
  let some: readonly string[] = [];
  do {
    some = await removals(catalogue.sql, MOST_FILES);
    stay = await removeSome({ catalogue, files }, some);
    // Those that stay would be the next ones again.
  } while (some.length === MOST_FILES && stay === 0 && performance.now() < end);
  if (stay > 0) log?.warn('retention.filesStay', { files: stay });
  return stay;
}

/** How many could not be removed. */
async function removeSome(
  { catalogue, files }: Pick<World, 'catalogue' | 'files'>,
  some: readonly string[],
): Promise<number> {
  let stay = 0;
  for (const file of some) {
    try {
      await catalogue.exclusively(fileKey(file), async () => {
        if (!(await isFileNamed(catalogue.sql, file))) await files.remove(file);
        await catalogue.sql.batch([removed(file)]);
      });
    } catch {
      stay += 1;
    }
  }
  return stay;
}
