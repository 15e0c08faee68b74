import { beforeEach, describe, expect, it } from 'vitest';
import type { Header } from '../../../src/dicom/header.ts';
import { add, type OpenedCatalogue, openedCatalogue, received, STUDY } from './opened.ts';

let world: OpenedCatalogue;
beforeEach(async () => {
  world = await openedCatalogue();
});

describe('an image that arrives', () => {
  it('opens its study, and counts in its series', async () => {
    await add(world, '2.25.10');
    await add(world, '2.25.11');
    const study = await world.catalogue.study(STUDY);
    expect(study).toMatchObject({
      state: 'receiving',
      PatientID: 'P1',
      reasons: [],
      identityConflict: false,
    });
    expect(await world.catalogue.seriesOf(STUDY)).toMatchObject([{ role: 'image', instanceCount: 2 }]);
    expect((await world.catalogue.instance('2.25.11'))?.digest).toBe('digest of 2.25.11');
  });

  it('opens a case again that was decided, and forgets its reasons', async () => {
    await add(world, '2.25.10');
    const receiving = (await world.catalogue.study(STUDY))!;
    const reasons = [{ code: 'MASK_MISSING', text: 'none' }];
    await world.catalogue.move(receiving, { state: 'waitingForMask', reasons, attempts: 3 });
    world.tick(1000);
    await add(world, '2.25.12', {}, 'mask');
    const study = await world.catalogue.study(STUDY);
    expect(study).toMatchObject({ state: 'receiving', reasons: [], attempts: 0 });
    expect(study?.lastReceivedAt).toEqual(world.clock());
    expect(study?.stateChangedAt).toEqual(world.clock());
    expect(await world.catalogue.masksOf(STUDY)).toMatchObject([
      { SOPInstanceUID: '2.25.12', description: null },
    ]);
  });

  it('under a UID that is known changes nothing at all', async () => {
    await add(world, '2.25.10');
    const before = await world.catalogue.study(STUDY);
    world.tick(1000);
    expect(await add(world, '2.25.10', { PatientID: 'P2' })).toBe(false);
    expect(await world.catalogue.study(STUDY)).toEqual(before);
  });

  it('that is neither image nor mask opens no study', async () => {
    await add(world, '2.25.10', {}, 'other');
    expect(await world.catalogue.study(STUDY)).toBeUndefined();
    expect(await world.catalogue.instance('2.25.10')).toBeDefined();
  });
});

describe('who the patient of a study is', () => {
  const identity = { IssuerOfPatientID: 'A', PatientBirthDate: '19600101', PatientSex: 'F' } as const;
  const changes: readonly (readonly [keyof Header, string])[] = [
    ['PatientID', 'P2'],
    ['IssuerOfPatientID', 'B'],
    ['PatientBirthDate', '19600102'],
    ['PatientSex', 'M'],
  ];

  it.each(changes)(
    'another %s in a later object marks the study, and the first value stays',
    async (name, value) => {
      await add(world, '2.25.10', identity);
      await add(world, '2.25.11', { ...identity, [name]: value });
      const study = await world.catalogue.study(STUDY);
      expect(study).toMatchObject({ PatientID: 'P1', ...identity, identityConflict: true });
    },
  );

  it.each(changes.slice(1))('an empty %s contradicts nothing', async (name) => {
    await add(world, '2.25.10', identity);
    await add(world, '2.25.11', { ...identity, [name]: '' });
    expect(await world.catalogue.study(STUDY)).toMatchObject({ ...identity, identityConflict: false });
  });

  it('what was empty or absent is filled in by a later object, and counts from then on', async () => {
    await add(world, '2.25.10', { PatientBirthDate: '' });
    await add(world, '2.25.11', { ...identity, StudyDate: '20260101', StudyTime: '1015' });
    const filled = { ...identity, StudyDate: '20260101', StudyTime: '1015' };
    expect(await world.catalogue.study(STUDY)).toMatchObject({ ...filled, identityConflict: false });
    await add(world, '2.25.12', { ...identity, PatientBirthDate: '19700101' });
    expect(await world.catalogue.study(STUDY)).toMatchObject({ ...filled, identityConflict: true });
  });

  it('a contradiction stays marked when agreeing objects follow', async () => {
    await add(world, '2.25.10', identity);
    await add(world, '2.25.11', { ...identity, PatientSex: 'M' });
    await add(world, '2.25.12', identity);
    expect((await world.catalogue.study(STUDY))?.identityConflict).toBe(true);
  });
});

