import { expect, test } from 'vitest';
import { lookingAgainAtCase, lookingAgainAtWaiting } from '../../../src/catalogue/look-again.ts';
import { STUDY_STATES } from '../../../src/study/lifecycle.ts';
import { add, asAdded, openedCatalogue } from './opened.ts';

const REPORT = {
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.33',
  SeriesInstanceUID: '2.25.101',
  file: 'report.dcm',
  digest: 'd',
  inputs: 'i',
  result: {},
  ContentDate: '20260101',
  kind: 'sr',
  language: 'en',
  companionOf: null,
  due: null,
} as const;

test('after a change of rules only what waits, is held or was not eligible, and has no report, is looked at again', async () => {
  const opened = await openedCatalogue();
  const { catalogue, reports, sql, clock } = opened;
  const inState = async (name: string, state: string) => {
    await add(opened, `${name}.1`, { StudyInstanceUID: name, SeriesInstanceUID: `${name}.9` });
    await sql.query('UPDATE "study" SET "state" = $2 WHERE "StudyInstanceUID" = $1', [name, state]);
  };
  for (const [index, state] of STUDY_STATES.entries()) await inState(`2.25.${100 + index}`, state);
  const because = [{ code: 'RULE', text: 'a rule' }];
  for (const [name, heldBecause] of [
    ['2.25.200', null],
    ['2.25.300', because],
  ] as const) {
    await inState(name, 'held');
    const report = { ...REPORT, SOPInstanceUID: `${name}.5`, StudyInstanceUID: name, heldBecause };
    await sql.batch(reports.adding(report, []));
  }
  await sql.batch(lookingAgainAtWaiting(clock()));
  const looked: string[] = [];
  for (const [index, state] of STUDY_STATES.entries())
    if ((await catalogue.study(`2.25.${100 + index}`))?.state !== state) looked.push(state);
  expect(looked).toEqual(['waitingForBaseline', 'waitingForMask', 'held', 'notEligible']);
  expect((await catalogue.study('2.25.200'))?.state).toBe('held');
  expect((await catalogue.study('2.25.300'))?.state).toBe('complete');
  expect((await catalogue.eventsOf('2.25.300')).map(({ kind }) => kind)).toEqual(['state.complete']);
  expect(await catalogue.eventsOf('2.25.200')).toEqual([]);
});

test('a look at one case reads the masks of its patient again and moves no other case', async () => {
  const opened = await openedCatalogue();
  const { catalogue, sql, clock } = opened;
  const [retried, sibling] = ['2.25.100', '2.25.200'];
  for (const [study, state] of [
    [retried, 'held'],
    [sibling, 'delivered'],
  ] as const) {
    await add(opened, `${study}.1`, { StudyInstanceUID: study, SeriesInstanceUID: `${study}.9` }, 'mask');
    await catalogue.describeMask(asAdded(`${study}.1`), 'WORKER_DIED');
    await sql.query('UPDATE "study" SET "state" = $2 WHERE "StudyInstanceUID" = $1', [study, state]);
  }
  await sql.batch(lookingAgainAtCase({ StudyInstanceUID: retried, PatientID: 'P1' }, clock()));
  const states = await Promise.all([retried, sibling].map((study) => catalogue.study(study)));
  expect(states.map((study) => study?.state)).toEqual(['complete', 'delivered']);
  const masks = await Promise.all([retried, sibling].map((study) => catalogue.masksOf(study)));
  expect(masks.flat().map(({ fault }) => fault)).toEqual([null, null]);
  expect((await catalogue.eventsOf(sibling)).map(({ kind }) => kind)).not.toContain('state.complete');
});
