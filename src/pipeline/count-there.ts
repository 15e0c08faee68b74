/** Does an archive hold more of a study than arrived here? Then it is not complete yet, up to a limit (DESIGN, Assemble). */
import type { StudyRow } from '../catalogue/rows.ts';
import { asFault } from '../fault.ts';
import { isAskable } from '../matching/fetch-order.ts';
import { enrolmentOf } from '../patients/patient.ts';
import { isTestPatient } from '../patients/test-patient.ts';
import type { Archive, Job } from '../ports.ts';
import type { World } from './world.ts';

type Needs = Pick<World, 'catalogue' | 'patients' | 'enrolment' | 'log' | 'priors'>;

/** A query that hangs delays a study by so much at most. */
const ANSWER_SECONDS = 10;
/** While images are missing the archive is asked again so often: it may have been wrong. */
const ASK_AGAIN_SECONDS = 15;

type Asking = Pick<World, 'priors' | 'queue' | 'clock' | 'quietPeriodSeconds'>;

/** Studies that we fetched ourselves, and those of a test patient, are not asked about, nor any when there is nobody to ask. */
async function isAskedAbout(
  { priors }: Pick<World, 'priors'>,
  { StudyInstanceUID, PatientID }: StudyRow,
): Promise<boolean> {
  if (isTestPatient(PatientID)) return false;
  if (!priors || priors.archives.length === 0 || priors.maxDelaySeconds === 0) return false;
  return !(await priors.fetches.isPrior(StudyInstanceUID));
}

/**
 * True while a study that is quiet must wait: an archive said that it has more CT images, or was asked just now. The limit
 * counts from the end of the quiet period.
 */
export async function mustWaitForCount(world: Asking, row: StudyRow): Promise<boolean> {
  const { priors, queue, clock, quietPeriodSeconds } = world;
  const { StudyInstanceUID, lastReceivedAt } = row;
  const now = clock().getTime();
  const delaySeconds = (now - lastReceivedAt.getTime()) / 1000 - quietPeriodSeconds;
  if (!priors || delaySeconds >= priors.maxDelaySeconds || !(await isAskedAbout(world, row))) return false;
  const count = await priors.fetches.countOf(StudyInstanceUID);
  const isOfNow = count?.asOf.getTime() === lastReceivedAt.getTime();
  const isStale = !isOfNow || now - count.askedAt.getTime() >= ASK_AGAIN_SECONDS * 1000;
  const isMissing = isOfNow && (count.missing ?? 0) > 0;
  if (!isOfNow || (isMissing && isStale)) await queue.put({ kind: 'count', key: StudyInstanceUID });
  return isOfNow ? isMissing : delaySeconds < ANSWER_SECONDS;
}

/** The archives are asked while the study is still becoming quiet, so that their answer costs no time. */
export async function askAhead(world: Asking, row: StudyRow): Promise<void> {
  const { priors, queue, clock, quietPeriodSeconds } = world;
  const { StudyInstanceUID, lastReceivedAt } = row;
  const quietSeconds = (clock().getTime() - lastReceivedAt.getTime()) / 1000;
  if (!priors || quietSeconds < quietPeriodSeconds / 2 || !(await isAskedAbout(world, row))) return;
  const count = await priors.fetches.countOf(StudyInstanceUID);
  if (count?.asOf.getTime() === lastReceivedAt.getTime()) return;
  await queue.put({ kind: 'count', key: StudyInstanceUID });
}

/** Asks the archives for the series of one study and keeps how many CT images are missing here; an opt-out is looked up first. */
export async function countThere(world: Needs, { key }: Job, signal: AbortSignal): Promise<void> {
  const { priors, catalogue } = world;
  const row = await catalogue.study(key);
  if (!priors || row?.state !== 'receiving') return;
  const patient = await world.patients.of(row.PatientID, row.IssuerOfPatientID, []);
  const mayAsk = isAskable(row.PatientID) && enrolmentOf(patient, world.enrolment).isEligible;
  let missing: number | null = null;
  for (const archive of mayAsk ? priors.archives : []) {
    try {
      missing = Math.max(missing ?? 0, await missingFrom(archive, row, catalogue, signal));
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      world.log.warn('count.failed', { archive: archive.name, code: asFault(thrown).code });
    }
  }
  const before = await priors.fetches.countOf(key);
  await priors.fetches.keepCount(key, row.lastReceivedAt, missing);
  if (missing && missing !== before?.missing) {
    await catalogue.sql.batch([catalogue.event(key, 'study.fewerThanArchived', { missing })]);
  }
}

async function missingFrom(
  archive: Archive,
  { PatientID, StudyInstanceUID }: StudyRow,
  catalogue: World['catalogue'],
  signal: AbortSignal,
): Promise<number> {
  const there = await archive.findSeries({ PatientID, StudyInstanceUID }, signal);
  const here = new Map(
    (await catalogue.seriesOf(StudyInstanceUID)).map((each) => [each.SeriesInstanceUID, each.instanceCount]),
  );
  return there
    .filter(({ Modality }) => Modality === 'CT')
    .map((each) => Math.max(0, (each.instances ?? 0) - (here.get(each.SeriesInstanceUID) ?? 0)))
    .reduce((sum, each) => sum + each, 0);
}