describe('moving a case', () => {
  it('only works from the state it is believed to be in; otherwise nothing of the step is kept', async () => {
    await add(world, '2.25.10');
    const believed = (await world.catalogue.study(STUDY))!;
    expect(await world.catalogue.move(believed, { state: 'complete' })).toBe(true);
    const also = [{ text: 'INSERT INTO "setting" VALUES ($1, $2)', values: ['mark', 'kept'] }];
    expect(await world.catalogue.move(believed, { state: 'held' }, also)).toBe(false);
    expect((await world.catalogue.study(STUDY))?.state).toBe('complete');
    expect(await world.sql.query('SELECT * FROM "setting" WHERE "name" = \'mark\'')).toEqual([]);
    const kinds = (await world.catalogue.eventsOf(STUDY)).map(({ kind }) => kind);
    expect(kinds).toEqual(['state.complete']);
  });

  it('keeps the decision until there is another, and the time of the state when it stays', async () => {
    await add(world, '2.25.10');
    const receiving = (await world.catalogue.study(STUDY))!;
    await world.catalogue.move(receiving, { state: 'complete', decision: { baseline: '2.25.9' } });
    const complete = (await world.catalogue.study(STUDY))!;
    world.tick(5000);
    await world.catalogue.move(complete, { state: 'complete', attempts: 2 });
    const later = (await world.catalogue.study(STUDY))!;
    expect(later).toMatchObject({ decision: { baseline: '2.25.9' }, attempts: 2 });
    expect(later.stateChangedAt).toEqual(complete.stateChangedAt);
  });

  it('events of one millisecond keep their order', async () => {
    const kinds = Array.from({ length: 30 }, (_, at) => `kind.${at}`);
    for (const kind of kinds) await world.sql.batch([world.catalogue.event(STUDY, kind, {})]);
    expect((await world.catalogue.eventsOf(STUDY)).map(({ kind }) => kind)).toEqual(kinds);
  });
});

describe('other bytes under a known UID', () => {
  it('are told once, and the case is left as it is', async () => {
    await add(world, '2.25.10');
    const before = await world.catalogue.study(STUDY);
    const conflict = {
      received: received('2.25.10'),
      role: 'image' as const,
      file: 'conflicts/1.dcm',
      from: 'X',
    };
    expect(await world.catalogue.hasConflict(STUDY)).toBe(false);
    await world.catalogue.addConflict(conflict, { StudyInstanceUID: STUDY });
    await world.catalogue.addConflict(conflict, { StudyInstanceUID: STUDY });
    expect(await world.catalogue.hasConflict(STUDY)).toBe(true);
    expect(await world.sql.query('SELECT * FROM "conflict"')).toHaveLength(1);
    expect(await world.catalogue.study(STUDY)).toEqual(before);
  });

  it('that name another study doubt the study that holds the known instance too', async () => {
    await add(world, '2.25.10');
    const other = received('2.25.10', { StudyInstanceUID: '2.25.999' });
    const study = await world.catalogue.study(STUDY);
    if (study) await world.catalogue.move(study, { state: 'complete' });
    await world.catalogue.addConflict(
      { received: other, role: 'image', file: 'conflicts/1.dcm', from: 'X' },
      { StudyInstanceUID: STUDY },
    );
    expect((await world.catalogue.study(STUDY))?.state).toBe('receiving');
    expect(await world.catalogue.hasConflict(STUDY)).toBe(true);
    expect(await world.catalogue.hasConflict('2.25.999')).toBe(true);
  });
});

it('a setting keeps its first value', async () => {
  expect(await world.catalogue.setting('installation', 'a')).toBe('a');
  expect(await world.catalogue.setting('installation', 'b')).toBe('a');
});
