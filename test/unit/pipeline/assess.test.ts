import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Fault } from '../../../src/fault.ts';
import type { MaskDescription } from '../../../src/masks/region.ts';
import { sweep } from '../../../src/pipeline/assemble.ts';
import { assess } from '../../../src/pipeline/assess.ts';
import { giveUpReading } from '../../../src/pipeline/give-up.ts';
import { patientStudies } from '../../../src/pipeline/patient-studies.ts';
import type { StudyState } from '../../../src/study/lifecycle.ts';
import { add, asAdded, type OpenedCatalogue, openedCatalogue } from '../catalogue/opened.ts';
import { makeMask } from '../matching/make-study.ts';
import { addStudyTo, assessingWorld, maskOf } from './assessing-world.ts';

const never = new AbortController().signal;
const DAY = 86_400_000;
let opened: OpenedCatalogue;
beforeEach(async () => {
  opened = await openedCatalogue();
});

const worldOf = (describe?: (file: string) => MaskDescription, isStoring = false) =>
  assessingWorld(opened, describe, isStoring);
const addStudy = (number: number, StudyDate: string, withMask = true) =>
  addStudyTo(opened, number, StudyDate, withMask);
const state = async (study: string): Promise<StudyState | undefined> =>
  (await opened.catalogue.study(study))?.state;
const move = async (study: string, to: StudyState): Promise<void> => {
  await opened.catalogue.move((await opened.catalogue.study(study))!, { state: to });
};
const jobs = (kind: string) =>
  opened.sql.query('SELECT "key" FROM "job" WHERE "kind" = $1 ORDER BY "key"', [kind]);

describe('a study that arrives', () => {
  it('is complete after the quiet period, not a millisecond before, and is put to be looked at once', async () => {
    const world = await worldOf();
    const study = await addStudy(1, '20230101');
    const due = new Date(opened.clock().getTime() + 30_000);
    expect(await sweep(world)).toEqual(due);
    opened.tick(29_999);
    expect(await sweep(world)).toEqual(due);
    expect(await state(study)).toBe('receiving');
    opened.tick(1);
    expect(await sweep(world)).toBeUndefined();
    await sweep(world);
    expect(await state(study)).toBe('complete');
    expect(await jobs('assess')).toEqual([{ key: study }]);
  });

  it('stays open as long as an association stores to it', async () => {
    const study = await addStudy(1, '20230101');
    opened.tick(DAY);
    const world = await worldOf(maskOf, true);
    expect((await sweep(world))!.getTime()).toBeGreaterThan(opened.clock().getTime());
    expect(await state(study)).toBe('receiving');
    await sweep({ ...world, isStoring: async () => false });
    expect(await state(study)).toBe('complete');
  });

  it('starts its quiet period anew when the clock was set back', async () => {
    const world = await worldOf();
    const study = await addStudy(1, '20230101');
    opened.tick(-3_600_000);
    await sweep(world);
    expect((await opened.catalogue.study(study))?.lastReceivedAt).toEqual(opened.clock());
    opened.tick(30_000);
    await sweep(world);
    expect(await state(study)).toBe('complete');
    expect(world.log.lines.map(({ event }) => event)).toEqual(['clock.setBack']);
  });
});

