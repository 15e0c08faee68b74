import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readHeader } from '../../src/dicom/read-header.ts';
import { type Send, serviceWithArchives } from '../support/case-with-archives.ts';
import { type CaseObjects, phantomCase } from '../support/phantom-case.ts';
import type { Item, QueryScript } from '../support/scripted-query-archive.ts';
import { until } from '../support/until.ts';

/** An honest archive of these studies; what is put into the list later is there from then on. */
function archiveOf(
  studies: readonly CaseObjects[],
  send: Send,
): Required<Pick<QueryScript, 'find' | 'move'>> {
  const seriesOf = (study: CaseObjects): ReadonlyMap<string, readonly Uint8Array[]> =>
    new Map([
      [study.SeriesInstanceUID, study.ct],
      ...(study.all.includes(study.mask)
        ? [[headerOf(study.mask).SeriesInstanceUID, [study.mask]] as const]
        : []),
    ]);
  const find = ({ QueryRetrieveLevel, StudyInstanceUID, PatientID }: Item) => {
    if (QueryRetrieveLevel === 'STUDY') {
      const answers = studies
        .map(({ ct }) => headerOf(ct[0]!))
        .filter((header) => header.PatientID === PatientID)
        .map((header) => ({
          PatientID: header.PatientID ?? '',
          StudyInstanceUID: header.StudyInstanceUID,
          StudyDate: header.StudyDate ?? '',
          ModalitiesInStudy: 'CT\\RTSTRUCT',
        }));
      return { answers };
    }
    const study = studies.find((each) => each.StudyInstanceUID === StudyInstanceUID);
    const series = study ? [...seriesOf(study)] : [];
    return {
      answers: series.map(([SeriesInstanceUID, objects]) => ({
        StudyInstanceUID: study?.StudyInstanceUID ?? '',
        SeriesInstanceUID,
        Modality: headerOf(objects[0]!).Modality ?? '',
        NumberOfSeriesRelatedInstances: String(objects.length),
      })),
    };
  };
  const move = async ({ StudyInstanceUID, SeriesInstanceUID }: Item) => {
    const study = studies.find((each) => each.StudyInstanceUID === StudyInstanceUID);
    const objects = (study && seriesOf(study).get(SeriesInstanceUID ?? '')) ?? [];
    await send(objects);
    return { status: 0, completed: objects.length };
  };
  return { find, move };
}
function headerOf(bytes: Uint8Array) {
  const header = readHeader(bytes)?.header;
  if (!header) throw new Error('it has a header');
  return header;
}

