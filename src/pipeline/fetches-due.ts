/** When archives are asked for a case: what a sweep and a look at a case need to know of it. */
import type { Reason, StudyRow } from '../catalogue/rows.ts';
import { isTestPatient } from '../patients/test-patient.ts';
import type { JobQueue } from '../ports.ts';
import type { World } from './world.ts';

type Needs = Pick<World, 'priors' | 'clock'> & Readonly<{ queue: Pick<JobQueue, 'put'> }>;

/** Puts a job for every case whose time to ask has come. */
export async function putFetchesDue({
  priors,
  queue,
  expireDays,
}: Pick<World, 'priors' | 'queue' | 'expireDays'>): Promise<void> {
  if (!priors || priors.archives.length === 0) return;
  for (const key of await priors.fetches.due(MOST_DUE, expireDays)) await queue.put({ kind: 'fetch', key });
}
const MOST_DUE = 50;

/**
 * Must scoring wait for the archives? They may hold the study that the rule prefers. A case is held up until they have answered
 * once, and not when a person designated its baseline; an archive that does not answer holds it up for `priors.waitSeconds` at
 * most.
 */
export async function mustAskFirst(
  { priors, queue, clock }: Needs,
  { StudyInstanceUID, PatientID }: StudyRow,
): Promise<boolean> {
  if (!priors || priors.archives.length === 0 || isTestPatient(PatientID)) return false;
  const fetch = await priors.fetches.of(StudyInstanceUID);
  if (fetch?.answeredAt) return false;
  const now = clock().getTime();
  const age = (since: Date): number => (now - since.getTime()) / 1000;
  const isUnderWay = fetch?.startedAt && age(fetch.startedAt) < priors.retrieveTimeoutSeconds;
  if (fetch && !isUnderWay && age(fetch.firstAskedAt) >= priors.waitSeconds) return false;
  if (!fetch || fetch.nextAttemptAt.getTime() <= now)
    await queue.put({ kind: 'fetch', key: StudyInstanceUID });
  return true;
}

/** Why the archives could not help a case that waits. */
export async function archiveReasons(
  { priors }: Pick<World, 'priors'>,
  { StudyInstanceUID }: StudyRow,
  state: StudyRow['state'] | undefined,
): Promise<readonly Reason[]> {
  if (!priors || (state !== 'waitingForBaseline' && state !== 'waitingForMask')) return [];
  return (await priors.fetches.of(StudyInstanceUID))?.reasons ?? [];
}

/**
 * True: scoring could not wait any longer for an archive to name earlier studies, and the report must say so. The archives are
 * asked on (`Fetches.due`), until they have answered.
 */
export async function isUnanswered(
  { priors }: Pick<World, 'priors'>,
  { StudyInstanceUID }: StudyRow,
): Promise<boolean> {
  if (!priors || priors.archives.length === 0) return false;
  const fetch = await priors.fetches.of(StudyInstanceUID);
  return fetch !== undefined && !fetch.answeredAt;
}
