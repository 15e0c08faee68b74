import { describe, expect, it } from 'vitest';
import { holding, sending, serviceWithArchives } from '../support/case-with-archives.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { until } from '../support/until.ts';

/** The polled time point is the baseline's; the dates are today's. */
const today = (): string => new Date().toISOString().slice(0, 10).replaceAll('-', '');

describe('an archive that does not push', () => {
  it('is looked through for new CT studies of known patients who did not object; nothing is fetched twice', async () => {
    const [known, stranger, objector] = ['polled', 'stranger', 'objector'].map((name) => {
      const phantom = phantomCase(name);
      return { ...phantom, baseline: phantom.objects('baseline', { StudyDate: today() }) };
    });
    await using it = await serviceWithArchives([
      (send) => ({
        find: async (keys) => {
          const all = await Promise.all(
            [known!, stranger!, objector!].map((one) => holding(one, { StudyDate: today() })(keys)),
          );
          return { answers: all.flatMap((each) => (typeof each === 'string' ? [] : each.answers)) };
        },
        move: sending(known!, send),
      }),
    ]);
    const { world } = it.earshot.service;
    const recordOf = (one: NonNullable<typeof known>, optOut: boolean) => ({
      after: { PatientID: one.patient.PatientID, optOut, listed: true },
    });
    await world.patients.put([recordOf(known!, false), recordOf(objector!, true)], 'test');

    await world.queue.put({ kind: 'poll', key: 'archive0' });
    const { StudyInstanceUID, all } = known!.baseline;
    await it.earshot.inState(StudyInstanceUID, 'waitingForBaseline');
    expect(it.archives[0]!.finds[0]).toMatchObject({ ModalitiesInStudy: 'CT', PatientID: '' });
    expect(it.archives[0]!.finds[0]?.['StudyDate']).toMatch(/^\d{8}-$/);
    expect(await it.story(StudyInstanceUID, 'study.polled')).toEqual([
      { archive: 'archive0', instances: all.length },
    ]);
    const moves = it.archives[0]!.moves.length;
    expect(new Set(it.archives[0]!.moves.map((keys) => keys['StudyInstanceUID']))).toEqual(
      new Set([StudyInstanceUID]),
    );

    const finds = it.archives[0]!.finds.length;
    await world.queue.put({ kind: 'poll', key: 'archive0' });
    await until('the second look', async () => (it.archives[0]!.finds.length > finds ? true : undefined));
    await it.earshot.settled(known!.patient.PatientID);
    expect(it.archives[0]!.moves).toHaveLength(moves);
  });
});
