import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Dataset, readPart10, writePart10 } from '../../../src/dicom/part10.ts';
import { Fault } from '../../../src/fault.ts';
import type { Merge } from '../../../src/patients/merge-csv.ts';
import { applyMerges, followMerge, planMerges } from '../../../src/pipeline/merge-patients.ts';
import type { Sql } from '../../../src/ports.ts';
import { ctSlice } from '../../support/ct-slice.ts';
import { keptLog } from '../../support/log.ts';
import { asDeflated, asRle } from '../../support/transcode.ts';
import { failingAtEach } from '../catalogue/failing-statements.ts';
import type { OpenedCatalogue } from '../catalogue/opened.ts';
import { openDoor } from './arriving.ts';

let opened: OpenedCatalogue;
let door: Awaited<ReturnType<typeof openDoor>>;
beforeEach(async () => {
  door = await openDoor();
  opened = door.opened;
});
afterEach(() => door.close());

const STUDY = '2.25.1';
const slice = (changes: Dataset = {}, study = STUDY): Buffer =>
  Buffer.from(writePart10({ ...readPart10(ctSlice({ size: 16, study })), ...changes }));
const key = (PatientID: string, IssuerOfPatientID = '') => ({ PatientID, IssuerOfPatientID });
const merge = (old: string, now: string, issuer = ''): Merge => ({ old: key(old, issuer), now: key(now) });
const world = () => ({ ...opened, files: door.files, log: keptLog() });
async function merging(...merges: Merge[]): Promise<void> {
  await applyMerges(world(), await planMerges(world(), merges), 'test');
}
const study = (uid = STUDY) => opened.catalogue.study(uid);
const inState = (state: string) => opened.sql.query('UPDATE "study" SET "state" = $1', [state]);

it('a merge of whose study something arrives after it was planned is given again: what it says of the person counts', async () => {
  await door.arrive(slice());
  const plan = await planMerges(world(), [merge('RECEIVE-1', 'NEW')]);
  opened.tick(1);
  await door.arrive(slice({ SOPInstanceUID: '2.25.1.2.99', PatientSex: 'O', PatientBirthDate: '19010101' }));
  expect(await study()).toMatchObject({ identityConflict: true });
  await expect(applyMerges(world(), plan, 'test')).rejects.toThrow(/TABLE_INVALID.*give the table again/);
  expect(await study()).toMatchObject({ PatientID: 'RECEIVE-1', identityConflict: true });
  await merging(merge('RECEIVE-1', 'NEW'));
  expect(await study()).toMatchObject({ PatientID: 'NEW', identityConflict: true });
});

