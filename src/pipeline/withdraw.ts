/** Taking reports back: a rejection note to everybody who has one, and the case to a person. */
import { forgettingHeldPoint } from '../catalogue/held-points.ts';
import { removing } from '../catalogue/retention.ts';
import {
  type DeliveryRow,
  OPEN_DELIVERY,
  type Reason,
  type ReportRow,
  type WithdrawalRow,
} from '../catalogue/rows.ts';
import { nothingSentSince } from '../catalogue/sendings.ts';
import { digestOf } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import type { InstanceFiles, Statement } from '../ports.ts';
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
  /** notes in other studies, for what went beside the reports into those */
  otherNotes: readonly string[];
  reports: readonly string[];
  /** to whom a note goes */
  destinations: readonly string[];
}>;

/** A rejection note to be sent, and what it takes back. */
type Note = Readonly<{
  row: ReportRow;
  /** reports and what went beside them */
  withdrawn: readonly ReportRow[];
  destinations: readonly string[];
}>;

/**
 * Withdraws one report, or all reports of a study, named by its UID, with everything that went beside them: makes the
 * rejection note, queues it for every destination that has one of them or may have it, and holds the case when its newest
 * report is among them. A note is about one study: objects in another one get a note of their own. What is withdrawn already stays
 * as it is: undefined when nothing is left. Faults: INPUT_NOT_FOUND for a UID that is neither, REPORT_INVALID for a text that does
 * not fit.
 */
export async function withdraw(
  world: Needs,
  uid: string,
  request: WithdrawalRequest,
): Promise<Withdrawn | undefined> {
  const [named] = await reportsNamed(world, uid);
  if (!named) throw new Fault('INPUT_NOT_FOUND', 'no report and no study with a report has this UID');
  return world.catalogue.exclusively(`withdraw ${named.StudyInstanceUID}`, async () => {
    const written = new Set<string>();
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const done = await withdrawAsSeen(world, uid, request, written);
      if (done !== 'otherwise') return done;
    }
    throw new Fault('INTERNAL', 'the case kept moving');
  });
}

const MAX_TRIES = 10;

/** `otherwise`: something was sent, made or moved since it was looked; nothing was withdrawn. `written`: files of notes, of every look. */
async function withdrawAsSeen(
  world: Needs,
  uid: string,
  request: WithdrawalRequest,
  written: Set<string>,
): Promise<Withdrawn | undefined | 'otherwise'> {
  const reports = await reportsNamed(world, uid);
  const standing: ReportRow[] = [];
  for (const report of reports) {
    if (!(await world.reports.withdrawalOf(report.SOPInstanceUID))) standing.push(report);
  }
  const [first] = standing;
  if (!first) return undefined;

  const beside = await Promise.all(
    standing.map(({ SOPInstanceUID }) => world.reports.companionsOf(SOPInstanceUID)),
  );
  const deliveries = await world.reports.deliveriesOf(first.StudyInstanceUID);
  const objects = [...standing, ...beside.flat()];
  const asSeen = nothingSentSince({
    reports: standing.map(uidOf),
    beside: beside.flat().map(uidOf),
    deliveries,
  });
  const studies = new Set(objects.map(({ StudyInstanceUID }) => StudyInstanceUID));
  const notes: Note[] = [];
  for (const study of studies) {
    const ofStudy = objects.filter(({ StudyInstanceUID }) => StudyInstanceUID === study);
    const note = await makeNote(world, ofStudy, deliveries, request);
    if (note) notes.push(note);
    if (note) written.add(note.row.file);
  }
  const withdrawals = notes.flatMap(({ row, withdrawn }) =>
    withdrawn.map(
      ({ SOPInstanceUID }): WithdrawalRow => ({
        SOPInstanceUID,
        note: row.SOPInstanceUID,
        StudyInstanceUID: first.StudyInstanceUID,
        reason: request.reason,
        text: request.text.trim(),
        author: request.author,
      }),
    ),
  );
  if (!(await commit(world, first.StudyInstanceUID, notes, withdrawals, asSeen))) return 'otherwise';
  for (const { row } of notes) written.delete(row.file);
  await world.catalogue.sql.batch([...written].map((file) => removing(file, world.clock())));
  await lookAtLaterCases(world, first.StudyInstanceUID);
  const [note = '', ...otherNotes] = notes.map(({ row }) => row.SOPInstanceUID);
  return {
    note,
    otherNotes,
    reports: standing.map(({ SOPInstanceUID }) => SOPInstanceUID),
    destinations: [...new Set(notes.flatMap(({ destinations }) => destinations))],
  };
}

const uidOf = ({ SOPInstanceUID }: ReportRow): string => SOPInstanceUID;

