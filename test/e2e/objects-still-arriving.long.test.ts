/** What the order and the time of arrival must never change: which baseline a follow-up is compared with. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { type RunningService, startService } from '../support/running-service.ts';

let running: RunningService;
beforeAll(async () => {
  running = await startService({ completeness: { quietPeriodSeconds: 2 } });
});
afterAll(() => running[Symbol.asyncDispose]());

const baselineOf = async (StudyInstanceUID: string): Promise<string | undefined> => {
  const [report] = await running.service.world.reports.of(StudyInstanceUID);
  return (report?.result as { decision: { baseline?: string } } | undefined)?.decision.baseline;
};

/** Three studies of one patient: the baseline, and two follow-ups weeks apart. */
function threeStudies(name: string) {
  const { baseline, objects, patient } = phantomCase(name);
  const first = objects('followUp');
  const second = objects('followUp', { as: 'second', StudyDate: '20300101' });
  return { PatientID: patient.PatientID, baseline, first, second };
}

/** Sends objects one by one, slower than the quiet period allows, so that the study stays open all the while. */
async function sendSlowly(files: readonly Uint8Array[]): Promise<void> {
  for (const file of files) {
    await running.send([file]);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('while the baseline is still arriving', () => {
  it('two follow-ups that are complete wait for it, and both are compared with it', async () => {
    const { PatientID, baseline, first, second } = threeStudies('slow-baseline');
    const sending = sendSlowly(baseline.all);
    await running.send(second.all);
    await running.send(first.all);
    await sending;
    await running.settled(PatientID);
    expect(await baselineOf(first.StudyInstanceUID)).toBe(baseline.StudyInstanceUID);
    expect(await baselineOf(second.StudyInstanceUID)).toBe(baseline.StudyInstanceUID);
    expect(running.arrived(second.StudyInstanceUID)).toHaveLength(1);
    expect(running.arrived(first.StudyInstanceUID)).toHaveLength(1);
  });

  it('a follow-up that could be compared with a later study is not', async () => {
    const { PatientID, baseline, first, second } = threeStudies('tempting');
    await running.send(baseline.ct.slice(0, 3));
    await running.send(first.all);
    await running.send(second.all);
    await sendSlowly(baseline.all.slice(3));
    await running.settled(PatientID);
    expect(await baselineOf(second.StudyInstanceUID)).toBe(baseline.StudyInstanceUID);
    expect(running.arrived(second.StudyInstanceUID)).toHaveLength(1);
  });
});

describe('an object that arrives while the case is scored', () => {
  it('of the baseline: nothing of that score is kept, and the case is scored anew with it', async () => {
    const { baseline, followUp, patient, objects } = phantomCase('reopened');
    await running.send(baseline.all);
    await running.settled(patient.PatientID);
    await running.send(followUp.all);
    await running.inState(followUp.StudyInstanceUID, 'scoring').catch(() => undefined);
    const second = objects('baseline', { mask: { SOPInstanceUID: '2.25.77' } });
    await running.send([second.mask]);
    await running.settled(patient.PatientID);
    // Two masks of the baseline and no rule: whatever the moment was, the case ends with a person.
    expect((await running.service.world.catalogue.study(followUp.StudyInstanceUID))?.state).toBe('held');
    expect(await running.reasons(followUp.StudyInstanceUID)).toEqual(['MASK_AMBIGUOUS']);
  });
});

describe('a case that is held', () => {
  it('sends nothing, even what was made before: the destination comes back and gets no report', async () => {
    const { baseline, followUp, patient, objects } = phantomCase('held-before-delivery');
    const { world } = running.service;
    const deliver = world.destinations.get('pacs');
    if (!deliver) throw new Error('the test has a destination');
    const original = deliver.send;
    let isAway = true;
    deliver.send = (file, signal) =>
      isAway
        ? Promise.reject(new Fault('PEER_UNREACHABLE', 'ECONNREFUSED'))
        : original.call(deliver, file, signal);
    try {
      await running.send(baseline.all);
      await running.send(followUp.all);
      await running.inState(followUp.StudyInstanceUID, 'delivering');
      const other = objects('baseline', { every: { PatientBirthDate: '19700101' }, as: 'contradiction' });
      await running.send(other.all);
      await running.inState(followUp.StudyInstanceUID, 'held');
      isAway = false;
      await new Promise((resolve) => setTimeout(resolve, 2500));
      expect(running.arrived(followUp.StudyInstanceUID)).toEqual([]);
      expect(await running.reasons(followUp.StudyInstanceUID)).toEqual(['IDENTITY_CONFLICT']);
    } finally {
      deliver.send = original;
    }
    expect(patient.PatientID).toBeTruthy();
  });
});
