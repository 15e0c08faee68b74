import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startPageRenderer } from '../../adapters/threads/page-renderer.ts';
import { readPart10 } from '../../src/dicom/part10.ts';
import { aboutPdf, encapsulatedPdf } from '../../src/picture/encapsulated-pdf.ts';
import { secondaryCapture } from '../../src/picture/secondary-capture.ts';
import { whyNotInstalled } from '../support/installed.ts';
import { pageCases, pictureOfReport } from '../support/page-content.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-picture-'));
const renderer = startPageRenderer();
afterAll(async () => {
  await renderer[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});
const { signal } = new AbortController();

/** What dciodvfy of 2022 may say about a good object: type 2 may be empty. */
const KNOWN_WARNINGS = [
  /^Warning - Missing attribute or value that would be needed to build DICOMDIR - (Study Date|Study Time|Study ID|Patient ID)/,
];

function complaints(name: string, bytes: Uint8Array, iod: string): readonly string[] {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  const { stdout, stderr } = spawnSync('dciodvfy', [file], { encoding: 'utf8' });
  const lines = `${stdout}${stderr}`.split('\n').filter(Boolean);
  expect(lines).toContain(iod);
  return lines.filter((line) => line !== iod && !KNOWN_WARNINGS.some((known) => known.test(line)));
}

describe.each(['positive', 'chinese', 'hostile'])('picture page "%s"', (name) => {
  const content = pageCases()[name]!;
  const of = pictureOfReport(content);
  const noDciodvfy = whyNotInstalled('dciodvfy');

  it('says which report and which images it belongs to, and that it has text in its pixels', async () => {
    const dataset = readPart10(secondaryCapture(await renderer.render(content, signal), of).bytes);
    expect(dataset).toMatchObject({
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.7',
      Modality: 'OT',
      SeriesNumber: 9102,
      BurnedInAnnotation: 'YES',
      ConversionType: 'WSD',
      PhotometricInterpretation: 'RGB',
      Columns: 1024,
      PatientID: of.header.PatientID,
      StudyInstanceUID: of.header.StudyInstanceUID,
      ContentDate: of.completed.date,
    });
    expect(dataset['ReferencedInstanceSequence']).toMatchObject([
      { ReferencedSOPInstanceUID: of.report.SOPInstanceUID },
    ]);
    expect(dataset['SourceImageSequence']).toMatchObject(
      of.sources.map(({ SOPInstanceUID }) => ({ ReferencedSOPInstanceUID: SOPInstanceUID })),
    );
  });

  it.skipIf(noDciodvfy)(
    `is a Secondary Capture without a complaint of dciodvfy ${noDciodvfy ?? ''}`,
    async () => {
      const { bytes } = secondaryCapture(await renderer.render(content, signal), of);
      expect(complaints(`${name}.dcm`, bytes, 'SCImage')).toEqual([]);
    },
  );

  it.skipIf(noDciodvfy)(
    `is an Encapsulated PDF without a complaint of dciodvfy ${noDciodvfy ?? ''}`,
    async () => {
      const pdf = await renderer.renderPdf(content, aboutPdf(of), signal);
      const { bytes } = encapsulatedPdf(pdf, of);
      expect(complaints(`${name}-pdf.dcm`, bytes, 'EncapsulatedPDF')).toEqual([]);
    },
  );
});
