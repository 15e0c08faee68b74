import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dicomWebArchive } from '../../adapters/dicomweb/archive.ts';
import { dimseArchive } from '../../adapters/dimse/archive.ts';
import { sendFiles } from '../../adapters/dimse/sender.ts';
import type { Archive, Intake, Node } from '../../src/ports.ts';
import { type Dcmqrscp, startDcmqrscp } from '../support/dcmqrscp.ts';
import { whyNotInstalled } from '../support/installed.ts';
import { startIntake } from '../support/intake.ts';
import { eventually, type Listener, startListener } from '../support/listener.ts';
import { type Orthanc, startOrthanc } from '../support/orthanc.ts';
import { phantomCase } from '../support/phantom-case.ts';

const missing = whyNotInstalled('Orthanc', 'dcmqrscp');
const never = new AbortController().signal;
const TIMES = { queryTimeoutSeconds: 10, retrieveTimeoutSeconds: 60 };
const { baseline, patient, objects } = phantomCase('archive');
const { PatientID } = patient;
const { StudyInstanceUID } = baseline;
const seg = objects('baseline', { maskKind: 'SEG', as: 'seg' });

describe.skipIf(missing)(`archives that were asked${missing ? ` ${missing}` : ''}`, () => {
  let listener: Listener;
  let orthanc: Orthanc;
  let dcmqrscp: Dcmqrscp;
  beforeAll(async () => {
    listener = await startListener();
    const ours = { aeTitle: 'EARSHOT', port: listener.scp.port };
    orthanc = await startOrthanc({ modalities: { earshot: ours } });
    dcmqrscp = await startDcmqrscp(ours);
    for (const node of [orthancNode(), dcmqrscpNode()]) {
      const sent = await sendFiles(node, [...baseline.all, ...seg.all], { callingAeTitle: 'EARSHOT' });
      expect(sent.filter(({ status }) => status !== 0)).toEqual([]);
    }
  });
  afterAll(async () => {
    await dcmqrscp?.[Symbol.asyncDispose]();
    await orthanc?.[Symbol.asyncDispose]();
    await listener?.[Symbol.asyncDispose]();
  });

  const at = { host: '127.0.0.1', roles: ['archive'] } as const;
  const orthancNode = (): Node => ({
    name: 'orthanc',
    aeTitle: orthanc.aeTitle,
    port: orthanc.dicomPort,
    ...at,
  });
  const dcmqrscpNode = (): Node => ({
    name: 'dcmqrscp',
    aeTitle: dcmqrscp.aeTitle,
    port: dcmqrscp.port,
    ...at,
  });
  const archives: readonly [string, () => Archive][] = [
    ['Orthanc by C-MOVE', () => dimseArchive(orthancNode(), 'EARSHOT', TIMES)],
    ['Orthanc by C-GET', () => dimseArchive({ ...orthancNode(), retrieve: 'get' }, 'EARSHOT', TIMES)],
    [
      'Orthanc in Patient Root',
      () => dimseArchive({ ...orthancNode(), queryModel: 'patient' }, 'EARSHOT', TIMES),
    ],
    [
      'Orthanc by DICOMweb',
      () => dicomWebArchive({ name: 'web', roles: ['archive'], dicomWeb: orthanc.dicomWeb }, TIMES),
    ],
    ['dcmqrscp by C-MOVE', () => dimseArchive(dcmqrscpNode(), 'EARSHOT', TIMES)],
    ['dcmqrscp by C-GET', () => dimseArchive({ ...dcmqrscpNode(), retrieve: 'get' }, 'EARSHOT', TIMES)],
    [
      'dcmqrscp in Patient Root by C-GET',
      () => dimseArchive({ ...dcmqrscpNode(), retrieve: 'get', queryModel: 'patient' }, 'EARSHOT', TIMES),
    ],
  ];

  it.each(archives)('%s: studies, series and objects of a patient, CT and masks', async (_, open) => {
    const archive = open();
    const studies = await archive.findStudies({ PatientID }, never);
    expect(studies.map((study) => study.StudyInstanceUID).sort()).toEqual(
      [StudyInstanceUID, seg.StudyInstanceUID].sort(),
    );
    expect(studies[0]).toMatchObject({ PatientID, StudyDate: patient.baseline.StudyDate });
    expect(await archive.findStudies({ PatientID: 'NOBODY' }, never)).toEqual([]);

    for (const study of [baseline, seg]) {
      const key = { PatientID, StudyInstanceUID: study.StudyInstanceUID };
      const series = await archive.findSeries(key, never);
      expect(series.map(({ Modality }) => Modality).sort()).toEqual(
        study === baseline ? ['CT', 'RTSTRUCT'] : ['CT', 'SEG'],
      );
      await using got = await startIntake();
      const before = listener.stored.length;
      for (const { SeriesInstanceUID } of series) {
        await archive.retrieve({ ...key, SeriesInstanceUID }, got.intake, never);
      }
      const arrived = [...got.kept, ...listener.stored.slice(before)];
      expect(arrived).toHaveLength(study.all.length);
      expect(arrived.every(({ header }) => header.StudyInstanceUID === study.StudyInstanceUID)).toBe(true);
      expect(await got.leftovers()).toEqual([]);
    }
  });

  it.each([
    ['C-GET', () => dimseArchive({ ...orthancNode(), retrieve: 'get' }, 'EARSHOT', TIMES)],
    [
      'WADO-RS',
      () => dicomWebArchive({ name: 'web', roles: ['archive'], dicomWeb: orthanc.dicomWeb }, TIMES),
    ],
  ] as const)('a %s that is called off leaves nothing half-written', async (_, open) => {
    const series = { PatientID, StudyInstanceUID, SeriesInstanceUID: baseline.SeriesInstanceUID };
    await using got = await startIntake();
    const stop = new AbortController();
    const intake: Intake = {
      open: (meta) => got.intake.open(meta),
      receive: async (incoming, announced) => {
        await got.intake.receive(incoming, announced);
        stop.abort();
      },
    };
    await expect(open().retrieve(series, intake, stop.signal)).rejects.toBeDefined();
    expect(got.kept.length).toBeLessThan(baseline.ct.length);
    await eventually('an empty folder', async () => (await got.leftovers()).length === 0);
  });

  it('a C-MOVE under a title that the archive does not know is a coded fault, at Orthanc and at DCMTK', async () => {
    const series = { PatientID, StudyInstanceUID, SeriesInstanceUID: baseline.SeriesInstanceUID };
    await using got = await startIntake();
    const asStranger = (node: Node) => dimseArchive(node, 'STRANGER', TIMES);
    await expect(asStranger(dcmqrscpNode()).retrieve(series, got.intake, never)).rejects.toMatchObject({
      code: 'MOVE_DESTINATION_UNKNOWN',
    });
    await expect(asStranger(orthancNode()).retrieve(series, got.intake, never)).rejects.toMatchObject({
      code: 'RETRIEVE_REFUSED',
      detail: expect.stringContaining('0xC000'),
    });
  });
});
