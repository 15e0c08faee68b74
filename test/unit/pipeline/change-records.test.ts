/** Changes of the patients table are made whole, on what they are based on, or not at all. */
import { beforeEach, expect, it } from 'vitest';
import { changeRecords } from '../../../src/pipeline/change-records.ts';
import { failingAtEach } from '../catalogue/failing-statements.ts';
import { add, type OpenedCatalogue, openedCatalogue } from '../catalogue/opened.ts';

const recordOf = (PatientID: string, drug: string) => ({ PatientID, drug, optOut: false, listed: true });
const [OLD, NEW] = [recordOf('P1', 'gefitinib'), recordOf('P1', 'osimertinib')];
const OTHER = recordOf('P2', 'afatinib');
let opened: OpenedCatalogue;
beforeEach(async () => {
  opened = await openedCatalogue();
  await opened.patients.put([{ after: OLD }], 'before');
  for (const [at, PatientID] of ['P1', 'P2', 'P3'].entries()) {
    const StudyInstanceUID = `2.25.${at + 1}`;
    await add(opened, `${StudyInstanceUID}.1`, {
      StudyInstanceUID,
      SeriesInstanceUID: `${StudyInstanceUID}.9`,
      PatientID,
    });
    await opened.catalogue.move({ StudyInstanceUID, state: 'receiving' }, { state: 'held' });
  }
});

const changes = [{ before: OLD, after: NEW }, { after: OTHER }];
const change = () => changeRecords(opened, changes, { author: 'anna', alsoOf: ['P3'] });
const all = async () => ({
  records: await opened.patients.all(),
  events: (await opened.catalogue.eventsOf('')).map(({ kind }) => kind).sort(),
  states: await Promise.all(
    ['2.25.1', '2.25.2', '2.25.3'].map(async (uid) => (await opened.catalogue.study(uid))?.state),
  ),
});

it('all of it is done at once: records, their story, and the wish to look at the cases again', async () => {
  await change();
  expect(await all()).toEqual({
    records: [NEW, OTHER],
    events: ['patient.added', 'patient.added', 'patient.changed'],
    states: ['complete', 'complete', 'complete'],
  });
});

it('whichever statement fails, nothing was done', async () => {
  const before = await all();
  const count = await failingAtEach(opened.sql, async () => {
    await expect(change()).rejects.toThrow();
    expect(await all()).toEqual(before);
  });
  expect(count).toBeGreaterThan(8);
});

it.each([
  ['was changed', recordOf('P1', 'erlotinib')],
  ['was added', recordOf('P2', 'dacomitinib')],
])('a record that %s meanwhile is not written over', async (_how, meanwhile) => {
  await opened.patients.put([{ after: meanwhile }], 'else');
  const before = await all();
  await expect(change()).rejects.toThrow('CHANGE_CONFLICT');
  expect(await all()).toEqual(before);
});
