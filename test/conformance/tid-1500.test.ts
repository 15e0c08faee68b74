import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPart10 } from '../../src/dicom/part10.ts';
import { renderReport } from '../../src/sr/document.ts';
import { LANGUAGES } from '../../src/sr/language.ts';
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

/** Complaints of dciodvfy that a good report does not have, and what kind of object it takes the file for. */
function dciodvfy(file: string): Readonly<{ iod: string | undefined; complaints: readonly string[] }> {
  const { stdout, stderr } = run('dciodvfy', file);
  const lines = `${stdout}${stderr}`.split('\n').filter(Boolean);
  const iod = lines.find((line) => /^Comprehensive(3D)?SR$/.test(line));
  const isKnown = (line: string): boolean => KNOWN_WARNINGS.some((known) => known.test(line));
  return { iod, complaints: lines.filter((line) => line !== iod && !isKnown(line)) };
}

function dsrdump(file: string): Readonly<{ status: number | null; errors: readonly string[]; text: string }> {
  const { status, stdout, stderr } = run('dsrdump', '+Pc', '+Pl', file);
  return { status, errors: stderr.split('\n').filter((line) => /^[EF]:/.test(line)), text: stdout };
}

const IODS = { comprehensive: 'ComprehensiveSR', comprehensive3d: 'Comprehensive3DSR' } as const;
const noDciodvfy = whyNotInstalled('dciodvfy');
const noDsrdump = whyNotInstalled('dsrdump');

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

  it.skipIf(noDciodvfy)(`has no dciodvfy error and no unknown warning ${noDciodvfy ?? ''}`, () => {
    expect(dciodvfy(file)).toEqual({ iod: IODS[content.srSopClass], complaints: [] });
  });

  it.skipIf(noDsrdump)(`is read by dsrdump without error or fatal line ${noDsrdump ?? ''}`, () => {
    const { text, ...verdict } = dsrdump(file);
    expect(verdict).toEqual({ status: 0, errors: [] });
    expect(text).toContain('(126001,DCM,"Oncology Measurement Report")');
  });
});

const missing = noDciodvfy ?? noDsrdump;
describe.each(['comprehensive', 'comprehensive3d'] as const)('every report as %s', (srSopClass) => {
  it.skipIf(missing).each(LANGUAGES)(`in %s passes dciodvfy and dsrdump ${missing ?? ''}`, (language) => {
    for (const [name, content] of cases) {
      const file = join(folder, `${srSopClass}-${language}-${name}.dcm`);
      const { bytes } = renderReport(template, { ...content, srSopClass, language });
      writeFileSync(file, bytes);
      expect(reportFaults(readPart10(bytes)), name).toEqual([]);
      expect(dciodvfy(file), name).toEqual({ iod: IODS[srSopClass], complaints: [] });
      expect(dsrdump(file), name).toMatchObject({ status: 0, errors: [] });
    }
  });
});
