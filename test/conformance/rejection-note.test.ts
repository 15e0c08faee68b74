import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPart10 } from '../../src/dicom/part10.ts';
import { renderReport } from '../../src/sr/document.ts';
import { REJECTION_TITLES, type Rejection, renderRejectionNote } from '../../src/sr/rejection-note.ts';
import { whyNotInstalled } from '../support/installed.ts';
import { reportCases } from '../support/report-content.ts';
import { shippedTemplates } from '../support/report-template.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-note-'));
afterAll(() => rmSync(folder, { recursive: true }));

const [content] = Object.values(reportCases());
const report = renderReport(shippedTemplates(), content!);
const rejection: Rejection = {
  reason: 'quality',
  quality: 'processing',
  text: 'Drawn on the wrong nodule. Größe über 3 cm.',
  installationUid: '2.25.4711',
  date: '20260102',
  time: '030405',
};
const run = (program: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return { status, lines: `${stdout}${stderr}`.split('\n').filter(Boolean), stdout };
};

describe.each(Object.keys(REJECTION_TITLES) as (keyof typeof REJECTION_TITLES)[])(
  'a rejection note: %s (PS3.16 TID 2010, IHE RAD IOCM)',
  (reason) => {
    const note = renderRejectionNote([report.bytes], { ...rejection, reason });
    const file = join(folder, `${reason}.dcm`);
    writeFileSync(file, note.bytes);

    const noDciodvfy = whyNotInstalled('dciodvfy');
    it.skipIf(noDciodvfy)(`has no dciodvfy error ${noDciodvfy ?? ''}`, () => {
      const { lines } = run('dciodvfy', file);
      expect(lines).toContain('KeyObjectSelectionDocument');
      expect(lines.filter((line) => line.startsWith('Error'))).toEqual([]);
    });

    const noDsrdump = whyNotInstalled('dsrdump');
    it.skipIf(noDsrdump)(
      `is read by dsrdump with its title, its text and the report ${noDsrdump ?? ''}`,
      () => {
        const { status, lines, stdout } = run('dsrdump', '+Pc', '+Pl', '+U8', file);
        expect(lines.filter((line) => /^[EF]:/.test(line))).toEqual([]);
        expect(status).toBe(0);
        const { CodeValue, CodeMeaning } = REJECTION_TITLES[reason];
        expect(stdout).toContain(`(${CodeValue},DCM,"${CodeMeaning}")`);
        expect(stdout).toContain('Drawn on the wrong nodule. Größe über 3 cm.');
        expect(stdout.includes('111219')).toBe(reason === 'quality');
      },
    );
  },
);

it('belongs to patient and study of the report, and references it as evidence (PS3.3 C.17.6.2)', () => {
  const note = renderRejectionNote([report.bytes], rejection);
  const [dataset, original] = [readPart10(note.bytes), readPart10(report.bytes)];
  for (const keyword of ['PatientID', 'PatientBirthDate', 'StudyInstanceUID', 'AccessionNumber']) {
    expect(dataset[keyword], keyword).toEqual(original[keyword]);
  }
  expect(JSON.stringify(dataset['PatientName'])).toBe(JSON.stringify(original['PatientName']));
  expect(JSON.stringify(dataset['CurrentRequestedProcedureEvidenceSequence'])).toContain(
    report.SOPInstanceUID,
  );
});

it('is the same object for the same withdrawal, and another for another reason', () => {
  const uid = (changes: Partial<Rejection>) =>
    renderRejectionNote([report.bytes], { ...rejection, ...changes }).SOPInstanceUID;
  expect(uid({ date: '20270101' })).toBe(uid({}));
  const all = [{}, { reason: 'safety' }, { quality: 'other' }, { text: 'another' }] as Partial<Rejection>[];
  expect(new Set(all.map(uid)).size).toBe(4);
});

it('needs a reason in words that fits', () => {
  for (const text of ['  ', 'x'.repeat(1025)]) {
    expect(() => renderRejectionNote([report.bytes], { ...rejection, text })).toThrow(/REPORT_INVALID/);
  }
  expect(() => renderRejectionNote([], rejection)).toThrow(/REPORT_INVALID/);
});
