/** Taking back what went beside a report: it is named where it is held, and not sent where it is not yet. */
import { expect, it } from 'vitest';
import type { DeliveryState, ReportKind, ReportRow } from '../../../src/catalogue/rows.ts';
import { readPart10, writePart10 } from '../../../src/dicom/part10.ts';
import { deliver, deliveryKey } from '../../../src/pipeline/deliver.ts';
import { withdraw } from '../../../src/pipeline/withdraw.ts';
import type { Destination } from '../../../src/ports.ts';
import { ctSlice } from '../../support/ct-slice.ts';
import { STUDY } from '../catalogue/opened.ts';
import { deliveryWorld, REPORT } from './delivery-world.ts';

const BASELINE = '2.25.9';
const PICTURE = '2.25.300';
const PDF = '2.25.301';
const SEG = '2.25.302';
const SEG_OF_BASELINE = '2.25.303';
const request = {
  reason: 'safety',
  quality: 'other',
  text: 'wrong',
  installationUid: '2.25.1',
  author: 'me',
} as const;
const never = new AbortController().signal;

type Beside = Readonly<{ kind: ReportKind; study?: string; at: Readonly<Record<string, DeliveryState>> }>;

/** A report that pacs took, and what goes beside it, with the state of each delivery. */
async function worldWith(beside: Readonly<Record<string, Beside>>) {
  const destinations = ['pacs', 'viewer'].map(
    (name): Destination => ({ name, send: async () => ({ status: 0, warning: false }) }),
  );
  const one = await deliveryWorld(destinations);
  const { reports, renditions, catalogue, clock, sql } = one.opened;
  const object = (SOPInstanceUID: string, StudyInstanceUID: string) =>
    writePart10({ ...readPart10(ctSlice({ size: 8 })), StudyInstanceUID, SOPInstanceUID });
  const stored: Record<string, Uint8Array> = { 'report.dcm': object(REPORT, STUDY) };
  await reports.setDelivery({ ...(await one.row('pacs')), state: 'delivered', attempts: 1 });
  for (const [SOPInstanceUID, { kind, study = STUDY, at }] of Object.entries(beside)) {
    const row: ReportRow = {
      ...(await reports.report(REPORT))!,
      SOPInstanceUID,
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.7',
      SeriesInstanceUID: `${SOPInstanceUID}.1`,
      StudyInstanceUID: study,
      file: `${SOPInstanceUID}.dcm`,
      kind,
      companionOf: REPORT,
    };
    await sql.batch(reports.adding(row, Object.keys(at), STUDY));
    stored[row.file] = object(SOPInstanceUID, study);
    for (const [destination, state] of Object.entries(at)) {
      const delivery = (await reports.delivery(SOPInstanceUID, destination))!;
      const fault = state === 'notTaken' ? 'PEER_NO_CONTEXT' : null;
      await reports.setDelivery({ ...delivery, state, fault, attempts: state === 'waiting' ? 0 : 1 });
    }
  }
  const files = {
    read: async (file: string) => stored[file]!,
    put: async (file: string, bytes: Uint8Array) => {
      stored[file] = bytes;
    },
  };
  const evidence = (study: string, note: string) =>
    JSON.stringify(
      readPart10(stored[`reports/${study}/${note}.dcm`]!)['CurrentRequestedProcedureEvidenceSequence'],
    );
  return {
    ...one,
    reports,
    evidence,
    withdraw: (uid: string) => withdraw({ catalogue, reports, renditions, clock, files }, uid, request),
    noteTo: (note: string) =>
      sql.query('SELECT "destination", "StudyInstanceUID" FROM "delivery" WHERE "SOPInstanceUID" = $1', [
        note,
      ]),
  };
}

it('the note names what went out, and goes to everybody who has any of it', async () => {
  await using one = await worldWith({
    [PICTURE]: { kind: 'picture', at: { pacs: 'notTaken', viewer: 'delivered' } },
    [PDF]: { kind: 'pdf', at: { pacs: 'notTaken' } },
  });
  const done = (await one.withdraw(REPORT))!;
  expect(done).toMatchObject({ reports: [REPORT], otherNotes: [], destinations: ['pacs', 'viewer'] });
  const named = one.evidence(STUDY, done.note);
  expect(named).toContain(`"${REPORT}"`);
  expect(named).toContain(`"${PICTURE}"`);
  expect(named, 'nobody took it').not.toContain(`"${PDF}"`);
  expect(await one.state()).toBe('held');
  expect(await one.withdraw(STUDY), 'nothing is left').toBeUndefined();
});

it('an object in the study of the baseline is taken back by a note in that study', async () => {
  await using one = await worldWith({
    [SEG]: { kind: 'seg', at: { pacs: 'delivered' } },
    [SEG_OF_BASELINE]: { kind: 'seg', study: BASELINE, at: { viewer: 'delivered' } },
  });
  const done = (await one.withdraw(STUDY))!;
  const [other, ...more] = done.otherNotes;
  expect(more).toEqual([]);
  expect(one.evidence(STUDY, done.note)).not.toContain(`"${SEG_OF_BASELINE}"`);
  expect(one.evidence(BASELINE, other!)).toContain(`"${SEG_OF_BASELINE}"`);
  expect(one.evidence(BASELINE, other!)).not.toContain(`"${SEG}"`);
  expect(await one.reports.report(other!)).toMatchObject({ kind: 'note', StudyInstanceUID: BASELINE });
  // Its delivery is one of the case.
  expect(await one.noteTo(other!)).toEqual([{ destination: 'viewer', StudyInstanceUID: STUDY }]);
  expect(await one.noteTo(done.note)).toEqual([{ destination: 'pacs', StudyInstanceUID: STUDY }]);
  expect(await one.reports.of(BASELINE)).toEqual([]);
});

it('what was not sent yet never is, and what was on its way just then is followed by the note', async () => {
  await using one = await worldWith({
    [PICTURE]: { kind: 'picture', at: { pacs: 'waiting', viewer: 'waiting' } },
  });
  await one.reports.setDelivery({
    ...(await one.row('viewer')),
    state: 'gaveUp',
    fault: 'PEER_REFUSED',
    attempts: 1,
  });
  let note = '';
  const withdrawing: Destination = {
    name: 'viewer',
    send: async () => {
      const done = (await one.withdraw(REPORT))!;
      note = done.note;
      expect(done.destinations).toEqual(['pacs', 'viewer']);
      return { status: 0, warning: false };
    },
  };
  const world = { ...one.world, destinations: new Map([['viewer', withdrawing]]) };
  const key = deliveryKey({ SOPInstanceUID: PICTURE, destination: 'viewer' });
  await deliver(world, { kind: 'deliver', key }, never);
  expect(await one.reports.delivery(PICTURE, 'pacs')).toMatchObject({ state: 'withdrawn', attempts: 0 });
  expect(await one.reports.delivery(PICTURE, 'viewer')).toMatchObject({ state: 'delivered' });
  expect(one.evidence(STUDY, note)).toContain(`"${PICTURE}"`);
  expect(await one.noteTo(note)).toContainEqual({ destination: 'viewer', StudyInstanceUID: STUDY });
});

it('a person may name what is seen beside the report: the report is meant', async () => {
  await using one = await worldWith({ [PICTURE]: { kind: 'picture', at: { pacs: 'delivered' } } });
  const done = (await one.withdraw(PICTURE))!;
  expect(done.reports).toEqual([REPORT]);
  expect(one.evidence(STUDY, done.note)).toContain(`"${REPORT}"`);
  await expect(one.withdraw(done.note)).rejects.toThrow(/INPUT_NOT_FOUND/);
});
