/** PEERS.md pain 3: DICOM has no signal for "study finished"; the count of the archive is asked beside the quiet period. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { serviceWithArchives } from '../support/case-with-archives.ts';
import { phantomCase } from '../support/phantom-case.ts';
import type { FindReply } from '../support/scripted-query-archive.ts';

/** An archive that knows one CT series of so many images, and no earlier study. */
const counting =
  (
    { StudyInstanceUID, SeriesInstanceUID }: Record<'StudyInstanceUID' | 'SeriesInstanceUID', string>,
    images: number,
  ) =>
  (keys: Readonly<Record<string, string>>): FindReply => {
    if (keys['QueryRetrieveLevel'] !== 'SERIES' || keys['StudyInstanceUID'] !== StudyInstanceUID)
      return { answers: [] };
    const NumberOfSeriesRelatedInstances = String(images);
    return {
      answers: [{ StudyInstanceUID, SeriesInstanceUID, Modality: 'CT', NumberOfSeriesRelatedInstances }],
    };
  };

describe('a study that is quiet while images are still on their way', { timeout: 60_000 }, () => {
  it('is complete only when as many images are here as the archive has', async () => {
    const { followUp, baseline, patient } = phantomCase('counted');
    await using it = await serviceWithArchives([() => ({ find: counting(followUp, followUp.ct.length) })]);
    const { catalogue } = it.earshot.service.world;
    await it.earshot.send(baseline.all);
    await it.earshot.send([followUp.mask, ...followUp.ct.slice(0, 9)]);
    await pause(3000);
    expect((await catalogue.study(followUp.StudyInstanceUID))?.state).toBe('receiving');
    const told = await it.story(followUp.StudyInstanceUID, 'study.fewerThanArchived');
    expect(told.at(-1)).toEqual({ missing: followUp.ct.length - 9 });
    await it.earshot.send(followUp.ct.slice(9));
    await it.earshot.inState(followUp.StudyInstanceUID, 'delivered');
    await it.earshot.settled(patient.PatientID);
    expect(it.earshot.arrived(followUp.StudyInstanceUID)).toHaveLength(1);
  });

  it('is looked at all the same when the limit has passed', async () => {
    const { followUp, baseline } = phantomCase('overcounted');
    const completeness = { quietPeriodSeconds: 0.3, maxDelaySeconds: 2 };
    await using it = await serviceWithArchives([() => ({ find: counting(followUp, 1000) })], {
      completeness,
    });
    await it.earshot.send(baseline.all);
    await it.earshot.send(followUp.all);
    await it.earshot.inState(followUp.StudyInstanceUID, 'delivered');
    expect(await it.story(followUp.StudyInstanceUID, 'study.fewerThanArchived')).toContainEqual({
      missing: 1000 - followUp.ct.length,
    });
  });

  it.each([
    ['does not know the study', { answers: [] }],
    ['fails', { answers: [], status: 0xc001 }],
    ['says nothing', 'silent'],
  ] as const)('is not held up by an archive that %s', async (what, reply) => {
    const { followUp } = phantomCase(`uncounted-${what.slice(0, 4)}`);
    await using it = await serviceWithArchives([() => ({ find: () => reply })]);
    await it.earshot.send(followUp.all);
    await it.earshot.inState(followUp.StudyInstanceUID, 'waitingForBaseline', 8000);
  });
});
