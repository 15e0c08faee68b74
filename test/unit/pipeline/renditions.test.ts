import { copyFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { dimseDestination } from '../../../adapters/dimse/destination.ts';
import { readPart10, writePart10 } from '../../../src/dicom/part10.ts';
import { withdraw } from '../../../src/pipeline/withdraw.ts';
import { renderReport } from '../../../src/sr/document.ts';
import { reportCases } from '../../support/report-content.ts';
import { shippedTemplates } from '../../support/report-template.ts';
import { startScriptedArchive } from '../../support/scripted-archive.ts';
import { resultDataset, transactionIn } from '../../support/scripted-commitment.ts';
import { STUDY } from '../catalogue/opened.ts';
import { deliveryWorld, REPORT } from './delivery-world.ts';

const SR_3D = '1.2.840.10008.5.1.4.1.1.88.34';
const RENDITION = '2.25.200';

it('what a destination took in another form is what is proved there, and what is withdrawn', async () => {
  let asked = '';
  await using pacs = await startScriptedArchive(() => ({ status: 0 }), {
    action: (dataset) => {
      asked = dataset.toString('latin1');
      const TransactionUID = transactionIn(dataset);
      return { status: 0, events: [resultDataset({ TransactionUID, committed: [RENDITION] })] };
    },
  });
  const node = { name: 'pacs', roles: [], host: '127.0.0.1', port: pacs.port, aeTitle: 'PACS' } as const;
  const destination = dimseDestination(
    { ...node, confirm: 'commitment' },
    { callingAeTitle: 'EARSHOT', timeoutSeconds: 5 },
  );
  await using one = await deliveryWorld([{ ...destination, srSopClasses: [SR_3D] }]);
  const { catalogue, renditions, reports, clock } = one.world;
  const rendition = {
    SOPInstanceUID: RENDITION,
    SOPClassUID: SR_3D,
    SeriesInstanceUID: '2.25.201',
    StudyInstanceUID: STUDY,
    file: 'rendition.dcm',
    language: 'en',
  } as const;
  await copyFile(one.file('report.dcm'), one.file('rendition.dcm'));
  await catalogue.sql.batch([renditions.adding(REPORT, rendition)]);

  await one.tryOnce();
  expect(await one.tryOnce()).toMatchObject({ state: 'delivered' });
  expect(asked).toContain(RENDITION);
  expect(asked).not.toContain(REPORT);

  // The note names both, under patient and study of the report.
  const [content] = Object.values(reportCases());
  const report = readPart10(renderReport(shippedTemplates(), content!).bytes);
  const stored: Record<string, Uint8Array> = {
    'report.dcm': writePart10({ ...report, StudyInstanceUID: STUDY, SOPInstanceUID: REPORT }),
    'rendition.dcm': writePart10({ ...report, StudyInstanceUID: STUDY, SOPInstanceUID: RENDITION }),
  };
  const files = {
    read: async (file: string) => stored[file]!,
    put: async (file: string, bytes: Uint8Array) => {
      stored[file] = bytes;
    },
  };
  const request = {
    reason: 'safety',
    quality: 'other',
    text: 'wrong',
    installationUid: '2.25.1',
    author: 'me',
  } as const;
  const done = await withdraw({ catalogue, reports, renditions, clock, files }, REPORT, request);
  const note = readPart10(stored[`reports/${STUDY}/${done!.note}.dcm`]!);
  const evidence = JSON.stringify(note['CurrentRequestedProcedureEvidenceSequence']);
  expect(evidence).toContain(`"${REPORT}"`);
  expect(evidence).toContain(`"${RENDITION}"`);
  expect(done!.destinations).toEqual(['pacs']);
  expect(await one.state()).toBe('held');
});
