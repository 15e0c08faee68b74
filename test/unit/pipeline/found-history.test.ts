import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endingOrder, ordering } from '../../../src/catalogue/orders.ts';
import { type Dataset, readPart10, writePart10 } from '../../../src/dicom/part10.ts';
import { foundHistory } from '../../../src/pipeline/found-history.ts';
import { historyOf } from '../../../src/pipeline/history.ts';
import { receive } from '../../../src/pipeline/receive.ts';
import { renderReport } from '../../../src/sr/document.ts';
import { type Rejection, renderRejectionNote } from '../../../src/sr/rejection-note.ts';
import type { ReportContent } from '../../../src/sr/report.ts';
import { keptLog } from '../../support/log.ts';
import { reportCases, reportContent } from '../../support/report-content.ts';
import { pointOf, uid } from '../../support/report-parts.ts';
import { shippedTemplates } from '../../support/report-template.ts';
import { silentMeter } from '../../support/silent-meter.ts';
import { add } from '../catalogue/opened.ts';
import { openDoor } from './arriving.ts';

let door: Awaited<ReturnType<typeof openDoor>>;
beforeEach(async () => {
  door = await openDoor();
});
afterEach(() => door.close());

const templates = shippedTemplates();
const CONTENT = reportContent();
const STUDY = CONTENT.followUp.measurement.header.StudyInstanceUID;
const PATIENT = { PatientID: 'PAT1', PatientBirthDate: '19600102', PatientSex: 'F' };
const FOLLOW_UP = { StudyInstanceUID: '2.25.9', identity: PATIENT, StudyDate: '20250301', StudyTime: '' };
const BASELINE = {
  StudyInstanceUID: CONTENT.baseline.measurement.header.StudyInstanceUID,
  identity: PATIENT,
  StudyDate: '20241102',
  StudyTime: '',
};
const INPUTS = { baseline: BASELINE, followUp: FOLLOW_UP } as never;

const rendered = (changes: Partial<ReportContent> = {}) => renderReport(templates, reportContent(changes));
const changed = (bytes: Uint8Array, changes: Dataset): Buffer =>
  Buffer.from(writePart10({ ...readPart10(bytes), ...changes }));
const arrive = (bytes: Uint8Array) => door.arrive(Buffer.from(bytes));
const history = async (inputs = INPUTS) =>
  foundHistory(door.opened, inputs, await door.opened.catalogue.studiesOfPatient('PAT1'));

const POINT = pointOf(CONTENT);
const REJECTION: Rejection = {
  reason: 'quality',
  quality: 'other',
  text: 'the wrong lesion',
  installationUid: '2.25.77',
  date: '20250110',
  time: '120000',
};
/** What takes the place of a report. */
const successorOf = (before: ReturnType<typeof rendered>, changes: Partial<ReportContent> = {}) =>
  rendered({
    score: { ...CONTENT.score, delta: 0.5 },
    completed: { date: '20250105', time: '101010' },
    supersedes: [{ ...before, ContentDate: '20250103' }],
    ...changes,
  });

