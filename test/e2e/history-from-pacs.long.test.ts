/** The catalogue was lost: what earlier reports found is known again from the PACS. */
import { beforeAll, describe, expect, it } from 'vitest';
import { readPart10, writePart10 } from '../../src/dicom/part10.ts';
import { readReport } from '../../src/sr/read-report.ts';
import { holding, sending, serviceWithArchives } from '../support/case-with-archives.ts';
import { type CaseObjects, type PhantomCase, phantomCase } from '../support/phantom-case.ts';
import { type RunningService, startService } from '../support/running-service.ts';

const LATER = '20991231';

/** A course of three time points: as it was before, and what each report said. */
async function courseBefore(phantom: PhantomCase, later: CaseObjects) {
  await using earshot = await startService();
  const { baseline, followUp } = phantom;
  await earshot.send(baseline.all);
  await earshot.send(followUp.all);
  await earshot.inState(followUp.StudyInstanceUID, 'delivered');
  await earshot.send(later.all);
  await earshot.inState(later.StudyInstanceUID, 'delivered');
  return {
    middle: earshot.arrived(followUp.StudyInstanceUID).at(-1)!.bytes,
    last: resultOf(earshot, later),
  };
}

/** What does not depend on the installation. */
function resultOf(earshot: Pick<RunningService, 'arrived'>, { StudyInstanceUID }: CaseObjects) {
  const { bytes } = earshot.arrived(StudyInstanceUID).at(-1)!;
  const { trend, growth, point, lesions } = readReport(readPart10(bytes))!;
  return { trend, growth, point, lesions };
}

const phantom = phantomCase('lost');
const later = phantom.objects('followUp', { as: 'later', StudyDate: LATER });

describe('after the catalogue was lost', () => {
  let middle: Uint8Array;
  let last: ReturnType<typeof resultOf>;
  beforeAll(async () => {
    ({ middle, last } = await courseBefore(phantom, later));
  });

  it('a new follow-up has the trend and the nadir of before when the PACS sends its reports', async () => {
    expect(last.trend).toHaveLength(2);
    await using earshot = await startService();
    await earshot.send([middle]);
    await earshot.send(phantom.baseline.all);
    await earshot.send(later.all);
    await earshot.inState(later.StudyInstanceUID, 'delivered');
    expect(resultOf(earshot, later)).toEqual(last);
    // Nothing of the study in between is here, and no case was made of its report.
    expect(await earshot.service.world.catalogue.study(phantom.followUp.StudyInstanceUID)).toBeUndefined();
  });

  it('a report of somebody else under the same Patient ID tells nothing', async () => {
    await using earshot = await startService();
    await earshot.send([writePart10({ ...readPart10(middle), PatientBirthDate: '19800101' })]);
    await earshot.send(phantom.baseline.all);
    await earshot.send(later.all);
    await earshot.inState(later.StudyInstanceUID, 'delivered');
    expect(resultOf(earshot, later).trend).toEqual([]);
  });

  it('a new follow-up has them when an archive is asked for its baseline', async () => {
    const report = readReport(readPart10(middle))!;
    const honest = holding(phantom);
    const study = {
      PatientID: phantom.patient.PatientID,
      StudyInstanceUID: report.StudyInstanceUID,
      StudyDate: report.StudyDate,
      ModalitiesInStudy: 'SR',
    };
    const series = (SeriesInstanceUID: string) => ({
      StudyInstanceUID: report.StudyInstanceUID,
      SeriesInstanceUID,
      Modality: 'SR',
      NumberOfSeriesRelatedInstances: '1',
    });
    const asked: string[] = [];
    await using world = await serviceWithArchives([
      (send) => ({
        find: async (query) => {
          const { QueryRetrieveLevel, StudyInstanceUID } = query;
          const reply = await honest(query);
          if (QueryRetrieveLevel === 'STUDY' && typeof reply === 'object')
            return { answers: [...reply.answers, study] };
          if (StudyInstanceUID !== report.StudyInstanceUID) return reply;
          return { answers: [series('2.25.99'), series(report.SeriesInstanceUID)] };
        },
        move: async (query, destination) => {
          const { StudyInstanceUID, SeriesInstanceUID = '' } = query;
          if (StudyInstanceUID !== report.StudyInstanceUID) return sending(phantom, send)(query, destination);
          asked.push(SeriesInstanceUID);
          // What is no report of ours cannot be had, and nothing waits for it.
          if (SeriesInstanceUID !== report.SeriesInstanceUID) return { status: 0xa702 };
          await send([middle]);
          return { status: 0, completed: 1 };
        },
      }),
    ]);
    const { earshot } = world;
    await earshot.send(later.all);
    await earshot.inState(later.StudyInstanceUID, 'delivered');
    expect(resultOf(earshot, later)).toEqual(last);
    expect(asked).toEqual(['2.25.99', report.SeriesInstanceUID]);
    expect(await earshot.service.world.catalogue.study(report.StudyInstanceUID)).toBeUndefined();
  });
});