describe('looking at the cases of a patient', () => {
  it('finds both halves, and puts the follow-up to be scored, whichever of them is looked at', async () => {
    for (const key of ['2.25.1', '2.25.2']) {
      opened = await openedCatalogue();
      const world = await worldOf(maskOf);
      const [before, after] = [await addStudy(1, '20230101'), await addStudy(2, '20230301')];
      await move(before, 'complete');
      await move(after, 'complete');
      await assess(world, { kind: 'assess', key }, never);
      expect(await state(after)).toBe('ready');
      expect(await state(before)).toBe('waitingForBaseline');
      expect(await jobs('score')).toEqual([{ key: after }]);
    }
  });

  it('does not judge a study that became complete meanwhile, before its masks were read', async () => {
    const [before, after] = [await addStudy(1, '20230101'), await addStudy(2, '20230301')];
    await move(before, 'complete');
    const described: Promise<void>[] = [];
    const world = await worldOf((file) => {
      // The quiet period of the follow-up ends while the mask of the baseline is being read.
      described.push(move(after, 'complete'));
      return maskOf(file);
    });
    await assess(world, { kind: 'assess', key: before }, never);
    await Promise.all(described);
    expect(await state(after)).toBe('complete');
    await assess(world, { kind: 'assess', key: after }, never);
    expect(await state(after)).toBe('ready');
  });

  it('scores nothing against a later study while the masks of the better baseline are not read yet', async () => {
    const [better, later, followUp] = [
      await addStudy(1, '20230101'),
      await addStudy(2, '20230201'),
      await addStudy(3, '20230301'),
    ];
    for (const study of [better, later, followUp]) await move(study, 'complete');
    const masks = await opened.catalogue.masksOf(later);
    for (const { SOPInstanceUID } of [...masks, ...(await opened.catalogue.masksOf(followUp))]) {
      await opened.catalogue.describeMask(asAdded(SOPInstanceUID), maskOf(SOPInstanceUID));
    }
    const studies = await patientStudies(opened, 'P1');
    expect(studies.isArriving).toBe(true);
    expect([...studies.known.keys()]).not.toContain(better);
    await assess(await worldOf(maskOf), { kind: 'assess', key: followUp }, never);
    expect((await opened.catalogue.study(followUp))?.decision).toMatchObject({ baseline: better });
  });

  it('forgets a mask that could not be read when a readable one comes after it', async () => {
    const [before, after] = [await addStudy(1, '20230101'), await addStudy(2, '20230301')];
    for (const study of [before, after]) await move(study, 'complete');
    const unreadable = (file: string): MaskDescription => {
      if (file.includes('2.25.2.')) throw new Fault('MASK_UNREADABLE');
      return maskOf(file);
    };
    await assess(await worldOf(unreadable), { kind: 'assess', key: after }, never);
    expect(await state(after)).toBe('held');
    opened.tick(60_000);
    await add(
      opened,
      '2.25.2.2.2',
      { StudyInstanceUID: after, StudyDate: '20230301', SeriesInstanceUID: '2.25.2.3' },
      'mask',
    );
    await move(after, 'complete');
    const again = (file: string): MaskDescription => ({ ...maskOf(file), SOPInstanceUID: '2.25.2.2.2' });
    await assess(await worldOf(again), { kind: 'assess', key: after }, never);
    expect(await state(after)).toBe('ready');
  });

  it.each([
    ['UNAPPROVED', true, 'waitingForMask'],
    [undefined, true, 'waitingForMask'],
    ['APPROVED', true, 'ready'],
    ['UNAPPROVED', false, 'ready'],
  ])(
    'an RTSTRUCT that is %s, approval required: %s, leaves the case %s',
    async (status, required, expected) => {
      const [before, after] = [await addStudy(1, '20230101'), await addStudy(2, '20230301')];
      for (const study of [before, after]) await move(study, 'complete');
      const drawn = (file: string): MaskDescription => ({
        ...maskOf(file),
        ApprovalStatus: file.includes('2.25.2.') ? status : 'APPROVED',
      });
      const world = { ...(await worldOf(drawn)), masks: { requireApproval: required } };
      await assess(world, { kind: 'assess', key: after }, never);
      expect(await state(after)).toBe(expected);
      const { reasons = [] } = (await opened.catalogue.study(after)) ?? {};
      const told = reasons.map(({ text }) => text).join();
      if (expected === 'waitingForMask')
        expect(told).toMatch(/1 mask objects are here that are not approved yet/);
    },
  );

  it('a segmentation has no approval to wait for', async () => {
    const [before, after] = [await addStudy(1, '20230101'), await addStudy(2, '20230301')];
    for (const study of [before, after]) await move(study, 'complete');
    const world = await worldOf((file) => ({ ...maskOf(file), kind: 'SEG' }));
    await assess({ ...world, masks: { requireApproval: true } }, { kind: 'assess', key: after }, never);
    expect(await state(after)).toBe('ready');
  });

  it('is put once for all the studies of a patient', async () => {
    const world = await worldOf(maskOf);
    for (const number of [1, 2, 3]) await move(await addStudy(number, `2023010${number}`), 'complete');
    await sweep(world);
    expect(await jobs('assess')).toHaveLength(1);
  });

  it('leaves a case alone that is arriving or being scored', async () => {
    const world = await worldOf(maskOf);
    const [before, after, third] = [
      await addStudy(1, '20230101'),
      await addStudy(2, '20230301'),
      await addStudy(3, '20230401'),
    ];
    await move(before, 'complete');
    await move(after, 'scoring');
    await assess(world, { kind: 'assess', key: before }, never);
    expect(await state(after)).toBe('scoring');
    expect(await state(third)).toBe('receiving');
    await assess(world, { kind: 'assess', key: third }, never);
    expect(await state(third)).toBe('receiving');
  });

  it('does not use a baseline that is still arriving', async () => {
    const world = await worldOf(maskOf);
    const [, after] = [await addStudy(1, '20230101'), await addStudy(2, '20230301')];
    await move(after, 'complete');
    await assess(world, { kind: 'assess', key: after }, never);
    expect(await state(after)).toBe('waitingForBaseline');
  });

  it('holds a case whose mask cannot be read, and keeps the code with the mask', async () => {
    const world = await worldOf((file) => {
      if (file.includes('2.25.2.')) throw new Fault('MASK_UNREADABLE');
      return maskOf(file);
    });
    const [before, after] = [await addStudy(1, '20230101'), await addStudy(2, '20230301')];
    await move(before, 'complete');
    await move(after, 'complete');
    for (const key of [before, after]) await assess(world, { kind: 'assess', key }, never);
    expect(await opened.catalogue.study(after)).toMatchObject({
      state: 'held',
      reasons: [{ code: 'MASK_UNREADABLE' }],
    });
    expect(await opened.catalogue.masksOf(after)).toMatchObject([{ fault: 'MASK_UNREADABLE' }]);
  });

  it('is tried again, with nothing decided, when the computing thread stopped', async () => {
    const world = await worldOf(() => {
      throw new Fault('WORKER_FAILED');
    });
    const study = await addStudy(1, '20230101');
    await move(study, 'complete');
    await expect(assess(world, { kind: 'assess', key: study }, never)).rejects.toThrow(/WORKER_FAILED/);
    expect(await state(study)).toBe('complete');
    expect(await opened.catalogue.masksOf(study)).toMatchObject([{ description: null, fault: null }]);
  });

  it('is given up unread when the process died over it again and again', async () => {
    const asked = vi.fn(() => makeMask());
    const world = await worldOf(asked);
    const study = await addStudy(1, '20230101');
    await move(study, 'complete');
    await giveUpReading(world as never, { kind: 'assess', key: study, deaths: 5 }, never);
    expect(asked).not.toHaveBeenCalled();
    expect(await opened.catalogue.masksOf(study)).toMatchObject([{ fault: 'PROCESS_DIED' }]);
    expect(await state(study)).toBe('waitingForBaseline');
  });

  it('is not given up by a machine that has no computing threads, however often it tries', async () => {
    const world = await worldOf(() => {
      throw new Fault('WORKER_NOT_STARTED');
    });
    const study = await addStudy(1, '20230101');
    await move(study, 'complete');
    for (let tries = 0; tries < 10; tries += 1)
      await expect(assess(world, { kind: 'assess', key: study }, never)).rejects.toThrow(
        /WORKER_NOT_STARTED/,
      );
    expect(await opened.catalogue.masksOf(study)).toMatchObject([{ description: null, fault: null }]);
  });
});

