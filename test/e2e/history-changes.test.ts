/** An earlier time point is scored again, cancelled, opened again: what becomes of the later report that states it. */
import { expect, it } from 'vitest';
import { readPart10 } from '../../src/dicom/part10.ts';
import { actionsOf } from '../../src/pipeline/case-actions.ts';
import { cancelCase, reopenCase, rescoreCase } from '../../src/pipeline/orders.ts';
import { readReport } from '../../src/sr/read-report.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { startService } from '../support/running-service.ts';
import { until } from '../support/until.ts';

const BY = { author: 'anna', reason: 'as discussed' };
const ANOTHER = { kind: 'supplied', mean: 0.1, sd: 1.2, n: 80, source: 'another cohort' } as const;

it('a later report follows what was measured, and passes to another normalisation by order of a person only', async () => {
  const phantom = phantomCase('course');
  const later = phantom.objects('followUp', { as: 'later', StudyDate: '20991231' });
  const [middle, last] = [phantom.followUp.StudyInstanceUID, later.StudyInstanceUID];
  await using earshot = await startService();
  const { world } = earshot.service;
  const arrived = (study: string, count: number) =>
    until(`${count} reports`, async () => earshot.arrived(study).length === count || undefined);
  /** How many time points the newest later report states, and whether it says that text. */
  const newest = (text = '') => {
    const dataset = readPart10(earshot.arrived(last).at(-1)!.bytes);
    return [readReport(dataset)!.trend.length, JSON.stringify(dataset).includes(text)];
  };
  await earshot.send(phantom.baseline.all);
  await earshot.send(phantom.followUp.all);
  await earshot.inState(middle, 'delivered');
  await earshot.send(later.all);
  await earshot.inState(last, 'delivered');
  expect(newest('another cohort')).toEqual([2, false]);

  // A person has the one case scored again under another normalisation: the later one is left alone.
  (world as { normalisation: unknown }).normalisation = ANOTHER;
  await rescoreCase(world, middle, BY);
  await arrived(middle, 2);
  await earshot.inState(middle, 'delivered');
  await earshot.settled(phantom.patient.PatientID);
  await earshot.inState(last, 'delivered');
  expect(earshot.arrived(last)).toHaveLength(1);

  // What it states is withdrawn from the course: under another normalisation a person must order the new report.
  await cancelCase(world, middle, BY);
  await earshot.inState(last, 'held');
  expect(await earshot.reasons(last)).toEqual(['HISTORY_CHANGED']);
  expect(earshot.arrived(last)).toHaveLength(1);
  expect((await actionsOf(world, last)).find(({ action }) => action === 'rescore')?.isPossible).toBe(true);
  await rescoreCase(world, last, BY);
  await arrived(last, 2);
  await earshot.inState(last, 'delivered');
  expect(newest('another cohort')).toEqual([0, true]);
  expect(newest('Not compared with the CT of')).toEqual([0, true]);

  // Under the normalisation that it was made with, the later report follows by itself.
  await reopenCase(world, middle, BY);
  await arrived(last, 3);
  await earshot.inState(last, 'delivered');
  expect(newest('another cohort')).toEqual([2, true]);
  expect(earshot.arrived(middle)).toHaveLength(2);
});
