/** PEERS.md pain 6: one Patient ID, different people or issuers; what an archive calls a prior is not believed. */
import { describe, expect, it } from 'vitest';
import { holding, sending, serviceWithArchives } from '../support/case-with-archives.ts';
import { phantomCase } from '../support/phantom-case.ts';

describe('a prior of the same Patient ID', { timeout: 60_000 }, () => {
  it('with another birth date is held for a person, never scored', async () => {
    const phantom = phantomCase('namesake');
    const other = {
      ...phantom,
      baseline: phantom.objects('baseline', { every: { PatientBirthDate: '19310101' } }),
    };
    await using it = await serviceWithArchives([
      (send) => ({ find: holding(other), move: sending(other, send) }),
    ]);
    await it.earshot.send(phantom.followUp.all);
    const { reasons } = await it.earshot.inState(phantom.followUp.StudyInstanceUID, 'held');
    expect(reasons.map(({ code }) => code)).toEqual(['IDENTITY_CONFLICT']);
    expect(it.earshot.arrived(phantom.followUp.StudyInstanceUID)).toEqual([]);
  });

  it('of another issuer is not fetched', async () => {
    const phantom = phantomCase('issuer');
    await using it = await serviceWithArchives([
      () => ({ find: holding(phantom, { IssuerOfPatientID: 'OTHER HOSPITAL' }) }),
    ]);
    const { StudyInstanceUID } = phantom.followUp;
    await it.earshot.send(phantom.followUp.all);
    await it.earshot.inState(StudyInstanceUID, 'waitingForBaseline');
    await expect
      .poll(() => it.earshot.reasons(StudyInstanceUID), { timeout: 10_000 })
      .toEqual(['BASELINE_MISSING', 'PRIOR_NOT_FOUND']);
    expect(it.archives[0]!.moves).toEqual([]);
  });
});