describe('time alone', () => {
  it('gives up a case that waits after the limit, with the reason', async () => {
    const world = await worldOf();
    const [one, other] = [await addStudy(1, '20230101'), await addStudy(2, '20230101')];
    await move(one, 'waitingForMask');
    await move(other, 'held');
    opened.tick(14 * DAY - 1);
    await sweep(world);
    expect(await state(one)).toBe('waitingForMask');
    opened.tick(2);
    await sweep(world);
    expect(await opened.catalogue.study(one)).toMatchObject({
      state: 'notEligible',
      reasons: [{ code: 'EXPIRED' }],
    });
    expect(await state(other)).toBe('held');
  });

  it.each(['ready', 'scoring'] as const)(
    'puts a case that a crash left %s to be scored again',
    async (left) => {
      const world = await worldOf();
      const study = await addStudy(1, '20230101');
      await move(study, left);
      await sweep(world);
      await sweep(world);
      expect(await jobs('score')).toEqual([{ key: study }]);
    },
  );
});

it('knows when each mask of a time point arrived, also one that cannot be read and one in a study of its own', async () => {
  const study = await addStudy(1, '20230101');
  const header = { StudyInstanceUID: study, SeriesInstanceUID: `${study}.2` };
  opened.tick(DAY);
  await add(opened, `${study}.2.2`, header, 'mask');
  const own = { StudyInstanceUID: '2.25.9', SeriesInstanceUID: '2.25.9.2' };
  await add(opened, '2.25.9.2.1', own, 'mask');
  await opened.catalogue.describeMask(asAdded(`${study}.2.1`), maskOf(`${study}.2.1`));
  await opened.catalogue.describeMask(asAdded(`${study}.2.2`), 'MASK_INVALID');
  const elsewhere = { SOPInstanceUID: '2.25.9.2.1', StudyInstanceUID: '2.25.9' };
  await opened.catalogue.describeMask(asAdded('2.25.9.2.1'), { ...maskOf(`${study}.2.1`), ...elsewhere });
  for (const each of [study, '2.25.9']) await move(each, 'complete');
  const { known } = await patientStudies({ catalogue: opened.catalogue }, 'P1');
  const now = opened.clock();
  expect(known.get(study)?.maskArrivals).toEqual(
    new Map([
      [`${study}.2.1`, new Date(now.getTime() - DAY)],
      [`${study}.2.2`, now],
      ['2.25.9.2.1', now],
    ]),
  );
});
