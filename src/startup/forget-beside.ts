/** Forgetting a patient by a command, whether or not a service runs on the same catalogue. */
import { setTimeout as pause } from 'node:timers/promises';
import { lockDataDir } from '../../adapters/database/lock.ts';
import { writeAnew, writeIndexesAnew } from '../../adapters/database/overwrite-deleted.ts';
import { filesBelow } from '../../adapters/disk/files-below.ts';
import { forgettingJobs } from '../../adapters/queue/jobs-of.ts';
import { countRemovals } from '../catalogue/retention.ts';
import { asFault } from '../fault.ts';
import { type ForgetPlan, forgetPatient } from '../pipeline/forget-patient.ts';
import { removeFiles } from '../pipeline/retire.ts';
import type { Beside } from './open-beside.ts';
import { type DatabasePlace, isSqlite, serviceLockOf } from './open-database.ts';

/** So long is waited for the service, which takes the files off the disk. */
const WAIT_MS = 120_000;
const LOOK_MS = 500;

export type Forgetting = Disposable &
  Readonly<{
    /** Answers how many files are still to be taken off the disk. Fault: PATIENT_UNDER_WAY. */
    forget(plan: ForgetPlan): Promise<number>;
    /** Of what was forgotten before: files that a crash left, unless the service sees to them. */
    removeLeft(): Promise<number>;
    /** Of a SQLite file: what is left of deleted rows between those that stay. False: some of it may still be read. */
    overwrite(): Promise<boolean>;
  }>;

/**
 * A SQLite catalogue that no service has is kept from it until this is disposed of. Beside one, it is the service that removes files:
 * it alone knows what it is receiving.
 */
export function openForgetting(world: Beside, place: DatabasePlace): Forgetting {
  const isFile = isSqlite(place);
  const lock = isFile ? lockUnlessServed(place.dataDir) : undefined;
  const isServed = lock === undefined;
  const removeLeft = async (): Promise<number> =>
    isFile && isServed ? 0 : removeFiles(world, Number.POSITIVE_INFINITY);
  return {
    forget: async (plan) => {
      await forgetPatient(
        {
          ...world,
          isServed,
          filesBelow: (folder) => filesBelow(place.dataDir, folder),
          forgettingJobs: (uids) => forgettingJobs(world.sql, isFile ? 'sqlite' : 'postgres', uids, isServed),
        },
        plan,
      );
      return isFile && isServed ? removedByService(world) : removeLeft();
    },
    removeLeft,
    overwrite: async () => {
      if (!isFile) return true;
      if (!isServed && (await done(writeAnew(world.sql)))) return true;
      // Beside a service, or without room for a second file.
      return done(writeIndexesAnew(world.sql));
    },
    [Symbol.dispose]: () => lock?.[Symbol.dispose](),
  };
}

const done = (work: Promise<void>): Promise<boolean> =>
  work.then(
    () => true,
    () => false,
  );

function lockUnlessServed(dataDir: string): Disposable | undefined {
  try {
    return lockDataDir(serviceLockOf({ dataDir }));
  } catch (thrown) {
    if (asFault(thrown).code === 'DATA_DIR_LOCKED') return undefined;
    throw thrown;
  }
}

async function removedByService({ sql }: Pick<Beside, 'sql'>): Promise<number> {
  const end = performance.now() + WAIT_MS;
  for (;;) {
    const left = await countRemovals(sql);
    if (left === 0 || performance.now() > end) return left;
    await pause(LOOK_MS);
  }
}
