import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openInstanceFiles } from '../../../adapters/disk/instance-files.ts';
import { type Dataset, readPart10, writePart10 } from '../../../src/dicom/part10.ts';
import { digestOf } from '../../../src/dicom/uid.ts';
import { Fault, type FaultCode } from '../../../src/fault.ts';
import { receive } from '../../../src/pipeline/receive.ts';
import type { IncomingInstance, InstanceFiles } from '../../../src/ports.ts';
import { ctSlice, datasetOf } from '../../support/ct-slice.ts';
import { keptLog } from '../../support/log.ts';
import { silentMeter } from '../../support/silent-meter.ts';
import { type OpenedCatalogue, openedCatalogue } from '../catalogue/opened.ts';

let dataDir: string;
let files: InstanceFiles;
let opened: OpenedCatalogue;
let counted: string[];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'earshot-receive-'));
  files = await openInstanceFiles(dataDir);
  opened = await openedCatalogue();
  counted = [];
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const SLICE = ctSlice({ size: 16 });
const UID = '2.25.1.2.1';
const STUDY = '2.25.1';
/** The slice with attributes of our own. */
const slice = (changes: Dataset): Buffer => Buffer.from(writePart10({ ...readPart10(SLICE), ...changes }));

function arriving(file: Buffer, SOPInstanceUID = UID): IncomingInstance {
  const SOPClassUID = '1.2.840.10008.5.1.4.1.1.2';
  const incoming = files.receive({ SOPClassUID, SOPInstanceUID, TransferSyntaxUID: '1.2.840.10008.1.2.1' });
  incoming.write(datasetOf(file));
  return incoming;
}

/** Objects that come in together: none is told to be finished before all are. */
function together(count: number): (incoming: IncomingInstance) => IncomingInstance {
  let open = (): void => undefined;
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  let finished = 0;
  return (incoming) => ({
    write: (chunk) => incoming.write(chunk),
    drained: () => incoming.drained(),
    keep: (place, elsewhere) => incoming.keep(place, elsewhere),
    content: () => incoming.content(),
    discard: () => incoming.discard(),
    finish: async () => {
      const received = await incoming.finish();
      finished += 1;
      if (finished === count) open();
      await all;
      return received;
    },
  });
}

function store(
  file: Buffer,
  {
    minFreeBytes = 0,
    maxComparedBytes = 2 ** 20,
    SOPInstanceUID = UID,
    as = (incoming: IncomingInstance) => incoming,
  } = {},
) {
  const meter = {
    ...silentMeter,
    received: (result: string) => counted.push(result),
  };
  const world = {
    catalogue: opened.catalogue,
    files,
    log: keptLog(),
    meter,
    limits: { minFreeBytes, maxComparedBytes },
  };
  const announced = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.2', SOPInstanceUID, from: 'SCANNER' };
  return receive(world, as(arriving(file, SOPInstanceUID)), announced);
}

async function refusal(work: Promise<unknown>): Promise<FaultCode | undefined> {
  const thrown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(thrown).toBeInstanceOf(Fault);
  return (thrown as Fault).code;
}

async function expectNothingKept(): Promise<void> {
  expect(await opened.catalogue.instance(UID)).toBeUndefined();
  expect(await opened.catalogue.study(STUDY)).toBeUndefined();
  const names = await readdir(dataDir, { recursive: true, withFileTypes: true });
  expect(names.filter((entry) => entry.isFile())).toEqual([]);
}