describe('a report of ours that comes from the PACS', () => {
  it.each(Object.entries(reportCases()))('tells of its time point: %s', async (name, content) => {
    expect(await arrive(renderReport(templates, content).bytes)).toBe('ignored');
    const isTold = !['not-evaluable', 'no-dates'].includes(name);
    expect(await history()).toEqual(isTold ? [pointOf(content)] : []);
  });

  it('opens no case, keeps no file, and may come as often as it likes', async () => {
    const { bytes } = rendered();
    for (let times = 0; times < 3; times += 1) await arrive(bytes);
    expect(await door.opened.catalogue.study(STUDY)).toBeUndefined();
    expect(await door.opened.catalogue.instance(rendered().SOPInstanceUID)).toBeUndefined();
    expect(await door.opened.sql.query('SELECT 1 FROM "foundReport"')).toHaveLength(1);
    expect(await history()).toEqual([POINT]);
  });

  it('changes nothing of a case that is here, and its own report there comes first', async () => {
    await add(door.opened, '2.25.700', { ...PATIENT, StudyInstanceUID: STUDY, StudyDate: '20250102' });
    const before = await door.opened.catalogue.study(STUDY);
    door.opened.tick(1000);
    await arrive(rendered().bytes);
    expect(await door.opened.catalogue.study(STUDY)).toEqual(before);
    expect(await history()).toEqual([POINT]);
    await reportMadeHere({});
    expect(await history()).toEqual([]);
  });

  it('is of a study that was retired here: what was made here counts', async () => {
    await arrive(rendered().bytes);
    await reportMadeHere({ point: { ...POINT, delta: 0.125 } });
    expect(await history()).toEqual([{ ...POINT, delta: 0.125 }]);
  });

  it('stands in the history of a case, in its place', async () => {
    await arrive(rendered().bytes);
    const studies = { rows: [], known: new Map(), issuers: [] } as never;
    expect(await historyOf(door.opened, INPUTS, studies)).toEqual([POINT]);
  });

  it('counts no more when a person cancelled its case, also after the study was retired, until it is opened again', async () => {
    const studies = { rows: [], known: new Map(), issuers: [] } as never;
    await reportMadeHere({ point: POINT });
    await arrive(rendered().bytes);
    const orderedAt = new Date(0);
    await door.opened.sql.batch([
      ordering(STUDY, 'cancel', { author: 'anna', reason: 'not the lesion', orderedAt, detail: {} }),
    ]);
    expect(await historyOf(door.opened, INPUTS, studies)).toEqual([]);
    await door.opened.sql.batch([endingOrder(STUDY, 'cancel')]);
    expect(await historyOf(door.opened, INPUTS, studies)).toEqual([POINT]);
  });

  it('counts between baseline and follow-up only', async () => {
    await arrive(rendered().bytes);
    const later = { ...BASELINE, StudyDate: '20250201' };
    expect(await history({ baseline: later, followUp: FOLLOW_UP } as never)).toEqual([]);
    const earlier = { ...FOLLOW_UP, StudyDate: '20250101' };
    expect(await history({ baseline: BASELINE, followUp: earlier } as never)).toEqual([]);
    const itself = { ...FOLLOW_UP, StudyInstanceUID: STUDY };
    expect(await history({ baseline: BASELINE, followUp: itself } as never)).toEqual([]);
  });

  it('is followed to the identity that its patient was merged into', async () => {
    await arrive(changed(rendered().bytes, { PatientID: 'OLD' }));
    expect(await history()).toEqual([]);
    await door.opened.sql.query(`INSERT INTO "patientMerge" VALUES ('OLD', '', 'PAT1', '', 0)`);
    expect(await history()).toEqual([POINT]);
  });

  const reportMadeHere = (result: object) =>
    door.opened.sql.batch(
      door.opened.reports.adding(
        {
          ...{ SOPInstanceUID: uid('made here'), SOPClassUID: '1', SeriesInstanceUID: '2' },
          ...{ StudyInstanceUID: STUDY, file: 'f', digest: 'd', inputs: 'i', ContentDate: '20250103' },
          ...{ kind: 'sr', language: 'en', companionOf: null, heldBecause: null, due: null },
          result,
        },
        [],
      ),
    );
});

