import { describe, expect, it } from 'vitest';
import { lateness } from '../../../src/pipeline/lateness.ts';
import { makeMask, makeRegion, makeSeries, makeStudy } from '../matching/make-study.ts';

const followUp = makeStudy(2, '20240301');
const known = (...studies: ReturnType<typeof makeStudy>[]) => ({
  known: new Map(
    studies.map((summary) => [
      summary.StudyInstanceUID,
      { summary, identityConflict: false, conflict: 'none' as const, unreadableMasks: [] },
    ]),
  ),
  issuers: ['A'],
});

function late(drawnDate: string | undefined, ...others: ReturnType<typeof makeStudy>[]) {
  const candidate = { mask: makeMask({ drawnDate }), region: makeRegion(), series: makeSeries('1.2.3.4') };
  const pair = {
    baseline: candidate,
    followUp: candidate,
    by: 'single' as const,
    trackingId: 'GTV',
    trackingUid: '1.2.3',
  };
  return lateness({ followUp, pairs: [pair] }, known(followUp, ...others));
}

describe('a mask that came days after the exam', () => {
  it('is told with its days, and with the newest newer CT of the patient', () => {
    const newer = [makeStudy(3, '20240320'), makeStudy(4, '20240401')];
    expect(late('20240311', makeStudy(1, '20240101'), ...newer)).toEqual({
      days: 10,
      newerStudyDate: '20240401',
    });
    expect(late('20240311', makeStudy(1, '20240101'))).toEqual({ days: 10, newerStudyDate: null });
  });

  it('says nothing of a mask of the same or the next day, nor without a date', () => {
    for (const date of ['20240301', '20240302', undefined, 'someday']) expect(late(date)).toBeUndefined();
  });

  it('does not take the newer CT of another person, or a study without CT, for one', () => {
    const other = makeStudy(3, '20240320', {
      identity: { PatientID: 'P1', IssuerOfPatientID: 'A', PatientBirthDate: '19900101', PatientSex: 'M' },
    });
    expect(late('20240311', other, makeStudy(4, '20240401', { ctSeries: [] }))).toEqual({
      days: 10,
      newerStudyDate: null,
    });
  });
});