describe('an object that a peer stores', () => {
  it('is in its place and in the catalogue, byte for byte, when receiving it resolves', async () => {
    expect(await store(SLICE)).toBe('added');
    const row = await opened.catalogue.instance(UID);
    expect(row).toMatchObject({ file: `instances/2.25.1/2.25.1.1/${UID}.dcm`, role: 'image' });
    expect(row?.digest).toBe(digestOf(datasetOf(SLICE)));
    expect(datasetOf(await readFile(join(dataDir, row!.file)))).toEqual(datasetOf(SLICE));
    expect((await opened.catalogue.study(STUDY))?.PatientID).toBe('RECEIVE-1');
    expect(counted).toEqual(['added']);
  });

  it('a second time is a duplicate: the study is not opened again', async () => {
    await store(SLICE);
    const before = await opened.catalogue.study(STUDY);
    opened.tick(1000);
    expect(await store(SLICE)).toBe('duplicate');
    expect(await opened.catalogue.study(STUDY)).toEqual(before);
    expect(await readdir(join(dataDir, 'incoming'))).toEqual([]);
  });

  it('with other bytes under a known UID is kept apart; the first one is untouched', async () => {
    await store(SLICE);
    const other = ctSlice({ size: 16, seed: 2 });
    expect(await store(other)).toBe('conflict');
    const row = await opened.catalogue.instance(UID);
    expect(datasetOf(await readFile(join(dataDir, row!.file)))).toEqual(datasetOf(SLICE));
    const [conflict] = await readdir(join(dataDir, 'later'));
    expect(datasetOf(await readFile(join(dataDir, 'later', conflict!)))).toEqual(datasetOf(other));
    expect(await opened.catalogue.hasConflict(STUDY)).toBe(true);
  });

  it('with other headers and the same pixels is a correction: it counts from now on, the study opens, the old one stays', async () => {
    await store(SLICE);
    const before = await opened.catalogue.instance(UID);
    opened.tick(1000);
    const corrected = slice({ PatientName: 'Corrected^Name', RescaleIntercept: '-1000' });
    expect(await store(corrected)).toBe('corrected');
    const row = await opened.catalogue.instance(UID);
    expect(row?.digest).toBe(digestOf(datasetOf(corrected)));
    expect(datasetOf(await readFile(join(dataDir, row!.file)))).toEqual(datasetOf(corrected));
    expect(datasetOf(await readFile(join(dataDir, before!.file)))).toEqual(datasetOf(SLICE));
    expect(await opened.sql.query('SELECT "digest", "file" FROM "superseded"')).toEqual([
      { digest: before?.digest, file: before?.file },
    ]);
    expect(await opened.catalogue.hasConflict(STUDY)).toBe(false);
    const study = await opened.catalogue.study(STUDY);
    expect(study?.lastReceivedAt.getTime()).toBe(study!.firstReceivedAt.getTime() + 1000);
    const [series] = await opened.catalogue.seriesOf(STUDY);
    expect(series?.header.RescaleIntercept).toBe(-1000);
    const events = await opened.catalogue.eventsOf(STUDY);
    expect(events.find(({ kind }) => kind === 'instance.corrected')?.detail).toEqual({
      SOPInstanceUID: UID,
      changed: ['PatientName', 'RescaleIntercept'],
    });
    expect(await store(corrected)).toBe('duplicate');
    // a slower archive still sends what was corrected: it is not swapped back
    expect(await store(SLICE)).toBe('duplicate');
    expect(await opened.catalogue.instance(UID)).toEqual(row);
    expect(counted).toEqual(['added', 'corrected', 'duplicate', 'duplicate']);
  });

  it('with another Patient ID and the same pixels makes the study contradict itself: a person must look', async () => {
    await store(SLICE);
    expect(await store(slice({ PatientID: 'MERGED-2' }))).toBe('corrected');
    expect(await opened.catalogue.study(STUDY)).toMatchObject({
      PatientID: 'RECEIVE-1',
      identityConflict: true,
    });
  });

  it('corrected only where nothing is read from is a duplicate: nothing opens again', async () => {
    await store(SLICE);
    const before = await opened.catalogue.study(STUDY);
    opened.tick(1000);
    expect(await store(slice({ InstitutionName: 'Another name' }))).toBe('duplicate');
    expect(await opened.catalogue.study(STUDY)).toEqual(before);
    expect(await readdir(join(dataDir, 'later'))).toEqual([]);
  });

  it('with the same pixels and other functional groups is no correction', async () => {
    const groups = (position: string[]) => ({
      PerFrameFunctionalGroupsSequence: [{ PlanePositionSequence: [{ ImagePositionPatient: position }] }],
    });
    await store(slice(groups(['0', '0', '0'])));
    expect(await store(slice(groups(['0', '0', '5'])))).toBe('conflict');
  });

  it('with the same pixels in another series is no correction', async () => {
    await store(SLICE);
    expect(await store(slice({ SeriesInstanceUID: '2.25.1.77' }))).toBe('conflict');
  });

  it('over two associations at the same moment is stored once and acknowledged twice', async () => {
    const as = together(2);
    const both = await Promise.all([store(SLICE, { as }), store(SLICE, { as })]);
    expect(both.sort()).toEqual(['added', 'duplicate']);
  });

  it('over two associations at the same moment with different bytes: neither is lost', async () => {
    const other = ctSlice({ size: 16, seed: 2 });
    const as = together(2);
    const both = await Promise.all([store(SLICE, { as }), store(other, { as })]);
    expect(both.sort()).toEqual(['added', 'conflict']);
    const row = await opened.catalogue.instance(UID);
    const [conflict] = await readdir(join(dataDir, 'later'));
    const kept = await readFile(join(dataDir, row!.file));
    expect(digestOf(datasetOf(kept))).toBe(row!.digest);
    const digests = [kept, await readFile(join(dataDir, 'later', conflict!))].map((each) =>
      digestOf(datasetOf(each)),
    );
    expect(digests.sort()).toEqual([SLICE, other].map((each) => digestOf(datasetOf(each))).sort());
  });
});

