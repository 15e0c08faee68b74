/** What changes while a case is looked at. */
import { expect, it } from 'vitest';
import { keepingMerge } from '../../../src/catalogue/merges.ts';
import { Fault } from '../../../src/fault.ts';
import { assess, describeMasks } from '../../../src/pipeline/assess.ts';
import { openedCatalogue, received } from '../catalogue/opened.ts';
import { addStudyTo, assessingWorld, maskOf } from './assessing-world.ts';

const never = new AbortController().signal;

/** One study that is complete. */
async function oneStudy() {
  const opened = await openedCatalogue();
  const study = await addStudyTo(opened, 1, '20230101');
  await opened.catalogue.move({ StudyInstanceUID: study, state: 'receiving' }, { state: 'complete' });
  return { opened, study, world: await assessingWorld(opened, maskOf) };
}

it.each(['is read', 'cannot be read'])(
  'a mask that its sender corrects while it %s is read again: nothing of the old bytes is said of the new ones',
  async (how) => {
    const { opened, study, world } = await oneStudy();
    const SOPInstanceUID = `${study}.2.1`;
    const known = (await opened.catalogue.instance(SOPInstanceUID))!;
    const again = received(SOPInstanceUID, { StudyInstanceUID: study, SeriesInstanceUID: `${study}.2` });
    const corrected = { ...again, digest: 'other' };
    const read: string[] = [];
    const describeMask = async (file: string) => {
      read.push(file);
      if (read.length === 1) {
        const mask = { received: corrected, role: 'mask', file: 'corrected.dcm', from: 'X' } as const;
        expect(await opened.catalogue.correct(mask, known, [])).toBe(true);
        if (how === 'cannot be read') throw new Fault('MASK_UNREADABLE');
      }
      return { ...maskOf(SOPInstanceUID), Manufacturer: file };
    };
    const reading = { ...world, radiomics: { ...world.radiomics, describeMask } };
    const mask = async () => (await opened.catalogue.masksOf(study))[0]!;
    await describeMasks(reading, study, never);
    expect(await mask()).toMatchObject({ digest: 'other', description: null, fault: null });
    expect(await opened.catalogue.study(study)).toMatchObject({ state: 'receiving' });
    expect(await opened.catalogue.countMaskAttempt(known)).toBe(0);
    await describeMasks(reading, study, never);
    expect(read).toEqual([known.file, 'corrected.dcm']);
    expect((await mask()).description).toMatchObject({ Manufacturer: 'corrected.dcm' });
  },
);

it('a study under an old ID that a merge knows follows it when it is looked at', async () => {
  const { opened, study, world } = await oneStudy();
  const key = (PatientID: string) => ({ PatientID, IssuerOfPatientID: '' });
  await opened.sql.batch([keepingMerge({ old: key('P1'), now: key('NEW') }, opened.clock())]);
  const look = () => assess(world, { kind: 'assess', key: study }, never);
  await look();
  expect(await opened.catalogue.study(study)).toMatchObject({ PatientID: 'NEW', state: 'complete' });
  await look();
  expect(await opened.catalogue.study(study)).toMatchObject({ state: 'waitingForBaseline' });
});
