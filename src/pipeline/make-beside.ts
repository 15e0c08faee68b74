/** What goes beside a report that is on its way already: made after it, so that it waits for none of it. */
import { settlingDue, tellingReasons } from '../catalogue/beside-due.ts';
import type { Reason, ReportRow } from '../catalogue/rows.ts';
import type { Outcome } from '../sr/report-choice.ts';
import type { BesideRequest } from './companion-maker.ts';
import {
  addingCompanions,
  logMissing,
  missingReason,
  unwantedReason,
  wakeCompanions,
} from './companion-rows.ts';
import { type Companions, makeCompanions } from './companions.ts';
import { missingOf, settleCase } from './delivery-outcome.ts';
import { eachOnce } from './reason.ts';
import type { World } from './world.ts';

type Needs = Pick<
  World,
  | 'catalogue'
  | 'reports'
  | 'files'
  | 'queue'
  | 'destinations'
  | 'companions'
  | 'whyAway'
  | 'clock'
  | 'log'
  | 'meter'
>;

/** The job that made a report and the one that finishes after a crash never work on the same case at once. */
export const besideOneByOne = (
  { catalogue }: Pick<World, 'catalogue'>,
  StudyInstanceUID: string,
  task: () => Promise<void>,
): Promise<void> => catalogue.exclusively(`beside ${StudyInstanceUID}`, task);

/** Makes what is due beside a report, if anything still is. When the service stops meanwhile, it stays due. */
export async function makeDue(world: Needs, request: BesideRequest, signal: AbortSignal): Promise<void> {
  const report = await world.reports.report(request.report.SOPInstanceUID);
  if (!report?.due) return;
  const started = performance.now();
  await settleDue(world, report, await makeCompanions(world, report.due, request, signal));
  world.meter.stage('beside', (performance.now() - started) / 1000);
}

/**
 * Nothing is due any more: what was made is added with its deliveries, what is missing is told, in one transaction. A report that
 * has a successor, was withdrawn, or whose patient was retired meanwhile has nothing due, and nothing of this is kept or sent.
 */
export async function settleDue(world: Needs, report: ReportRow, done: Companions): Promise<void> {
  const { StudyInstanceUID } = report;
  const news = eachOnce([...done.missing.flatMap(missingReason), ...(await unwanted(world, report, done))]);
  const missing = [...missingOf(report), ...news];
  const settled = { ...report, result: { ...(report.result as object), missing } };
  const isKept = await world.catalogue.sql.batch([
    settlingDue(settled),
    ...addingCompanions(world, settled, done),
    ...(news.length > 0 ? [tellingReasons(StudyInstanceUID, missing)] : []),
  ]);
  if (!isKept) return;
  logMissing(world, StudyInstanceUID, done);
  await wakeCompanions(world, report, done);
  await settleCase(world, StudyInstanceUID);
}

/** Nobody gets anything of the report: it was wanted for what goes beside it, of which there is nothing. */
async function unwanted(
  { reports, destinations }: Needs,
  { SOPInstanceUID, StudyInstanceUID, result }: ReportRow,
  { made }: Companions,
): Promise<readonly Reason[]> {
  if (made.length > 0 || destinations.size === 0) return [];
  const objects = [SOPInstanceUID, ...(await reports.companionsOf(SOPInstanceUID)).map(uidOf)];
  const deliveries = await reports.deliveriesOf(StudyInstanceUID);
  if (deliveries.some((row) => objects.includes(row.SOPInstanceUID))) return [];
  return unwantedReason((result as Readonly<{ outcome: Outcome }>).outcome);
}

const uidOf = ({ SOPInstanceUID }: ReportRow): string => SOPInstanceUID;
