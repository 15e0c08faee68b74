/** PEERS.md 2, pain 25: two acquisitions in one series; the slices of both would be mixed without a word. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Dataset, readPart10, writePart10 } from '../../src/dicom/part10.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { type RunningService, startService } from '../support/running-service.ts';

let earshot: RunningService;
beforeAll(async () => {
  earshot = await startService();
});
afterAll(() => earshot[Symbol.asyncDispose]());

/** The same places once more, as other objects, 100 HU brighter. */
const again = (files: readonly Uint8Array[], changes: Dataset): Uint8Array[] =>
  files.map((file) => {
    const dataset = readPart10(file);
    const [pixels] = dataset['PixelData'] as ArrayBuffer[];
    return writePart10({
      ...dataset,
      SOPInstanceUID: `${String(dataset['SOPInstanceUID']).slice(0, 61)}.2`,
      RescaleIntercept: String(Number(dataset['RescaleIntercept']) + 100),
      PixelData: pixels,
      _vrMap: { PixelData: 'OW' },
      ...changes,
    });
  });

it('the acquisition that the contours name is measured, and the report says so', async () => {
  const phantom = phantomCase('two-acquisitions');
  const { followUp } = phantom;
  await earshot.send(phantom.baseline.all);
  const { mask } = phantom.objects('followUp', { maskKind: 'RTSTRUCT' });
  await earshot.send([...followUp.ct, ...again(followUp.ct, { AcquisitionNumber: '2' }), mask]);
  await earshot.inState(followUp.StudyInstanceUID, 'delivered');
  const [report] = earshot.arrived(followUp.StudyInstanceUID);
  expect(Buffer.from(report?.bytes ?? []).toString('latin1')).toContain('the series holds 2 acquisitions');
});

it('when nothing tells them apart the case is held: two images at one place', async () => {
  const phantom = phantomCase('mixed-acquisitions');
  const { followUp } = phantom;
  await earshot.send(phantom.baseline.all);
  const { mask } = phantom.objects('followUp', { maskKind: 'RTSTRUCT' });
  await earshot.send([...followUp.ct, ...again(followUp.ct, {}), mask]);
  const { reasons } = await earshot.inState(followUp.StudyInstanceUID, 'held');
  expect(JSON.stringify(reasons)).toMatch(/QC-12|duplicate slices/);
});
