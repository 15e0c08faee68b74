/** A picture takes seconds: its report is in the PACS before, and a service that ends between the two makes it after its start. */
import { describe, expect, it } from 'vitest';
import { type Dataset, readPart10, writePart10 } from '../../src/dicom/part10.ts';
import { derivedUid } from '../../src/dicom/uid.ts';
import type { CompanionMaker } from '../../src/pipeline/companion-maker.ts';
import { finishBeside } from '../../src/pipeline/finish-beside.ts';
import { phantomCase } from '../support/phantom-case.ts';
import {
  NORMALISATION,
  PACS,
  type Pacs,
  type RunningService,
  startPacs,
  startService,
} from '../support/running-service.ts';
import { until } from '../support/until.ts';

const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';
const never = new AbortController().signal;

/** A page that says of which report it is. */
const page: CompanionMaker = async ({ report, content }) => {
  const { SOPInstanceUID, StudyInstanceUID } = report;
  const identity = {
    SOPClassUID: SECONDARY_CAPTURE,
    SOPInstanceUID: derivedUid(SOPInstanceUID),
    SeriesInstanceUID: derivedUid(`${SOPInstanceUID} series`),
    StudyInstanceUID,
  };
  const { PatientID } = content.followUp.measurement.header;
  const { date: ContentDate, time: ContentTime } = content.completed;
  const said = { PatientID, ContentDate, ContentTime, Modality: 'OT', ImageComments: SOPInstanceUID };
  return [{ ...identity, bytes: writePart10({ ...identity, ...said }) }];
};
/** Is not done before the service stops. */
const endless: CompanionMaker = (_, signal) =>
  new Promise((_done, failed) => signal.addEventListener('abort', () => failed(new Error('stopped'))));

/** Reports and pictures in the PACS. */
const sent = ({ pacs }: Pick<RunningService, 'pacs'>): Dataset[] =>
  pacs.reports.map(({ bytes }) => readPart10(bytes)).filter(({ Modality }) => Modality !== 'SEG');
const srUid = (earshot: RunningService) => String(sent(earshot)[0]?.['SOPInstanceUID']);

/** A case that is reported while its picture is not made yet. */
async function reported(name: string, settings: Readonly<Record<string, unknown>> = {}, other?: Pacs) {
  const earshot = await startService(settings, undefined, { picture: endless });
  const pacs = other ?? earshot.pacs;
  const phantom = phantomCase(name);
  const study = phantom.followUp.StudyInstanceUID;
  await earshot.send(phantom.baseline.all);
  await earshot.send(phantom.followUp.all);
  await until('the report', async () => sent({ pacs })[0]);
  const { reports, catalogue } = earshot.service.world;
  await until('its answer', async () =>
    (await reports.deliveriesOf(study)).some(({ state }) => state === 'delivered') ? true : undefined,
  );
  return { earshot, study, phantom, state: async () => (await catalogue.study(study))?.state };
}

/** The same folder and PACS under a service that starts anew; `laterMs`: so much later. */
async function restarted(
  before: RunningService,
  laterMs: number,
  settings: Readonly<Record<string, unknown>> = {},
) {
  await before.service[Symbol.asyncDispose]();
  const node = { name: 'pacs', aeTitle: PACS, host: '127.0.0.1', port: before.pacs.port };
  const nodes = [{ ...node, roles: ['source', 'destination'] }];
  const clock = () => new Date(Date.now() + laterMs);
  return startService({ dataDir: before.dataDir, nodes, ...settings }, clock, { picture: page });
}
const MINUTE = 61_000;

