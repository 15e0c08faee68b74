/** What each destination wants of a report: which objects, in which language, on which outcomes. */
import { describe, expect, it } from 'vitest';
import { readPart10, writePart10 } from '../../src/dicom/part10.ts';
import { derivedUid } from '../../src/dicom/uid.ts';
import type { CompanionMaker } from '../../src/pipeline/companion-maker.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { PACS, type Pacs, startPacs, startService } from '../support/running-service.ts';
import { startScriptedArchive } from '../support/scripted-archive.ts';
import { until } from '../support/until.ts';

const SENDER = { name: 'scanner', aeTitle: PACS, roles: ['source'] };
const destination = (name: string, port: number, more: object = {}) => ({
  name,
  aeTitle: PACS,
  host: '127.0.0.1',
  port,
  roles: ['destination'],
  ...more,
});
const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';
const delivery = { firstPauseSeconds: 0.05, maxPauseSeconds: 0.1, timeoutSeconds: 5, maxRefusals: 2 };

/** A page with nothing on it: the SR as an object of another class. */
const page: CompanionMaker = async ({ language, report, content }) => {
  const name = `${report.SOPInstanceUID} ${language}`;
  const identity = {
    SOPClassUID: SECONDARY_CAPTURE,
    SOPInstanceUID: derivedUid(name),
    SeriesInstanceUID: derivedUid(`${name} series`),
    StudyInstanceUID: report.StudyInstanceUID,
  };
  const { PatientID } = content.followUp.measurement.header;
  return [
    {
      ...identity,
      bytes: writePart10({ ...identity, PatientID, Modality: 'OT', SeriesDescription: language }),
    },
  ];
};

const classesAt = ({ reports }: Pacs) =>
  reports.map(({ bytes }) => {
    const { SOPClassUID, SeriesDescription } = readPart10(bytes);
    return SOPClassUID === SECONDARY_CAPTURE ? `picture ${SeriesDescription}` : 'sr';
  });

describe('a report and what goes beside it', () => {
  it('reaches each destination as it wants it; one that takes no pictures goes without', async () => {
    await using pacs = await startPacs();
    await using ward = await startPacs();
    await using screen = await startPacs();
    await using old = await startScriptedArchive(() => ({ status: 0 }), { refuses: [SECONDARY_CAPTURE] });
    await using earshot = await startService(
      {
        nodes: [
          SENDER,
          destination('pacs', pacs.port),
          destination('ward', ward.port, { language: 'zh' }),
          destination('screen', screen.port, { sends: ['picture'] }),
          destination('old', old.port),
        ],
        delivery,
      },
      undefined,
      { picture: page },
    );
    const { baseline, followUp } = phantomCase('beside');
    const study = followUp.StudyInstanceUID;
    await earshot.send(baseline.all);
    await earshot.send(followUp.all);
    await earshot.inState(study, 'delivered');
    expect(classesAt(pacs)).toEqual(['sr', 'picture en']);
    expect(classesAt(ward)).toEqual(['sr', 'picture zh']);
    expect(classesAt(screen)).toEqual(['picture en']);
    expect(ward.reports[0]!.SOPInstanceUID).not.toBe(pacs.reports[0]!.SOPInstanceUID);
    expect(old.attempts()).toBe(1);
    const rows = await earshot.service.world.reports.deliveriesOf(study);
    const atOld = rows
      .filter((row) => row.destination === 'old')
      .map(({ state, attempts }) => [state, attempts]);
    expect(atOld.sort()).toEqual([
      ['delivered', 1],
      ['notTaken', 1],
    ]);
    expect(await earshot.reasons(study)).toEqual([]);
  });

  it('is given up where the picture was asked for by name and is not taken', async () => {
    await using old = await startScriptedArchive(() => ({ status: 0 }), { refuses: [SECONDARY_CAPTURE] });
    const nodes = [SENDER, destination('old', old.port, { sends: ['sr', 'picture'] })];
    await using earshot = await startService({ nodes, delivery }, undefined, { picture: page });
    const { baseline, followUp } = phantomCase('picture-by-name');
    await earshot.send(baseline.all);
    await earshot.send(followUp.all);
    const { reasons } = await earshot.inState(followUp.StudyInstanceUID, 'deliveryFailed');
    expect(reasons).toMatchObject([
      { code: 'PEER_NO_CONTEXT', text: expect.stringMatching(/^old: picture: /) },
    ]);
  });
});

