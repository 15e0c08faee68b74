/** PEERS.md pain 7: a C-FIND by Patient ID returned more than was asked for. */
import { describe, expect, it } from 'vitest';
import { holding, sending, serviceWithArchives } from '../support/case-with-archives.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { until } from '../support/until.ts';

describe('an archive that returns more than was asked for', { timeout: 60_000 }, () => {
  it('studies of other Patient IDs and issuers, of later days and without CT are not fetched', async () => {
    const phantom = phantomCase('more');
    const honest = holding(phantom);
    const stranger = { StudyDate: '20240101', ModalitiesInStudy: 'CT' };
    const { PatientID } = phantom.patient;
    await using it = await serviceWithArchives([
      (send) => ({
        find: async (keys) => {
          const found = await honest(keys);
          if (keys['QueryRetrieveLevel'] !== 'STUDY' || typeof found === 'string') return found;
          return {
            answers: [
              { ...stranger, PatientID: `${PatientID}1`, StudyInstanceUID: '1.9.1' },
              { ...stranger, PatientID: PatientID.toLowerCase(), StudyInstanceUID: '1.9.2' },
              { ...stranger, PatientID, IssuerOfPatientID: 'ELSEWHERE', StudyInstanceUID: '1.9.3' },
              { ...stranger, PatientID, StudyDate: '20991231', StudyInstanceUID: '1.9.4' },
              { ...stranger, PatientID, ModalitiesInStudy: 'MR', StudyInstanceUID: '1.9.5' },
              { ...stranger, PatientID: '', StudyInstanceUID: '1.9.6' },
              ...found.answers,
            ],
          };
        },
        move: sending(phantom, send),
      }),
    ]);
    await it.earshot.send(phantom.followUp.all);
    await it.earshot.inState(phantom.followUp.StudyInstanceUID, 'delivered');
    expect(await it.story(phantom.followUp.StudyInstanceUID, 'prior.asked')).toEqual([
      expect.objectContaining({ answered: 7, ofPatient: 3, candidates: 1 }),
    ]);
    const [archive] = it.archives;
    const asked = [...archive!.finds.slice(1), ...archive!.moves].map((keys) => keys['StudyInstanceUID']);
    expect(asked.filter((uid) => uid?.startsWith('1.9.'))).toEqual([]);
  });

  it.each(['CASE*', 'CASE?1'])(
    'a Patient ID with a wildcard (%s) is never sent as a query',
    async (PatientID) => {
      const phantom = phantomCase('wildcard');
      await using it = await serviceWithArchives([() => ({})]);
      const { all, StudyInstanceUID } = phantom.objects('followUp', { every: { PatientID } });
      await it.earshot.send(all);
      await until('the reason', async () => {
        const codes = await it.earshot.reasons(StudyInstanceUID);
        return codes.includes('QUERY_UNSAFE') || undefined;
      });
      expect(it.archives[0]!.finds).toEqual([]);
    },
  );

  it('a patient who opted out is not asked for at all', async () => {
    const phantom = phantomCase('objects');
    await using it = await serviceWithArchives([() => ({ find: holding(phantom) })]);
    const { PatientID, IssuerOfPatientID } = phantom.patient;
    const record = { PatientID, IssuerOfPatientID, optOut: true, listed: true };
    await it.earshot.service.world.patients.put([{ after: record }], 'test');
    await it.earshot.send(phantom.followUp.all);
    await it.earshot.inState(phantom.followUp.StudyInstanceUID, 'notEligible');
    await it.earshot.settled(PatientID);
    expect(it.archives[0]!.finds).toEqual([]);
  });
});