describe('a study that comes under the old ID while a merge is told', () => {
  const SECOND = '2.25.77';
  const plan = () => planMerges(world(), [merge('RECEIVE-1', 'NEW')]);
  const look = async (uid: string) => followMerge(world(), (await study(uid))!);
  beforeEach(async () => {
    await door.arrive(slice());
  });

  it('follows it when it is looked at, whatever its state was', async () => {
    const before = await plan();
    await door.arrive(slice({}, SECOND));
    await inState('held');
    await applyMerges(world(), before, 'test');
    // It stands under the old ID, and is looked at.
    expect(await study(SECOND)).toMatchObject({ PatientID: 'RECEIVE-1', state: 'complete' });
    await opened.sql.query(`UPDATE "study" SET "state" = 'delivered' WHERE "StudyInstanceUID" = $1`, [STUDY]);
    expect(await look(SECOND)).toBe(true);
    expect(await study(SECOND)).toMatchObject({ PatientID: 'NEW', state: 'complete' });
    // The cases of the patient that it is one of now may rest on it.
    expect(await study()).toMatchObject({ PatientID: 'NEW', state: 'complete' });
    expect((await opened.catalogue.eventsOf(SECOND)).map(({ kind }) => kind)).toContain('patient.merged');
    expect(await look(SECOND)).toBe(false);
  });

  it('stays contradicted when its own objects are of two patients', async () => {
    const before = await plan();
    await door.arrive(slice({}, SECOND));
    await door.arrive(slice({ SOPInstanceUID: '2.25.1.2.99', PatientSex: 'O' }, SECOND));
    expect(await study(SECOND)).toMatchObject({ identityConflict: true });
    await applyMerges(world(), before, 'test');
    expect(await look(SECOND)).toBe(true);
    expect(await study(SECOND)).toMatchObject({ PatientID: 'NEW', identityConflict: true });
  });

  it('whose objects cannot be read follows it as one that is in doubt: no case of the old ID waits for it', async () => {
    const before = await plan();
    await door.arrive(slice({}, SECOND));
    await opened.sql.query(`UPDATE "study" SET "identityConflict" = 1 WHERE "StudyInstanceUID" = $1`, [
      SECOND,
    ]);
    await applyMerges(world(), before, 'test');
    const unread = (code: 'STORAGE_FAILED' | 'STORAGE_FULL') => ({
      ...world(),
      files: { ...door.files, header: () => Promise.reject(new Fault(code, 'ENOENT')) },
    });
    // What says nothing of the file is no doubt.
    await expect(followMerge(unread('STORAGE_FULL'), (await study(SECOND))!)).rejects.toThrow('STORAGE_FULL');
    expect(await study(SECOND)).toMatchObject({ PatientID: 'RECEIVE-1' });
    expect(await followMerge(unread('STORAGE_FAILED'), (await study(SECOND))!)).toBe(true);
    expect(await study(SECOND)).toMatchObject({ PatientID: 'NEW', identityConflict: true });
  });

  it('does not go round when the merge does no more than leave the issuer out', async () => {
    await merging({ old: key('RECEIVE-1', 'X'), now: key('RECEIVE-1') });
    const events = async () => (await opened.catalogue.eventsOf(STUDY)).length;
    const before = await events();
    expect(await look(STUDY)).toBe(false);
    expect(await events()).toBe(before);
  });

  it('is somebody else when it names another issuer', async () => {
    const before = await plan();
    await door.arrive(slice({ IssuerOfPatientID: 'ELSEWHERE' }, SECOND));
    await applyMerges(world(), before, 'test');
    expect(await look(SECOND)).toBe(false);
    expect(await study(SECOND)).toMatchObject({ PatientID: 'RECEIVE-1' });
  });
});

describe('a merge that is interrupted', () => {
  const record = { PatientID: 'RECEIVE-1', drug: 'gefitinib', optOut: false, listed: true };
  /** Everything that a merge touches. */
  const all = async () => ({
    study: await study(),
    records: await opened.patients.all(),
    merges: await opened.sql.query('SELECT * FROM "patientMerge"'),
    events: (await opened.catalogue.eventsOf(STUDY)).map(({ kind }) => kind),
  });
  beforeEach(async () => {
    await door.arrive(slice());
    await opened.patients.put([{ after: record }], 'test');
    await inState('held');
  });

  it.each([1, 2, 3])(
    'by the end of the process after write %i has done all of it or nothing',
    async (writes) => {
      const before = await all();
      const plan = await planMerges(world(), [merge('RECEIVE-1', 'NEW')]);
      const revive = dyingAfter(opened.sql, writes);
      await applyMerges(world(), plan, 'test').catch(() => undefined);
      revive();
      const after = await all();
      if (after.merges.length === 0) expect(after).toEqual(before);
      else {
        expect(after.study).toMatchObject({ PatientID: 'NEW', state: 'complete' });
        expect(after.records.map(({ PatientID }) => PatientID)).toContain('NEW');
        expect(after.events).toEqual(expect.arrayContaining(['patient.merged', 'state.complete']));
      }
    },
  );

  it('by a statement that fails, whichever it is, has done nothing', async () => {
    const before = await all();
    const plan = await planMerges(world(), [merge('RECEIVE-1', 'NEW')]);
    const count = await failingAtEach(opened.sql, async () => {
      await expect(applyMerges(world(), plan, 'test')).rejects.toThrow();
      expect(await all()).toEqual(before);
    });
    expect(count).toBeGreaterThan(5);
    await applyMerges(world(), plan, 'test');
    expect((await study())?.PatientID).toBe('NEW');
  });
});

