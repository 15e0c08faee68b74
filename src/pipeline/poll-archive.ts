/** An archive that does not push is looked through for new CT studies of patients that are known here. */
import { asFault } from '../fault.ts';
import { issuersOf } from '../matching/identity.ts';
import { enrolmentOf } from '../patients/patient.ts';
import type { Archive, ArchivedStudy, Job } from '../ports.ts';
import { compareWithArchive, fetchSeries } from './fetch-series.ts';
import type { World } from './world.ts';

type Needs = Pick<World, 'catalogue' | 'patients' | 'enrolment' | 'clock' | 'log' | 'priors'>;
type Polling = Needs & Readonly<{ priors: NonNullable<World['priors']> }>;

const DAY_MS = 86_400_000;
const FETCHED_MODALITIES: ReadonlySet<string> = new Set(['CT', 'RTSTRUCT', 'SEG']);
/** Studies fetched in one run: the rest follows in the next. */
const MOST_STUDIES = 20;

/**
 * Fetches CT studies since `lookBackDays` ago of patients of whom a study or a record is here, who are enrolled and did not
 * object. The query names no patient. A study that came in part is completed by the next run, up to three times.
 */
export async function pollArchive(
  world: Needs,
  { key }: Job,
  lookBackDays: number,
  signal: AbortSignal,
): Promise<void> {
  const { priors } = world;
  const archive = priors?.archives.find(({ name }) => name === key);
  if (!priors || !archive) return;
  const since = new Date(world.clock().getTime() - lookBackDays * DAY_MS);
  const keys = { ModalitiesInStudy: 'CT', StudyDate: `${dayOf(since)}-` };
  const studies = await archive.findStudies(keys, signal).catch((thrown: unknown) => {
    if (signal.aborted) throw thrown;
    // Its next turn comes by itself (startPolling): to try sooner would make nothing of the pace that was set.
    const { code, detail } = asFault(thrown);
    world.log.warn('poll.failed', { archive: archive.name, code, detail });
    return undefined;
  });
  if (!studies) return;
  let fetched = 0;
  for (const study of studies) {
    if (fetched >= MOST_STUDIES) break;
    if (!(await isWanted({ ...world, priors }, archive, study, dayOf(since)))) continue;
    if (await fetchStudy({ ...world, priors }, archive, study, signal)) fetched += 1;
  }
  world.log.info('archive.polled', { archive: archive.name, answered: studies.length, fetched });
}

/** A DA value in local time, as scanners write it. */
const dayOf = (date: Date): string =>
  `${date.getFullYear()}${String(date.getMonth() + 1).padStart(2, '0')}${String(date.getDate()).padStart(2, '0')}`;

async function isWanted(
  { catalogue, patients, enrolment, priors }: Polling,
  archive: Archive,
  study: ArchivedStudy,
  since: string,
): Promise<boolean> {
  const { StudyInstanceUID, PatientID, IssuerOfPatientID, ModalitiesInStudy, StudyDate } = study;
  if (PatientID === '' || StudyDate < since) return false;
  if (ModalitiesInStudy.length > 0 && !ModalitiesInStudy.includes('CT')) return false;
  const isHere = (await catalogue.study(StudyInstanceUID)) !== undefined;
  if (isHere && !(await priors.fetches.wasAsked(archive.name, StudyInstanceUID))) return false;
  const rows = await catalogue.studiesOfPatient(PatientID);
  const record = await patients.of(PatientID, IssuerOfPatientID, issuersOf(PatientID, rows));
  return (rows.length > 0 || record !== undefined) && enrolmentOf(record, enrolment).isEligible;
}

/** True when something was fetched. A fault ends the study, not the run. */
async function fetchStudy(
  world: Polling,
  archive: Archive,
  { StudyInstanceUID, PatientID }: ArchivedStudy,
  signal: AbortSignal,
): Promise<boolean> {
  const { priors, catalogue, log } = world;
  const key = { PatientID, StudyInstanceUID };
  let instances = 0;
  // Where nothing is pushed, to be found here is to be sent, even when a case asked for the study first.
  const event = catalogue.event(StudyInstanceUID, 'prior.sent', { archive: archive.name });
  await priors.fetches.unmarkPrior(StudyInstanceUID, [event]);
  await using _fetching = await priors.fetching.mark(StudyInstanceUID);
  try {
    for (const series of await archive.findSeries(key, signal)) {
      if (!FETCHED_MODALITIES.has(series.Modality)) continue;
      if ((await compareWithArchive(world, archive, key, series)) !== 'missing') continue;
      instances += await fetchSeries(world, archive, key, series, signal);
    }
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const { code, detail } = asFault(thrown);
    log.warn('poll.failed', { archive: archive.name, StudyInstanceUID, code, detail });
  }
  if (instances > 0) {
    const polled = catalogue.event(StudyInstanceUID, 'study.polled', { archive: archive.name, instances });
    await catalogue.sql.batch([polled]);
  }
  return instances > 0;
}
