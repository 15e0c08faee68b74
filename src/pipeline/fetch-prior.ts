/** The priors of a case: archives are asked in the order of the configuration, with a memory of what went wrong. */
import { isAsking } from '../catalogue/fetches.ts';
import type { Reason, StudyRow } from '../catalogue/rows.ts';
import { asFault, Fault } from '../fault.ts';
import { isAskable } from '../matching/fetch-order.ts';
import { issuersOf } from '../matching/identity.ts';
import { enrolmentOf } from '../patients/patient.ts';
import type { Archive, Job } from '../ports.ts';
import { type Asked, type AskNeeds, askArchive } from './ask-archive.ts';
import { reason } from './reason.ts';
import { saysNothing } from './says-nothing.ts';
import type { World } from './world.ts';

type Needs = Pick<
  World,
  | 'catalogue'
  | 'patients'
  | 'files'
  | 'radiomics'
  | 'rules'
  | 'enrolment'
  | 'queue'
  | 'clock'
  | 'log'
  | 'priors'
>;

/**
 * One pass over the archives for one case. An opt-out, or a patient who is not enrolled, is looked up before anything is
 * asked. A pass that went wrong is repeated with a growing pause; a good one after `waiting.askAgainMinutes`.
 */
export async function fetchPrior(world: Needs, job: Job, signal: AbortSignal): Promise<void> {
  const row = await world.catalogue.study(job.key);
  // Two cases of one patient would fetch the same studies.
  if (row) await world.catalogue.exclusively(`fetch ${row.PatientID}`, () => fetchFor(world, job, signal));
}

async function fetchFor(world: Needs, { key }: Job, signal: AbortSignal): Promise<void> {
  const { priors, catalogue } = world;
  const row = await catalogue.study(key);
  if (!row || !priors || (await priors.fetches.isPrior(key))) return;
  const before = await priors.fetches.of(key);
  if (!isAsking(row, before) || (before && before.nextAttemptAt > world.clock())) return;
  const rows = await catalogue.studiesOfPatient(row.PatientID);
  const issuers = issuersOf(row.PatientID, rows);
  const patient = await world.patients.of(row.PatientID, row.IssuerOfPatientID, issuers);
  if (!enrolmentOf(patient, world.enrolment).isEligible) return;

  await priors.fetches.started(key);
  const ask = async (archive: Archive) => {
    signal.throwIfAborted();
    return askArchive({ ...world, priors }, archive, { row, patient }, signal);
  };
  const found = isAskable(row.PatientID)
    ? await askInTurn({ ...world, priors }, row, ask)
    : { ...NOTHING, faults: [reasonOf('', new Fault('QUERY_UNSAFE'))] };
  signal.throwIfAborted();
  await end(world, row, found, before?.attempts ?? 0);
  await world.queue.put({ kind: 'assess', key });
}

type Found = Asked & Readonly<{ faults: readonly Reason[]; mayPass: boolean; isQuiet: boolean }>;
const NOTHING: Found = {
  isSatisfied: false,
  isArriving: false,
  instances: 0,
  faults: [],
  mayPass: false,
  isQuiet: false,
};

/** Quiet hours begin and end with a minute. */
export const QUIET_PAUSE_SECONDS = 60;

/** Until one has what the rules would take; an archive that fails hands over to the next. */
async function askInTurn(
  { catalogue, priors, log }: AskNeeds,
  { StudyInstanceUID }: StudyRow,
  ask: (archive: Archive) => Promise<Asked>,
): Promise<Found> {
  let found = NOTHING;
  for (const archive of priors.archives) {
    try {
      const asked = await ask(archive);
      found = {
        ...found,
        isSatisfied: asked.isSatisfied,
        isArriving: found.isArriving || asked.isArriving,
        instances: found.instances + asked.instances,
      };
      if (asked.isSatisfied) break;
    } catch (thrown) {
      if (saysNothing(thrown)) throw thrown;
      const fault = asFault(thrown);
      if (fault.code === 'NODE_QUIET') {
        found = { ...found, mayPass: true, isQuiet: true };
        continue;
      }
      const detail = { archive: archive.name, code: fault.code, detail: fault.detail };
      await catalogue.sql.batch([catalogue.event(StudyInstanceUID, 'prior.failed', detail)]);
      log.warn('prior.failed', { StudyInstanceUID, ...detail });
      found = { ...found, mayPass: true, faults: [...found.faults, reasonOf(archive.name, fault)] };
    }
  }
  return found;
}

const reasonOf = (archive: string, fault: Fault): Reason => ({
  code: fault.code,
  text: [archive && `${archive}:`, fault.message.slice(fault.code.length + 2)].filter(Boolean).join(' '),
});

async function end(
  { priors, clock }: Needs,
  { StudyInstanceUID }: StudyRow,
  { isSatisfied, isArriving, faults, mayPass, instances, isQuiet }: Found,
  attempts: number,
): Promise<void> {
  if (!priors) return;
  const isAnswered = isSatisfied || !mayPass;
  const backOff = Math.min(priors.maxPauseSeconds, priors.firstPauseSeconds * 2 ** Math.min(attempts, 20));
  const askAgain = isArriving ? priors.firstPauseSeconds : priors.askAgainSeconds;
  const isOnlyQuiet = isQuiet && faults.length === 0 && !isAnswered;
  const pauseSeconds = isAnswered ? askAgain : isOnlyQuiet ? QUIET_PAUSE_SECONDS : backOff;
  const nextAttemptAt = new Date(clock().getTime() + pauseSeconds * 1000);
  const isEmpty = faults.length === 0 && !isSatisfied && !isQuiet && instances === 0 && !isArriving;
  const text = 'The archives hold no earlier study that the baseline rules would take and that is not here.';
  const reasons = isEmpty ? reason('PRIOR_NOT_FOUND', text) : isSatisfied ? [] : faults;
  await priors.fetches.ended(StudyInstanceUID, {
    isAnswered,
    isCounted: !isOnlyQuiet,
    nextAttemptAt,
    reasons,
  });
}
