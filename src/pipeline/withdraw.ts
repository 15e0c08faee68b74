/** Taking reports back: a rejection note to everybody who has one, and the case to a person. */
import type { Reason, ReportRow, WithdrawalRow } from '../catalogue/rows.ts';
import { KEY_OBJECT_SELECTION } from '../dicom/sop-class.ts';
import { digestOf } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import type { InstanceFiles } from '../ports.ts';
import { REJECTION_TITLES, type Rejection, renderRejectionNote } from '../sr/rejection-note.ts';
import { apply } from '../study/lifecycle.ts';
import { mayHave } from './holders.ts';
import { localMoment } from './local-moment.ts';
import { reason } from './reason.ts';
import type { World } from './world.ts';

type Needs = Pick<World, 'catalogue' | 'reports' | 'renditions' | 'clock'> &
  Readonly<{ files: Pick<InstanceFiles, 'read' | 'put'> }>;

export type WithdrawalRequest = Pick<Rejection, 'reason' | 'quality' | 'text' | 'installationUid'> &
  Readonly<{ author: string }>;
export type Withdrawn = Readonly<{
  note: string;
  reports: readonly string[];
  destinations: readonly string[];
}>;

/**
 * Withdraws one report, or all reports of a study, named by its UID: makes the rejection note, queues it for every
 * destination that has one of them or may have it, and holds the case when its newest report is among them. What is withdrawn
 * already stays as it is: undefined when nothing is left. Faults: INPUT_NOT_FOUND for a UID that is neither,
 * REPORT_INVALID for a text that does not fit.
 */
export async function withdraw(
  world: Needs,
  uid: string,
  request: WithdrawalRequest,
): Promise<Withdrawn | undefined> {
  const named = await world.reports.report(uid);
  // A rejection note is no report: there is no taking back of it.
  const reports =
    named?.SOPClassUID === KEY_OBJECT_SELECTION ? [] : named ? [named] : await world.reports.of(uid);
  if (reports.length === 0)
    throw new Fault('INPUT_NOT_FOUND', 'no report and no study with a report has this UID');
  const standing: ReportRow[] = [];
  for (const report of reports) {
    if (!(await world.reports.withdrawalOf(report.SOPInstanceUID))) standing.push(report);
  }
  const [first] = standing;
  if (!first) return undefined;

  const sent = await Promise.all(
    standing.map(({ SOPInstanceUID }) => world.renditions.sentOf(SOPInstanceUID)),
  );
  const files = await Promise.all([...standing, ...sent.flat()].map(({ file }) => world.files.read(file)));
  const { date, time } = localMoment(world.clock());
  const note = renderRejectionNote(files, { ...request, date, time });
  const file = `reports/${note.StudyInstanceUID}/${note.SOPInstanceUID}.dcm`;
  await world.files.put(file, note.bytes);
  const row: ReportRow = {
    SOPInstanceUID: note.SOPInstanceUID,
    SOPClassUID: note.SOPClassUID,
    SeriesInstanceUID: note.SeriesInstanceUID,
    StudyInstanceUID: note.StudyInstanceUID,
    file,
    digest: digestOf(note.bytes),
    inputs: '',
    result: { withdraws: standing.map(({ SOPInstanceUID }) => SOPInstanceUID) },
    ContentDate: date,
  };
  const withdrawals = standing.map(
    ({ SOPInstanceUID, StudyInstanceUID }): WithdrawalRow => ({
      SOPInstanceUID,
      note: note.SOPInstanceUID,
      StudyInstanceUID,
      reason: request.reason,
      text: request.text.trim(),
      author: request.author,
    }),
  );
  const destinations = await holdersOf(world, standing);
  await commit(world, row, withdrawals, destinations);
  return { note: note.SOPInstanceUID, reports: withdrawals.map((each) => each.SOPInstanceUID), destinations };
}

async function holdersOf({ reports }: Needs, standing: readonly ReportRow[]): Promise<string[]> {
  const uids = new Set(standing.map(({ SOPInstanceUID }) => SOPInstanceUID));
  const rows = await reports.deliveriesOf(standing[0]?.StudyInstanceUID ?? '');
  const holders = rows.filter((row) => uids.has(row.SOPInstanceUID) && mayHave(row));
  return [...new Set(holders.map(({ destination }) => destination))];
}

/** Note, withdrawals, deliveries, event and state of the case in one transaction; once more when the case moved meanwhile. */
async function commit(
  { catalogue, reports }: Needs,
  note: ReportRow,
  withdrawals: readonly WithdrawalRow[],
  destinations: readonly string[],
): Promise<void> {
  const { StudyInstanceUID } = note;
  const newest = (await reports.of(StudyInstanceUID)).at(-1);
  const last = withdrawals.find(({ SOPInstanceUID }) => SOPInstanceUID === newest?.SOPInstanceUID);
  const statements = () => [
    ...reports.adding(note, destinations),
    ...withdrawals.flatMap((each) => reports.withdrawing(each)),
    ...withdrawals.map(({ SOPInstanceUID, reason: why, text, author }) =>
      catalogue.event(StudyInstanceUID, 'report.withdrawn', {
        SOPInstanceUID,
        note: note.SOPInstanceUID,
        reason: why,
        text,
        author,
        destinations,
      }),
    ),
  ];
  for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
    const study = await catalogue.study(StudyInstanceUID);
    const state = last && study && apply(study.state, 'doubt');
    // A case that is arriving or being scored is held by the next look at it.
    if (!study || !state || study.state === 'scoring') {
      await catalogue.sql.batch(statements());
      return;
    }
    if (await catalogue.move(study, { state, reasons: withdrawnBecause(last) }, statements())) return;
  }
  throw new Fault('INTERNAL', 'the case kept moving');
}

const MAX_TRIES = 5;

/** The reason with which a case is held whose report was taken back. */
export const withdrawnBecause = ({ reason: why, text }: WithdrawalRow): readonly Reason[] => {
  const title = Object.hasOwn(REJECTION_TITLES, why)
    ? REJECTION_TITLES[why as keyof typeof REJECTION_TITLES].CodeMeaning
    : why;
  return reason('WITHDRAWN', `The report was withdrawn: ${title}: ${text}`);
};