describe('a report whose picture is not made yet', () => {
  it('is in the PACS; its picture follows when the service was stopped between, once, as it would have been', async () => {
    // The report refers to masks of ours, which are made before it: they are none of what the picture is made of.
    // The one PACS gets the report in another language than its own.
    await using pacs = await startPacs();
    const node = { name: 'pacs', aeTitle: PACS, host: '127.0.0.1', port: pacs.port, language: 'zh' };
    const settings = {
      report: { segmentation: true },
      nodes: [{ ...node, roles: ['source', 'destination'] }],
    };
    const { earshot, study, state } = await reported('picture-after', settings, pacs);
    await using before = earshot;
    expect(await state()).toBe('delivering');
    await using after = await restarted(before, MINUTE, settings);
    await after.inState(study, 'delivered');
    const [sr, picture, ...more] = sent({ pacs });
    const [known] = await after.service.world.reports.of(study);
    expect(sr!['SOPInstanceUID']).not.toBe(known!.SOPInstanceUID);
    expect(more).toEqual([]);
    expect(picture).toMatchObject({ SOPClassUID: SECONDARY_CAPTURE, ImageComments: sr!['SOPInstanceUID'] });
    expect([picture!['ContentDate'], picture!['ContentTime']]).toEqual([
      sr!['ContentDate'],
      sr!['ContentTime'],
    ]);
    expect(await after.reasons(study)).toEqual([]);
    const measured = await after.service.world.catalogue.sql.query('SELECT "key" FROM "measurement"');
    expect(measured, 'of the numbers that were kept').toHaveLength(2);
  });

  it('goes without it when the report would say something else now', async () => {
    const { earshot, study } = await reported('picture-of-another');
    await using before = earshot;
    const model = { normalisation: { ...NORMALISATION, mean: 0.5 } };
    await using after = await restarted(before, MINUTE, { model });
    const { reasons } = await after.inState(study, 'delivered');
    const text = 'The report goes out without its picture (en): REPORT_CHANGED';
    expect(reasons).toEqual([{ code: 'COMPANION_MISSING', text }]);
    expect(sent(before)).toHaveLength(1);
    expect((await after.service.world.reports.report(srUid(before)))?.due).toBeNull();
  });

  it('waits for what arrives, and goes without it when its objects are gone', async () => {
    const { earshot, study, phantom } = await reported('picture-of-nothing');
    await using before = earshot;
    const put = (state: string) =>
      `UPDATE "study" SET "state" = '${state}' WHERE "StudyInstanceUID" = '${study}'`;
    // What was being made is made again at once, but not of a case that is held.
    await before.service.world.catalogue.sql.query(put('held'));
    await using after = await restarted(before, 0);
    const { world } = after.service;
    const { sql } = world.catalogue;
    await until('no job', async () => {
      const jobs = await sql.query(`SELECT "key" FROM "job" WHERE "kind" = 'beside'`);
      return jobs.length === 0 ? true : undefined;
    });
    await sql.query(put('delivering'));
    const due = async () => (await world.reports.report(srUid(before)))?.due;
    const finish = () => finishBeside(world, { kind: 'beside', key: study }, never);
    const baseline = phantom.baseline.StudyInstanceUID;
    const move = (state: string) =>
      sql.query('UPDATE "study" SET "state" = $2, "lastReceivedAt" = $3 WHERE "StudyInstanceUID" = $1', [
        baseline,
        state,
        Date.now() + 3_600_000,
      ]);
    const { state } = (await world.catalogue.study(baseline))!;
    await sql.query(`DELETE FROM "measurement"`);
    const [{ file } = { file: '' }] = await world.catalogue.masksOf(study);
    await world.files.remove(file);
    const stopped = new AbortController();
    stopped.abort();
    await expect(finishBeside(world, { kind: 'beside', key: study }, stopped.signal)).rejects.toThrow();
    expect(await due(), 'a service that stops').toHaveLength(1);
    await sql.query(`UPDATE "study" SET "state" = 'held' WHERE "StudyInstanceUID" = $1`, [study]);
    await finish();
    expect(await due(), 'a case that does not stand reported').toHaveLength(1);
    await sql.query(`UPDATE "study" SET "state" = 'delivering' WHERE "StudyInstanceUID" = $1`, [study]);
    await move('receiving');
    await finish();
    expect(await due(), 'while the baseline is opened again').toHaveLength(1);
    await move(state);
    await finish();
    expect(await due()).toBeNull();
    const { reasons } = await after.inState(study, 'delivered');
    expect(reasons.map(({ code }) => code)).toEqual(['COMPANION_MISSING']);
    expect(sent(before)).toHaveLength(1);
  });
});