describe('the masks that were used', () => {
  it('go with the SR, each in the study of its CT, and are no masks when the PACS sends them back', async () => {
    await using pacs = await startPacs();
    await using screen = await startPacs();
    const phantom = phantomCase('masks-along');
    const study = phantom.followUp.StudyInstanceUID;
    const sources = [phantom.baseline, phantom.followUp].map(({ mask }) => readPart10(mask));
    const seg: CompanionMaker = async ({ report }) =>
      sources.map((source) => {
        const name = `${report.SOPInstanceUID} ${source['StudyInstanceUID']}`;
        const identity = {
          SOPClassUID: String(source['SOPClassUID']),
          SOPInstanceUID: derivedUid(name),
          SeriesInstanceUID: derivedUid(`${name} series`),
          StudyInstanceUID: String(source['StudyInstanceUID']),
        };
        return { ...identity, bytes: writePart10({ ...source, ...identity }) };
      });
    await using earshot = await startService(
      {
        nodes: [
          SENDER,
          destination('pacs', pacs.port),
          destination('screen', screen.port, { sends: ['view'] }),
        ],
        report: { segmentation: true },
        delivery,
      },
      undefined,
      { seg },
    );
    await earshot.send(phantom.baseline.all);
    await earshot.send(phantom.followUp.all);
    await earshot.inState(study, 'delivered');
    const studies = pacs.reports.map(({ StudyInstanceUID }) => StudyInstanceUID);
    expect(studies.slice().sort()).toEqual([study, study, phantom.baseline.StudyInstanceUID].sort());
    expect(studies[0]).toBe(study);
    expect(screen.reports).toEqual([]);

    const { catalogue } = earshot.service.world;
    // Associations are told whatever they stored, a little after they ended.
    const movesOf = async (uid: string) =>
      (await catalogue.eventsOf(uid)).filter(({ kind }) => kind !== 'association.closed');
    const story = async () => [await movesOf(study), await movesOf(phantom.baseline.StudyInstanceUID)];
    const before = await story();
    await earshot.send(pacs.reports.map(({ bytes }) => bytes));
    await new Promise((done) => setTimeout(done, 1400));
    expect(await story()).toEqual(before);
    expect(await catalogue.masksOf(study)).toHaveLength(1);
    expect((await catalogue.study(study))?.state).toBe('delivered');
  });
});

describe('a case that a rule holds', () => {
  it('is told to who wants to know, once, and scored when what held it is put right', async () => {
    await using board = await startPacs();
    await using pacs = await startPacs();
    const all = ['scored', 'deltaOnly', 'progression', 'notEvaluable'];
    await using earshot = await startService({
      nodes: [SENDER, destination('pacs', pacs.port), destination('board', board.port, { reportsOn: all })],
      delivery,
    });
    const { catalogue, reports, patients } = earshot.service.world;
    const phantom = phantomCase('held-and-told');
    const { PatientID, IssuerOfPatientID } = phantom.patient;
    const study = phantom.followUp.StudyInstanceUID;
    const record = { PatientID, IssuerOfPatientID, optOut: false, listed: true };
    await patients.put([{ after: { ...record, drug: 'osimertinib' } }], 'test');
    await earshot.send(phantom.baseline.all);
    await earshot.send(phantom.followUp.all);
    const { reasons } = await earshot.inState(study, 'held');
    expect(reasons.map(({ code }) => code)).toEqual(['OUT_OF_SCOPE']);
    await until('the report at the board', async () => board.reports.length === 1 || undefined);
    expect(readPart10(board.reports[0]!.bytes)['StudyInstanceUID']).toBe(study);
    expect(pacs.reports).toEqual([]);

    // Looked at again: nothing is new, and the case is where it was, for the same reasons.
    const stories = async () =>
      (await catalogue.eventsOf(study)).filter(({ kind }) => kind === 'state.held').length;
    const before = await stories();
    await catalogue.lookAgain(PatientID);
    await until('another look', async () => (await stories()) > before || undefined);
    expect((await catalogue.study(study))?.reasons).toEqual(reasons);
    expect(await reports.of(study)).toHaveLength(1);

    await patients.put(
      [{ before: { ...record, drug: 'osimertinib' }, after: { ...record, drug: 'gefitinib' } }],
      'test',
    );
    await catalogue.lookAgain(PatientID);
    await earshot.inState(study, 'delivered');
    expect(pacs.reports).toHaveLength(1);
    expect(board.reports).toHaveLength(2);
    const predecessors = readPart10(board.reports[1]!.bytes)['PredecessorDocumentsSequence'];
    expect(JSON.stringify(predecessors)).toContain(board.reports[0]!.SOPInstanceUID);
  });

  it('is told to nobody unless somebody asks for it', async () => {
    await using earshot = await startService();
    const phantom = phantomCase('held-untold');
    const { PatientID, IssuerOfPatientID } = phantom.patient;
    const record = { PatientID, IssuerOfPatientID, optOut: false, listed: true, drug: 'osimertinib' };
    await earshot.service.world.patients.put([{ after: record }], 'test');
    await earshot.send(phantom.baseline.all);
    await earshot.send(phantom.followUp.all);
    await earshot.inState(phantom.followUp.StudyInstanceUID, 'held');
    expect(await earshot.service.world.reports.of(phantom.followUp.StudyInstanceUID)).toEqual([]);
  });
});