describe('an old Patient ID without an issuer, when no issuer was known', () => {
  const arrive = (uid: string, IssuerOfPatientID?: string) =>
    door.arrive(slice({ PatientID: 'OLD', IssuerOfPatientID }, uid));
  beforeEach(async () => {
    await arrive('2.25.11');
    await merging(merge('OLD', 'NEW'));
  });

  it('stands for objects without issuer, also later ones; whoever comes with an issuer is somebody else', async () => {
    await arrive('2.25.12');
    await arrive('2.25.13', 'ELSEWHERE');
    expect((await study('2.25.11'))?.PatientID).toBe('NEW');
    expect((await study('2.25.12'))?.PatientID).toBe('NEW');
    expect(await study('2.25.13')).toMatchObject({ PatientID: 'OLD', IssuerOfPatientID: 'ELSEWHERE' });
  });

  it('does not take them in when the same map is told again, but when the map names their issuer', async () => {
    await arrive('2.25.13', 'ELSEWHERE');
    await merging(merge('OLD', 'NEW'));
    expect((await study('2.25.13'))?.PatientID).toBe('OLD');
    await merging(merge('OLD', 'NEW', 'ELSEWHERE'));
    expect((await study('2.25.13'))?.PatientID).toBe('NEW');
  });
});

it('an old Patient ID without an issuer stands for the one issuer that was known, and for objects that leave it out', async () => {
  const arrive = (uid: string, IssuerOfPatientID?: string) =>
    door.arrive(slice({ PatientID: 'OLD', IssuerOfPatientID }, uid));
  await arrive('2.25.11', 'HERE');
  await merging(merge('OLD', 'NEW'));
  await arrive('2.25.12');
  await arrive('2.25.13', 'HERE');
  await arrive('2.25.14', 'ELSEWHERE');
  const ids = await Promise.all([11, 12, 13, 14].map(async (n) => (await study(`2.25.${n}`))?.PatientID));
  expect(ids).toEqual(['NEW', 'NEW', 'NEW', 'OLD']);
});

describe('copies of compressed objects in which the PACS renamed the patient', () => {
  const rle = (changes: Dataset = {}, how = {}) => asRle(slice(changes), how);

  it('are no conflict any more after the merge, also when the code stream was cut into other fragments', async () => {
    await door.arrive(rle());
    expect(await door.arrive(rle({ PatientID: 'NEW' }, { fragments: 2 }))).toBe('conflict');
    const kept = await opened.sql.query<{ file: string }>('SELECT "file" FROM "conflict"');
    await merging(merge('RECEIVE-1', 'NEW'));
    expect(await opened.catalogue.hasConflict(STUDY)).toBe(false);
    expect(await study()).toMatchObject({ PatientID: 'NEW', identityConflict: false });
    // No file stays that nothing names.
    expect(kept).toHaveLength(1);
    expect(await opened.sql.query('SELECT "file" FROM "removal"')).toEqual(kept);
  });

  it('with other pixels stay a conflict', async () => {
    await door.arrive(rle());
    const other = readPart10(ctSlice({ size: 16, seed: 7 }));
    expect(await door.arrive(asRle(Buffer.from(writePart10({ ...other, PatientID: 'NEW' }))))).toBe(
      'conflict',
    );
    await merging(merge('RECEIVE-1', 'NEW'));
    expect(await opened.catalogue.hasConflict(STUDY)).toBe(true);
  });

  it('that are deflated do not stop the merge of a study that came again under another ID', async () => {
    await door.arrive(asDeflated(slice()));
    await opened.sql.query('UPDATE "study" SET "identityConflict" = 1');
    await merging(merge('RECEIVE-1', 'NEW'));
    expect(await study()).toMatchObject({ PatientID: 'NEW', identityConflict: false });
  });
});

it('a merge does not release a study all of whose objects are of yet another patient', async () => {
  await door.arrive(slice());
  await door.arrive(slice({ PatientID: 'SOMEBODY' }));
  await merging(merge('UNRELATED', 'RECEIVE-1'));
  expect(await study()).toMatchObject({ PatientID: 'RECEIVE-1', identityConflict: true });
});

/** A database whose process dies: after so many writes every further call fails, until it is revived. */
function dyingAfter(sql: Sql, writes: number): () => void {
  const { query, batch } = sql;
  let count = 0;
  const alive = (): void => {
    if (count >= writes) throw new Error('the process has ended');
  };
  sql.batch = async (statements) => {
    alive();
    const done = await batch(statements);
    count += 1;
    return done;
  };
  sql.query = async <Row>(text: string, values?: Parameters<Sql['query']>[1]) => {
    alive();
    const rows = await query<Row>(text, values);
    if (!/^\s*SELECT/i.test(text)) count += 1;
    return rows;
  };
  return () => Object.assign(sql, { query, batch });
}
