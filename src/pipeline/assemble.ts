import { studiesWithDue } from '../catalogue/beside-due.ts';
import { keysIn, studiesInSince } from '../catalogue/studies-due.ts';
import { completeness } from '../study/completeness.ts';
import { apply } from '../study/lifecycle.ts';
import { noteAway } from './confirm.ts';
import { askAhead, mustWaitForCount } from './count-there.ts';
import { putDue } from './deliver.ts';
import { settleCase } from './delivery-outcome.ts';
import { putFetchesDue } from './fetches-due.ts';
import { putMaskRequestsDue } from './request-mask.ts';
import type { World } from './world.ts';

type Needs = Pick<
  World,
  | 'catalogue'
  | 'reports'
  | 'queue'
  | 'confirmations'
  | 'destinations'
  | 'whyAway'
  | 'pace'
  | 'clock'
  | 'isStoring'
  | 'quietPeriodSeconds'
  | 'expireDays'
  | 'log'
  | 'priors'
  | 'annotation'
>;

/**
 * Looks at everything that time alone can move: studies that have become quiet, cases that were left between two steps
 * by a crash, waits that are over, deliveries that are due. The catalogue is the truth; this only puts jobs, so doing
 * it twice does no harm. Returns when the next study can become quiet, if one is arriving. `unbrokenSince`: since when
 * one sweep has followed the other; before that nobody may have been able to send, so that quiet counts from then.
 * `mayExpire` false: the clock may be wrong, and no wait is over because of it.
 */
export async function sweep(
  world: Needs,
  unbrokenSince = new Date(0),
  mayExpire = true,
): Promise<Date | undefined> {
  const next = await closeQuietStudies(world, unbrokenSince);
  const since = new Date(world.clock().getTime() - NEW_MS);
  // One look a patient: it looks at all of the patient's cases.
  const complete = await keysIn(world.catalogue.sql, 'complete', since, MOST_WOKEN);
  for (const { StudyInstanceUID } of new Map(complete.map((study) => [study.PatientID, study])).values()) {
    await world.queue.put({ kind: 'assess', key: StudyInstanceUID });
  }
  for (const state of ['ready', 'scoring'] as const) {
    for (const { StudyInstanceUID } of await keysIn(world.catalogue.sql, state, since, MOST_WOKEN)) {
      await world.queue.put({ kind: 'score', key: StudyInstanceUID });
    }
  }
  await putBesideDue(world);
  for (const destination of world.destinations.keys()) await putDue(world, destination);
  for (const StudyInstanceUID of await world.reports.studiesBehindTheirDeliveries([
    ...world.destinations.keys(),
  ])) {
    await settleCase(world, StudyInstanceUID);
  }
  await noteAway(world);
  await putFetchesDue(world);
  await putMaskRequestsDue(world);
  if (mayExpire) await expireWaiting(world);
  return next;
}

/** A sweep is short also when thousands wait, of which no more can run in a second; the next one goes on with others. */
const MOST_WOKEN = 200;
const NEW_MS = 5000;
const MOST_EXPIRED = 200;

/** Until then what goes beside a report is made by the job that made the report. */
const BESIDE_AFTER_MS = 60_000;

/** What a crash kept from being made beside reports that are on their way. */
async function putBesideDue({ catalogue, queue, clock }: Needs): Promise<void> {
  const before = new Date(clock().getTime() - BESIDE_AFTER_MS);
  for (const key of await studiesWithDue(catalogue.sql, before)) await queue.put({ kind: 'beside', key });
}

async function closeQuietStudies(world: Needs, unbrokenSince: Date): Promise<Date | undefined> {
  let next: Date | undefined;
  for (const study of await world.catalogue.studiesIn('receiving')) {
    const now = world.clock();
    if (study.lastReceivedAt > now) {
      await world.catalogue.restartQuiet(study.StudyInstanceUID);
      world.log.warn('clock.setBack', { StudyInstanceUID: study.StudyInstanceUID });
      continue;
    }
    const isStoring = await world.isStoring(study.StudyInstanceUID);
    const found = completeness(
      {
        lastReceivedAt: study.lastReceivedAt > unbrokenSince ? study.lastReceivedAt : unbrokenSince,
        isStoring,
        quietPeriodSeconds: world.quietPeriodSeconds,
      },
      now,
    );
    if (!found.isComplete) {
      await askAhead(world, study);
      if (!next || found.lookAgainAt < next) next = found.lookAgainAt;
      continue;
    }
    if (await mustWaitForCount(world, study)) continue;
    const state = apply(study.state, 'becameQuiet');
    if (state) await world.catalogue.move(study, { state });
  }
  return next;
}

async function expireWaiting(world: Needs): Promise<void> {
  const before = new Date(world.clock().getTime() - world.expireDays * 86_400_000);
  for (const waiting of ['waitingForBaseline', 'waitingForMask'] as const) {
    for (const study of await studiesInSince(world.catalogue.sql, waiting, before, MOST_EXPIRED)) {
      const state = apply(study.state, 'expired');
      if (!state) continue;
      const text = `waited ${world.expireDays} days: ${study.reasons.map((reason) => reason.text).join('; ')}`;
      await world.catalogue.move(study, { state, reasons: [{ code: 'EXPIRED', text }] });
    }
  }
}
