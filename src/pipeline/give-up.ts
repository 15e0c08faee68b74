/** Jobs over which the process died again and again, killed for want of memory or by a crash: nothing could be caught and counted as a try. */
import { sameConfiguration } from '../catalogue/same-configuration.ts';
import { Fault } from '../fault.ts';
import type { RunningJob } from '../ports.ts';
import { apply } from '../study/lifecycle.ts';
import { assess } from './assess.ts';
import { besideOneByOne, settleDue } from './make-beside.ts';
import { giveUp, scoreFollowUp } from './score-follow-up.ts';
import type { World } from './world.ts';

/** What is restarted now and then, and what ran beside a job that kills, must not come to it. */
export const MOST_DEATHS = 5;

/** The case fails, unless it was looked at anew since: what kills may be gone then. */
export async function giveUpScoring(world: World, job: RunningJob, signal: AbortSignal): Promise<void> {
  const { key: StudyInstanceUID, deaths: attempts } = job;
  const row = await world.catalogue.study(StudyInstanceUID);
  if (row?.state !== 'scoring') return scoreFollowUp(world, job, signal);
  const fault = new Fault('PROCESS_DIED');
  world.log.warn('case.fault', { StudyInstanceUID, code: fault.code, detail: fault.detail, attempts });
  await giveUp(world, row, fault, attempts, sameConfiguration(StudyInstanceUID, world.decisive));
}

/** Whoever scores the case meets the same, and tells it. */
export async function giveUpMeasuring({ log }: Pick<World, 'log'>, { key }: RunningJob): Promise<void> {
  log.warn('measureAhead.failed', { StudyInstanceUID: key, code: 'PROCESS_DIED' });
}

/** No mask of the patient that was not read yet is read; with them as unreadable the cases are judged. */
export async function giveUpReading(world: World, job: RunningJob, signal: AbortSignal): Promise<void> {
  const { catalogue, log } = world;
  const study = await catalogue.study(job.key);
  for (const each of study ? await catalogue.studiesOfPatient(study.PatientID) : []) {
    if (each.state === 'receiving') continue;
    for (const mask of await catalogue.masksOf(each.StudyInstanceUID)) {
      if (mask.description || mask.fault) continue;
      await catalogue.describeMask(mask, 'PROCESS_DIED');
      log.warn('mask.unreadable', { SOPInstanceUID: mask.SOPInstanceUID, code: 'PROCESS_DIED' });
    }
  }
  await assess(world, job, signal);
}

/** The report stands without what was due beside it, and the case says so. */
export const giveUpBeside = (world: World, { key }: RunningJob): Promise<void> =>
  besideOneByOne(world, key, async () => {
    const report = (await world.reports.of(key)).at(-1);
    const row = await world.catalogue.study(key);
    if (!report?.due || !row || !apply(row.state, 'deliveryStarted')) return;
    const fault = new Fault('PROCESS_DIED');
    await settleDue(world, report, { made: [], missing: report.due.map((wish) => ({ wish, fault })) });
  });
