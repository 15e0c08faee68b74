import { beforeEach, describe, expect, it } from 'vitest';
import type { Patient } from '../../../src/patients/patient.ts';
import { type OpenedCatalogue, openedCatalogue } from './opened.ts';

let world: OpenedCatalogue;
beforeEach(async () => {
  world = await openedCatalogue();
});

const record = (IssuerOfPatientID: string | undefined, drug: string): Patient => ({
  PatientID: 'P1',
  IssuerOfPatientID,
  drug,
  optOut: false,
  listed: true,
});
const put = (...after: Patient[]) =>
  world.patients.put(
    after.map((each) => ({ after: each })),
    'test',
  );
const drugOf = async (issuer: string, id = 'P1', issuers = [issuer].filter(Boolean)) =>
  (await world.patients.of(id, issuer, issuers))?.drug;

describe('the record of a patient', () => {
  it('is the one with the same ID and issuer', async () => {
    await put(record('A', 'gefitinib'), record('B', 'erlotinib'));
    expect(await drugOf('A')).toBe('gefitinib');
    expect(await drugOf('B')).toBe('erlotinib');
    expect(await drugOf('A', 'P2')).toBeUndefined();
  });

  it('without an issuer serves any issuer as long as it is the only one of that ID', async () => {
    await put(record(undefined, 'gefitinib'));
    expect(await drugOf('A')).toBe('gefitinib');
    expect(await drugOf('')).toBe('gefitinib');
    await put(record('B', 'erlotinib'));
    expect(await drugOf('A')).toBeUndefined();
    expect(await drugOf('')).toBe('gefitinib');
  });

  it('with an issuer serves a study without one as long as it is the only one, and never another issuer', async () => {
    await put(record('A', 'gefitinib'));
    expect(await drugOf('')).toBe('gefitinib');
    expect(await drugOf('B')).toBeUndefined();
  });

  it('whose issuer is not given on one side serves nobody when several issuers of that ID are known', async () => {
    await put(record(undefined, 'gefitinib'));
    expect(await drugOf('A', 'P1', ['A', 'B'])).toBeUndefined();
    expect(await drugOf('', 'P1', ['A', 'B'])).toBe('gefitinib');
  });

  it('is replaced whole, with what was before in the story', async () => {
    const [before, after] = [record('A', 'gefitinib'), record('A', 'osimertinib')];
    await put(before);
    world.tick(1);
    await world.patients.put([{ before, after }], 'admin');
    expect(await world.patients.all()).toEqual([after]);
    const story = await world.catalogue.eventsOf('');
    expect(story.map(({ kind }) => kind)).toEqual(['patient.added', 'patient.changed']);
    expect(story[1]?.detail).toEqual({ before, after, author: 'admin' });
  });
});
