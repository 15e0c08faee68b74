import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPart10 } from '../../src/dicom/part10.ts';
import { renderReport } from '../../src/sr/document.ts';
import { reportFaults } from '../../src/sr/validate.ts';
import { whyNotInstalled } from '../support/installed.ts';
import { reportCases } from '../support/report-content.ts';
import { shippedTemplates } from '../support/report-template.ts';
import { treeText } from '../support/tree-text.ts';

const template = shippedTemplates();
const cases = Object.entries(reportCases());
const folder = mkdtempSync(join(tmpdir(), 'earshot-tid-1500-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fixture = (name: string): URL => new URL(`../fixtures/sr/${name}.txt`, import.meta.url);

function run(
  program: string,
  ...args: readonly string[]
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(program, args, { encoding: 'utf8' });
}

/** What dciodvfy of 2022 may say about a good report: our scheme is ours, and type 2 may be empty. */
const KNOWN_WARNINGS = [
  /^Warning - Unrecognized defined term <99EARSHOT> for value 1 of attribute <Coding Scheme Designator>/,
  /^Warning - Unrecognized defined term <2\.25\.\d+> for value 1 of attribute <Coding Scheme UID>/,
  /^Warning - Missing attribute or value that would be needed to build DICOMDIR - (Study Date|Study Time|Study ID|Patient ID)/,
];

describe.each(cases)('TID 1500 report "%s"', (name, content) => {
  const { bytes } = renderReport(template, content);
  const file = join(folder, `${name}.dcm`);
  writeFileSync(file, bytes);

  it('passes our own assertions', () => {
    expect(reportFaults(readPart10(bytes))).toEqual([]);
  });

  it('reads in a viewer as the text that was agreed', () => {
    const text = treeText(readPart10(bytes));
    if (process.env['UPDATE']) writeFileSync(fixture(name), text);
    expect(text).toBe(readFileSync(fixture(name), 'utf8'));
  });

  const noDciodvfy = whyNotInstalled('dciodvfy');
  it.skipIf(noDciodvfy)(`has no dciodvfy error and no unknown warning ${noDciodvfy ?? ''}`, () => {
    const { stdout, stderr } = run('dciodvfy', file);
    const lines = `${stdout}${stderr}`.split('\n').filter(Boolean);
    const iod = content.srSopClass === 'comprehensive' ? 'ComprehensiveSR' : 'Comprehensive3DSR';
    expect(lines).toContain(iod);
    expect(lines.filter((line) => line.startsWith('Error'))).toEqual([]);
    const isKnown = (line: string): boolean => KNOWN_WARNINGS.some((known) => known.test(line));
    const unknown = lines.filter((line) => line !== iod && !isKnown(line));
    expect(unknown).toEqual([]);
  });

  const noDsrdump = whyNotInstalled('dsrdump');
  it.skipIf(noDsrdump)(`is read by dsrdump without error or fatal line ${noDsrdump ?? ''}`, () => {
    const { status, stdout, stderr } = run('dsrdump', '+Pc', '+Pl', file);
    expect(stderr.split('\n').filter((line) => /^[EF]:/.test(line))).toEqual([]);
    expect(status).toBe(0);
    expect(stdout).toContain('(126001,DCM,"Oncology Measurement Report")');
  });
});
