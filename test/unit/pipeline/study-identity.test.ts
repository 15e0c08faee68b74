import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Dataset, readPart10, writePart10 } from '../../../src/dicom/part10.ts';
import { applyCorrections, planCorrections } from '../../../src/pipeline/correct-patients.ts';
import { settleIdentity } from '../../../src/pipeline/study-identity.ts';
import { ctSlice } from '../../support/ct-slice.ts';
import { keptLog } from '../../support/log.ts';
import type { OpenedCatalogue } from '../catalogue/opened.ts';
import { openDoor } from './arriving.ts';

const STUDY = '2.25.1';
let opened: OpenedCatalogue;
let door: Awaited<ReturnType<typeof openDoor>>;
beforeEach(async () => {
  door = await openDoor();
  opened = door.opened;
});
afterEach(() => door.close());

const slice = (index: number, changes: Dataset = {}): Buffer =>
  Buffer.from(writePart10({ ...readPart10(ctSlice({ size: 16, index })), ...changes }));
const study = async () => (await opened.catalogue.study(STUDY))!;
const send = async (changes: Dataset, ...indices: number[]) => {
  for (const index of indices) await door.arrive(slice(index, changes));
};
const settling = async (log = keptLog()) => {
  await settleIdentity({ catalogue: opened.catalogue, files: door.files, log }, await study());
  return study();
};

describe('a study that the PACS sends again with another birth date or sex', () => {
  beforeEach(() => send({}, 0, 1, 2));

  it('agrees again when all of its objects have come, and is known by what they say now', async () => {
    await send({ PatientBirthDate: '19610202', PatientSex: 'M' }, 0, 1);
    expect(await settling()).toMatchObject({ PatientBirthDate: '19600101', identityConflict: true });
    await send({ PatientBirthDate: '19610202', PatientSex: 'M' }, 2);
    const log = keptLog();
    expect(await settling(log)).toMatchObject({
      PatientBirthDate: '19610202',
      PatientSex: 'M',
      identityConflict: false,
    });
    expect(log.lines).toEqual([
      { level: 'info', event: 'identity.agreed', fields: { StudyInstanceUID: STUDY } },
    ]);
  });

  it('is known by no birth date when the PACS took it out', async () => {
    await send({ PatientBirthDate: '' }, 0, 1);
    expect(await settling()).toMatchObject({ PatientBirthDate: '19600101', identityConflict: false });
    await send({ PatientBirthDate: '' }, 2);
    expect(await settling()).toMatchObject({ PatientBirthDate: '', identityConflict: false });
  });

  it('is never moved to another Patient ID or issuer by that', async () => {
    await send({ PatientID: 'SOMEBODY', PatientBirthDate: '19610202' }, 0, 1, 2);
    expect(await settling()).toMatchObject({ PatientID: 'RECEIVE-1', identityConflict: true });
    await send({ PatientID: 'RECEIVE-1', IssuerOfPatientID: 'X', PatientBirthDate: '19610202' }, 0, 1);
    await send({ PatientID: 'RECEIVE-1', IssuerOfPatientID: 'Y', PatientBirthDate: '19610202' }, 2);
    expect(await settling()).toMatchObject({ identityConflict: true });
  });

  it('stays held while an object that is kept apart says something else', async () => {
    const other = { ...readPart10(ctSlice({ size: 16, seed: 9 })), PatientBirthDate: '19700707' };
    await door.arrive(Buffer.from(writePart10(other)));
    expect(await settling()).toMatchObject({ identityConflict: true });
  });

  it('stays held, and says so without patient data, when an object cannot be read', async () => {
    await send({ PatientBirthDate: '19610202' }, 0, 1, 2);
    const log = keptLog();
    const files = { ...door.files, header: () => Promise.reject(new Error('Phantom^Receive')) };
    await settleIdentity({ catalogue: opened.catalogue, files, log }, await study());
    expect(await study()).toMatchObject({ identityConflict: true });
    expect(log.lines).toEqual([
      { level: 'warn', event: 'identity.unread', fields: { StudyInstanceUID: STUDY, code: 'INTERNAL' } },
    ]);
  });

  it('is looked at anew when an object came while its objects were read', async () => {
    await send({ PatientBirthDate: '19610202' }, 0, 1, 2);
    const row = await study();
    opened.tick(1000);
    await send({}, 3);
    await settleIdentity({ catalogue: opened.catalogue, files: door.files, log: keptLog() }, row);
    expect(await study()).toMatchObject({ identityConflict: true });
  });
});

describe('a study whose birth date or sex a person corrects', () => {
  const world = () => ({ ...opened, files: door.files });
  const correcting = async (now: Dataset) => {
    const planned = await planCorrections(world(), [{ StudyInstanceUID: STUDY, row: 2, ...now }]);
    await applyCorrections(world(), planned, 'a person');
    return study();
  };

  it('is known by what was said, also when more of its objects come as they were', async () => {
    await send({}, 0, 1);
    await opened.sql.query(`UPDATE "study" SET "state" = 'held'`);
    expect(await correcting({ PatientBirthDate: '19610202' })).toMatchObject({
      PatientBirthDate: '19610202',
      PatientSex: 'F',
      state: 'complete',
    });
    await send({}, 2);
    expect(await settling()).toMatchObject({ PatientBirthDate: '19610202', identityConflict: false });
    const told = (await opened.catalogue.eventsOf(STUDY)).find(({ kind }) => kind === 'patient.corrected');
    expect(told?.detail).toEqual({ changed: ['PatientBirthDate'], author: 'a person' });
  });

  it('of which the PACS corrected a part only agrees with itself', async () => {
    await send({}, 0, 1);
    await send({ PatientSex: 'M' }, 1);
    expect((await settling()).identityConflict).toBe(true);
    expect(await correcting({ PatientSex: 'M' })).toMatchObject({ PatientSex: 'M', identityConflict: false });
  });

  it('contradicts itself when an object comes with yet another value', async () => {
    await send({}, 0);
    await correcting({ PatientBirthDate: '19610202' });
    await send({ PatientBirthDate: '19990909' }, 1);
    expect(await settling()).toMatchObject({ PatientBirthDate: '19610202', identityConflict: true });
  });

  it('can be corrected again, each attribute by itself', async () => {
    await send({}, 0);
    await correcting({ PatientBirthDate: '19610202' });
    await correcting({ PatientSex: 'M' });
    await correcting({ PatientBirthDate: '19630303' });
    await send({}, 1);
    expect(await settling()).toMatchObject({
      PatientBirthDate: '19630303',
      PatientSex: 'M',
      identityConflict: false,
    });
  });

  it('is known by its objects again when the correction is taken back', async () => {
    await send({}, 0);
    const { PatientBirthDate = '' } = (await study()) ?? {};
    await correcting({ PatientBirthDate: '19610202' });
    await correcting({ PatientBirthDate });
    await send({ PatientSex: 'M' }, 1);
    await send({ PatientSex: 'F' }, 1);
    expect(await settling()).toMatchObject({ PatientBirthDate, identityConflict: false });
  });

  it('stays held when its objects disagree about the Patient ID as well', async () => {
    await send({}, 0, 1);
    await send({ PatientID: 'SOMEBODY' }, 1);
    expect(await correcting({ PatientSex: 'M' })).toMatchObject({ identityConflict: true });
  });

  it('that is not here is refused with its row', async () => {
    await expect(correcting({ PatientSex: 'M' })).rejects.toThrow(/TABLE_INVALID.*row 2/);
  });
});