/** Nadir and trend of the patient's other reports may rest on what was withdrawn. */
async function lookAtLaterCases({ catalogue, reports }: Needs, StudyInstanceUID: string): Promise<void> {
  const study = await catalogue.study(StudyInstanceUID);
  for (const row of study ? await catalogue.studiesOfPatient(study.PatientID) : []) {
    const state = apply(row.state, 'lookAgain');
    const isOther = row.StudyInstanceUID !== StudyInstanceUID;
    if (isOther && state && (await reports.of(row.StudyInstanceUID)).length > 0)
      await catalogue.move(row, { state });
  }
}

/** What goes beside a report stands for it; a rejection note is no report: there is no taking back of it. */
async function reportsNamed({ reports }: Needs, uid: string): Promise<readonly ReportRow[]> {
  const named = await reports.report(uid);
  if (!named) return reports.of(uid);
  const report = named.companionOf === null ? named : await reports.report(named.companionOf);
  return report?.kind === 'sr' ? [report] : [];
}

/**
 * The note about objects of one study: reports, the renditions of them that went out, and what went out beside them or may be
 * on its way. Undefined when there is nothing to name: nothing in that study was sent, nor will be.
 */
async function makeNote(
  world: Needs,
  objects: readonly ReportRow[],
  deliveries: readonly DeliveryRow[],
  request: WithdrawalRequest,
): Promise<Note | undefined> {
  const isOf = (row: DeliveryRow, { SOPInstanceUID }: ReportRow) => row.SOPInstanceUID === SOPInstanceUID;
  const isOut = (object: ReportRow) =>
    object.kind === 'sr' ||
    deliveries.some((row) => isOf(row, object) && (mayHave(row) || OPEN_DELIVERY.has(row.state)));
  const named = objects.filter(isOut);
  if (named.length === 0) return undefined;
  const [first, ...others] = named as [ReportRow, ...ReportRow[]];
  const sent = await Promise.all(named.map(({ SOPInstanceUID }) => world.renditions.sentOf(SOPInstanceUID)));
  const { date, time } = localMoment(world.clock());
  const note = renderRejectionNote([await world.files.read(first.file)], { ...request, date, time }, [
    ...others,
    ...sent.flat(),
  ]);
  const file = `reports/${note.StudyInstanceUID}/${note.SOPInstanceUID}.dcm`;
  await world.files.put(file, note.bytes);
  const { bytes, ...identity } = note;
  const holders = deliveries.filter((row) => mayHave(row) && named.some((object) => isOf(row, object)));
  return {
    row: {
      ...identity,
      file,
      digest: digestOf(bytes),
      bytes: bytes.length,
      inputs: '',
      result: { withdraws: named.map(({ SOPInstanceUID }) => SOPInstanceUID) },
      ContentDate: date,
      kind: 'note',
      language: 'en',
      companionOf: null,
      heldBecause: null,
      due: null,
    },
    withdrawn: objects,
    destinations: [...new Set(holders.map(({ destination }) => destination))],
  };
}

/** Notes, withdrawals, deliveries, events and state of the case in one transaction. */
async function commit(
  { catalogue, reports }: Needs,
  StudyInstanceUID: string,
  notes: readonly Note[],
  withdrawals: readonly WithdrawalRow[],
  asSeen: Statement,
): Promise<boolean> {
  const newest = (await reports.of(StudyInstanceUID)).at(-1);
  const last = withdrawals.find(({ SOPInstanceUID }) => SOPInstanceUID === newest?.SOPInstanceUID);
  const statements = [
    ...notes.flatMap(({ row, destinations }) => reports.adding(row, destinations, StudyInstanceUID)),
    ...withdrawals.flatMap((each) => reports.withdrawing(each)),
    asSeen,
    ...(last ? [forgettingHeldPoint(StudyInstanceUID)] : []),
    ...notes.flatMap(({ row, withdrawn, destinations }) =>
      withdrawn.map(({ SOPInstanceUID, kind }) =>
        catalogue.event(StudyInstanceUID, 'report.withdrawn', {
          SOPInstanceUID,
          kind,
          note: row.SOPInstanceUID,
          reason: withdrawals[0]?.reason,
          text: withdrawals[0]?.text,
          author: withdrawals[0]?.author,
          destinations,
        }),
      ),
    ),
  ];
  const study = await catalogue.study(StudyInstanceUID);
  const state = last && study && apply(study.state, 'doubt');
  // A case that is arriving or being scored is held by the next look at it.
  if (!study || !state || study.state === 'scoring') return catalogue.sql.batch(statements);
  return catalogue.move(study, { state, reasons: withdrawnBecause(last) }, statements);
}

/** The reason with which a case is held whose report was taken back. */
export const withdrawnBecause = ({ reason: why, text }: WithdrawalRow): readonly Reason[] => {
  const title = Object.hasOwn(REJECTION_TITLES, why)
    ? REJECTION_TITLES[why as keyof typeof REJECTION_TITLES].CodeMeaning
    : why;
  return reason('WITHDRAWN', `The report was withdrawn: ${title}: ${text}`);
};