describe('nothing is told by', () => {
  const others: readonly [string, Dataset][] = [
    ['a report under the same Patient ID of somebody else', { PatientBirthDate: '19700101' }],
    ['one of another sex', { PatientSex: 'M' }],
    ['one of another Patient ID', { PatientID: 'PAT2' }],
    ['one without a Patient ID', { PatientID: '' }],
    ['a report of another maker', { Manufacturer: 'Other' }],
    ['one with another title', { ConceptNameCodeSequence: [{ CodeValue: '126000' }] }],
    ['a report without its content', { ContentSequence: [] }],
  ];
  it.each(others)('%s', async (_, changes) => {
    expect(await arrive(changed(rendered().bytes, changes))).toBe('ignored');
    expect(await history()).toEqual([]);
  });

  it('one of the same ID that names another issuer', async () => {
    await arrive(changed(rendered().bytes, { IssuerOfPatientID: 'B' }));
    const followUp = { ...FOLLOW_UP, identity: { ...PATIENT, IssuerOfPatientID: 'A' } };
    expect(await history({ baseline: BASELINE, followUp } as never)).toEqual([]);
  });

  it('a report that another one took the place of, in whatever order they come', async () => {
    const first = rendered();
    const second = successorOf(first);
    await arrive(second.bytes);
    await arrive(first.bytes);
    expect(await history()).toEqual([{ ...POINT, delta: 0.5 }]);
  });

  it('a successor of somebody else does not take its place', async () => {
    const first = rendered();
    await arrive(first.bytes);
    await arrive(changed(successorOf(first).bytes, { PatientBirthDate: '19700101' }));
    expect(await history()).toEqual([POINT]);
  });

  it('a report that was withdrawn, nor by the one before it', async () => {
    const first = rendered();
    const second = successorOf(first);
    for (const each of [first, second]) await arrive(each.bytes);
    await arrive(renderRejectionNote([second.bytes], REJECTION).bytes);
    expect(await history()).toEqual([]);
  });

  it('another form of a report that was withdrawn', async () => {
    const forms = [rendered(), rendered({ srSopClass: 'comprehensive3d', language: 'zh' })] as const;
    await arrive(renderRejectionNote([forms[0].bytes], REJECTION).bytes);
    for (const { bytes } of forms) await arrive(bytes);
    expect(await history()).toEqual([]);
  });

  it('a note of somebody else withdraws nothing, nor one of another kind', async () => {
    const report = rendered();
    await arrive(report.bytes);
    const note = renderRejectionNote([report.bytes], REJECTION).bytes;
    await arrive(changed(note, { PatientBirthDate: '19700101' }));
    const title = { CodeValue: '113000', CodingSchemeDesignator: 'DCM', CodeMeaning: 'Of Interest' };
    await arrive(changed(note, { SOPInstanceUID: '2.25.88', ConceptNameCodeSequence: [title] }));
    expect(await history()).toEqual([POINT]);
  });

  it('a successor that only tells why its case is held', async () => {
    const first = rendered();
    const hold = { id: 'QC-01', check: 'contrast', values: 'given', outcome: 'hold' } as const;
    for (const each of [first, successorOf(first, { findings: [hold] })]) await arrive(each.bytes);
    expect(await history()).toEqual([]);
  });
});

describe('an SR that cannot be read', () => {
  const SR = '1.2.840.10008.5.1.4.1.1.88.33';
  const send = (bytes: Uint8Array, { minFreeBytes = 0, TransferSyntaxUID = '1.2.840.10008.1.2.1' } = {}) => {
    const announced = { SOPClassUID: SR, SOPInstanceUID: '2.25.5' };
    const incoming = door.files.receive({ ...announced, TransferSyntaxUID });
    incoming.write(bytes);
    const { catalogue } = door.opened;
    const limits = { minFreeBytes, maxComparedBytes: 2 ** 20 };
    const world = { catalogue, files: door.files, log: keptLog(), meter: silentMeter, limits };
    return receive(world, incoming, { ...announced, from: 'PACS' });
  };

  it.each([
    ['rubbish', Buffer.from('rubbish that is no dataset at all')],
    ['nothing', Buffer.alloc(0)],
    ['a report under another UID', Buffer.from(rendered().bytes).subarray(400)],
  ])('is taken and dropped: %s', async (_, bytes) => {
    expect(await send(bytes)).toBe('ignored');
    expect(await send(bytes, { minFreeBytes: Number.MAX_SAFE_INTEGER })).toBe('ignored');
    expect(await send(bytes, { TransferSyntaxUID: '1.2.840.10008.1.2.4.100' })).toBe('ignored');
    expect(await door.opened.sql.query('SELECT 1 FROM "foundReport"')).toEqual([]);
  });

  it('nor is one that is too large for a report of ours', async () => {
    const large = changed(rendered().bytes, { StudyDescription: 'x', TextValue: 'x'.repeat(5 * 2 ** 20) });
    expect(await arrive(large)).toBe('ignored');
    expect(await history()).toEqual([]);
  });

  it('and one of ours that cannot be kept is refused: its sender tries again', async () => {
    await door.opened.sql.query('DROP TABLE "foundReport"');
    await expect(arrive(rendered().bytes)).rejects.toThrow();
  });

  it('and a patient has no endless number of them', async () => {
    await door.opened.sql.batch(
      Array.from({ length: 500 }, (_, at) => ({
        text: `INSERT INTO "foundReport" VALUES ($1, '1', '1', 'PAT1', '', '', '', '', '', '', '', '[]', NULL, 0)`,
        values: [`2.25.${at}`],
      })),
    );
    await arrive(rendered().bytes);
    expect(await door.opened.sql.query('SELECT 1 FROM "foundReport"')).toHaveLength(500);
  });
});