describe('an object that is refused leaves nothing behind', () => {
  it.each([
    ['without Patient ID', { PatientID: undefined }, 'DICOM_MISSING_ATTRIBUTE'],
    ['with an empty Patient ID', { PatientID: '' }, 'DICOM_MISSING_ATTRIBUTE'],
    ['with a Patient ID of 65 characters', { PatientID: 'x'.repeat(65) }, 'DICOM_UNPARSABLE'],
    ['with a line break in the Patient ID', { PatientID: 'A\nB' }, 'DICOM_UNPARSABLE'],
    [
      'with a Study Instance UID that climbs out of the folder',
      { StudyInstanceUID: '../../x' },
      'DICOM_BAD_UID',
    ],
  ] as const)('%s', async (_what, changes, code) => {
    expect(await refusal(store(slice(changes)))).toBe(code);
    await expectNothingKept();
    expect(counted).toEqual([]);
  });

  it('of another instance than was announced', async () => {
    expect(await refusal(store(SLICE, { SOPInstanceUID: '2.25.1.2.9' }))).toBe('SOP_CLASS_MISMATCH');
    await expectNothingKept();
  });

  it('when the disk is below its watermark', async () => {
    expect(await refusal(store(SLICE, { minFreeBytes: Number.MAX_SAFE_INTEGER }))).toBe('STORAGE_FULL');
    await expectNothingKept();
  });

  it('cut off in the middle', async () => {
    const meta = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.2', SOPInstanceUID: UID };
    const incoming = files.receive({ ...meta, TransferSyntaxUID: '1.2.840.10008.1.2.1' });
    const dataset = datasetOf(SLICE);
    incoming.write(dataset.subarray(0, dataset.length - 10));
    const world = {
      catalogue: opened.catalogue,
      files,
      log: keptLog(),
      meter: silentMeter,
      limits: { minFreeBytes: 0, maxComparedBytes: 2 ** 20 },
    };
    expect(await refusal(receive(world, incoming, { ...meta, from: 'SCANNER' }))).toBe('DICOM_TRUNCATED');
    await expectNothingKept();
  });
});
