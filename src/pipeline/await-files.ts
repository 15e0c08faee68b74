/** What a job reads is to be seen on its machine first: a shared folder may show late what another machine wrote. */
import { forgetAwaited, noteAwaited } from '../catalogue/awaited-files.ts';
import { asFault, Fault } from '../fault.ts';
import type { LesionPair } from '../matching/lesion.ts';
import type { MaskCandidate } from '../matching/mask-of-series.ts';
import type { PlacedFile } from '../ports.ts';
import type { PatientStudies } from './patient-studies.ts';
import type { World } from './world.ts';

type Needs = Pick<World, 'catalogue' | 'files' | 'log'>;

/** A file that no machine has seen for so long is gone. */
const GONE_AFTER_MS = 3_600_000;

/**
 * Resolves when all of them can be read here. Faults: FILE_AWAITED after a minute, with which the job is to be tried again and nothing
 * said of its case; FILE_MISSING when one has been awaited for an hour. `key`: who waits; what has not waited for half an hour waits anew.
 */
export async function awaitFiles(
  { catalogue, files, log }: Needs,
  key: string,
  wanted: readonly PlacedFile[],
  signal: AbortSignal,
): Promise<void> {
  if (!files.awaited) return;
  const [file] = await files.awaited(wanted, signal);
  if (file === undefined) return forgetAwaited(catalogue.sql, key);
  const now = catalogue.clock();
  const since = await noteAwaited(catalogue.sql, key, file, now);
  log.warn('file.awaited', { file, since: since.toISOString() });
  if (now.getTime() - since.getTime() < GONE_AFTER_MS) throw new Fault('FILE_AWAITED', file);
  // A person who has it tried again gives it another hour.
  await forgetAwaited(catalogue.sql, key);
  throw new Fault('FILE_MISSING', file);
}

/** Of the series and masks of a case. */
export const filesOfPairs = (pairs: readonly LesionPair[], { placed }: Pick<PatientStudies, 'placed'>) =>
  placed([
    ...new Set(pairs.flatMap(({ baseline, followUp }) => [baseline, followUp].flatMap(objectsMeasured))),
  ]);
/** Of one time point. */
export const objectsMeasured = ({ series, mask }: MaskCandidate): readonly string[] => [
  ...series.SOPInstanceUIDs,
  mask.SOPInstanceUID,
];

/** Nothing is said of the case: the job is tried again. */
export const isAwaiting = (thrown: unknown): boolean => asFault(thrown).code === 'FILE_AWAITED';