describe('priors of a case', () => {
  it('a report that could not wait for an archive any longer says so, and one that was answered does not', async () => {
    for (const isReachable of [false, true]) {
      await using service = await serviceWithArchives([
        () => (isReachable ? { find: () => ({ answers: [] }) } : { reject: [3, 2] }),
      ]);
      const { baseline, followUp } = phantomCase(`unanswered-${isReachable}`);
      await service.earshot.send(baseline.all);
      await service.earshot.send(followUp.all);
      await service.earshot.inState(followUp.StudyInstanceUID, 'delivered');
      const [report] = service.earshot.arrived(followUp.StudyInstanceUID);
      const text = Buffer.from(report!.bytes).toString('latin1');
      expect(text.includes('No archive could be asked')).toBe(!isReachable);
    }
  });

  it.each([true, false])(
    'after a report that could not wait archives are asked until they answer (they hold a better baseline: %s)',
    async (isBetter) => {
      const phantom = phantomCase(`asked-after-report-${isBetter}`);
      const { followUp, baseline } = phantom;
      const later = phantom.objects('baseline', { as: 'later', StudyDate: '20250120' });
      let isDown = true;
      await using it = await serviceWithArchives(
        [
          (send) => {
            const { find, move } = archiveOf(isBetter ? [baseline, later] : [later], send);
            return { find: (keys, ...more) => (isDown ? 'close' : find(keys, ...more)), move };
          },
        ],
        { waiting: { askAgainMinutes: 0.01 } },
      );
      await it.earshot.send(later.all);
      await it.earshot.send(followUp.all);
      await it.earshot.inState(followUp.StudyInstanceUID, 'delivered');
      isDown = false;
      const { fetches } = it.earshot.service.world.priors!;
      await until('the answer', async () =>
        (await fetches.of(followUp.StudyInstanceUID))?.answeredAt ? true : undefined,
      );
      if (isBetter) {
        const { decision } = await it.earshot.inState(followUp.StudyInstanceUID, 'held');
        expect(await it.earshot.reasons(followUp.StudyInstanceUID)).toEqual(['BASELINE_CHANGED']);
        expect(decision).toMatchObject({ baseline: baseline.StudyInstanceUID });
        // Who says that this is the baseline gets a new report, which names the one before.
        const { world } = it.earshot.service;
        const { PatientID } = phantom.patient;
        const record = {
          PatientID,
          optOut: false,
          listed: true,
          designatedBaseline: baseline.StudyInstanceUID,
        };
        await world.patients.put([{ after: record }], 'test');
        await world.catalogue.lookAgain(PatientID);
        await until('the new report', async () =>
          it.earshot.arrived(followUp.StudyInstanceUID).length === 2 ? true : undefined,
        );
        const [first, second] = it.earshot.arrived(followUp.StudyInstanceUID);
        expect(Buffer.from(second!.bytes).toString('latin1')).toContain(first!.SOPInstanceUID);
        return;
      }
      await it.earshot.settled(phantom.patient.PatientID);
      const asked = await it.story(followUp.StudyInstanceUID, 'prior.asked');
      await new Promise((resolve) => setTimeout(resolve, 2500));
      expect(await it.story(followUp.StudyInstanceUID, 'prior.asked')).toEqual(asked);
      expect((await it.earshot.inState(followUp.StudyInstanceUID, 'delivered')).reasons).toEqual([]);
      expect(it.earshot.arrived(followUp.StudyInstanceUID)).toHaveLength(1);
    },
  );

  it('a study that was fetched as a prior and is sent later is a case of its own', async () => {
    const phantom = phantomCase('sent-later');
    const { baseline, followUp, patient } = phantom;
    const between = phantom.objects('followUp', { as: 'between', StudyDate: '20250201' });
    await using it = await serviceWithArchives([(send) => archiveOf([between], send)]);
    await it.earshot.send(followUp.all);
    await it.earshot.inState(followUp.StudyInstanceUID, 'delivered');
    await it.earshot.settled(patient.PatientID);
    expect(await it.earshot.reasons(between.StudyInstanceUID)).toEqual(['FETCHED_AS_PRIOR']);

    await it.earshot.send(baseline.all);
    await it.earshot.inState(baseline.StudyInstanceUID, 'waitingForBaseline');
    await it.earshot.settled(patient.PatientID);
    expect(await it.earshot.reasons(between.StudyInstanceUID)).toEqual(['FETCHED_AS_PRIOR']);

    // What comes soon after it was asked for is the archive's answer, however late.
    const { sql, clock } = it.earshot.service.world.catalogue;
    await sql.query('UPDATE "fetchedSeries" SET "fetchedAt" = $1', [clock().getTime()]);
    await it.earshot.send(between.ct);
    expect(await it.earshot.reasons(between.StudyInstanceUID)).toEqual(['FETCHED_AS_PRIOR']);
    await sql.query('UPDATE "fetchedSeries" SET "fetchedAt" = "fetchedAt" - 4000');
    await it.earshot.send([between.mask]);
    expect(await it.earshot.reasons(between.StudyInstanceUID)).toEqual(['FETCHED_AS_PRIOR']);
    await it.earshot.send(between.all);
    const { decision } = await it.earshot.inState(between.StudyInstanceUID, 'delivered');
    expect(decision).toMatchObject({ baseline: baseline.StudyInstanceUID });
    expect(it.earshot.arrived(between.StudyInstanceUID)).toHaveLength(1);
  });

  it('a case that waits asks again, and is scored when the archive has got the baseline', async () => {
    const { baseline, followUp } = phantomCase('asks-again');
    const held: CaseObjects[] = [];
    await using it = await serviceWithArchives([(send) => archiveOf(held, send)], {
      waiting: { askAgainMinutes: 0.02 },
    });
    await it.earshot.send(followUp.all);
    await expect
      .poll(() => it.earshot.reasons(followUp.StudyInstanceUID), { timeout: 10_000 })
      .toContain('PRIOR_NOT_FOUND');
    held.push(baseline);
    await it.earshot.inState(followUp.StudyInstanceUID, 'delivered');
    expect(it.earshot.arrived(followUp.StudyInstanceUID)).toHaveLength(1);
  });

  it('an earlier study that the rules cannot use is fetched and passed over; a third one is left where it is', async () => {
    const phantom = phantomCase('passed-over');
    const thick = phantom.objects('baseline', {
      as: 'thick',
      StudyDate: '20240301',
      ct: { SliceThickness: 8 },
    });
    const later = phantom.objects('baseline', { as: 'later', StudyDate: '20250301' });
    await using it = await serviceWithArchives([(send) => archiveOf([later, thick, phantom.baseline], send)]);
    const { StudyInstanceUID } = phantom.followUp;
    await it.earshot.send(phantom.followUp.all);
    const { decision } = await it.earshot.inState(StudyInstanceUID, 'delivered', 30_000);
    expect(decision).toMatchObject({ baseline: phantom.baseline.StudyInstanceUID });
    const moved = new Set(it.archives[0]!.moves.map((keys) => keys['StudyInstanceUID']));
    expect(moved).toEqual(new Set([thick.StudyInstanceUID, phantom.baseline.StudyInstanceUID]));
    await it.earshot.settled(phantom.patient.PatientID);
    // Studies that were fetched are no cases: nobody gets a report on them.
    for (const prior of [thick, phantom.baseline]) {
      expect(await it.earshot.reasons(prior.StudyInstanceUID)).toEqual(['FETCHED_AS_PRIOR']);
      expect(it.earshot.arrived(prior.StudyInstanceUID)).toEqual([]);
    }
  });

  it('nothing is fetched when the study that the rules prefer is here and the archive has only later ones', async () => {
    const phantom = phantomCase('here-already');
    const later = phantom.objects('baseline', { as: 'later', StudyDate: '20250301' });
    await using it = await serviceWithArchives([(send) => archiveOf([later], send)]);
    await it.earshot.send(phantom.baseline.all);
    await it.earshot.send(phantom.followUp.all);
    await it.earshot.inState(phantom.followUp.StudyInstanceUID, 'delivered');
    expect(await it.story(phantom.followUp.StudyInstanceUID, 'prior.asked')).toHaveLength(1);
    expect(it.archives[0]!.moves).toEqual([]);
  });

  it('an undrawn study is fetched when the therapy start makes it the baseline, as soon as that is known', async () => {
    const phantom = phantomCase('undrawn');
    const { baseline, followUp, patient } = phantom;
    await using it = await serviceWithArchives([
      (send) => archiveOf([{ ...baseline, all: baseline.ct }], send),
    ]);
    await it.earshot.send(followUp.all);
    await expect
      .poll(() => it.earshot.reasons(followUp.StudyInstanceUID), { timeout: 10_000 })
      .toContain('PRIOR_NOT_FOUND');
    expect(it.archives[0]!.moves).toEqual([]);
    const { PatientID } = patient;
    const record = { PatientID, optOut: false, listed: true, tkiStart: patient.baseline.StudyDate };
    const { patients, catalogue } = it.earshot.service.world;
    await patients.put([{ after: record }], 'test');
    await catalogue.lookAgain(PatientID);
    const { decision } = await it.earshot.inState(followUp.StudyInstanceUID, 'waitingForMask');
    expect(decision).toMatchObject({ baseline: baseline.StudyInstanceUID });
    expect(it.archives[0]!.moves).toHaveLength(1);
  });

  it('a service that stops while it fetches goes on when it starts again', async () => {
    const phantom = phantomCase('stopped-fetching');
    const dataDir = await mkdtemp(join(tmpdir(), 'earshot-fetching-'));
    const { StudyInstanceUID } = phantom.followUp;
    {
      await using it = await serviceWithArchives(
        [(send) => ({ ...archiveOf([phantom.baseline], send), move: () => 'silent' as const })],
        { dataDir },
      );
      await it.earshot.send(phantom.followUp.all);
      await until('the C-MOVE', async () => (it.archives[0]!.moves.length > 0 ? true : undefined));
    }
    await using it = await serviceWithArchives([(send) => archiveOf([phantom.baseline], send)], { dataDir });
    await it.earshot.inState(StudyInstanceUID, 'delivered');
    expect(it.earshot.arrived(StudyInstanceUID)).toHaveLength(1);
    await rm(dataDir, { recursive: true, force: true });
  });
});
