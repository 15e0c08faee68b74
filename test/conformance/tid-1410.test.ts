import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPart10 } from '../../src/dicom/part10.ts';
import { LANGUAGES } from '../../src/sr/language.ts';
import { viewFaults } from '../../src/sr/validate-view.ts';
import { renderView } from '../../src/sr/view.ts';
import { whyNotInstalled } from '../support/installed.ts';
import { viewCases } from '../support/views.ts';

const REPORT_UID = '2.25.77';

const folder = mkdtempSync(join(tmpdir(), 'earshot-tid-1410-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Every view in every language. */
const cases = Object.entries(viewCases()).flatMap(([name, view]) =>
  LANGUAGES.flatMap((language) =>
    (['baseline', 'followUp'] as const).map(
      (which) =>
        [
          `${name} at ${which} in ${language}`,
          { ...view, content: { ...view.content, language } },
          which,
        ] as const,
    ),
  ),
);

describe.each(cases)('view of %s', (name, view, which) => {
  const { bytes } = renderView(view, which, REPORT_UID);
  const file = join(folder, `${name}.dcm`);
  writeFileSync(file, bytes);
  const run = (program: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    return { status, stdout, lines: `${stdout}${stderr}`.split('\n').filter(Boolean) };
  };

  it('passes our own assertions', () => {
    expect(viewFaults(readPart10(bytes))).toEqual([]);
  });

  const noDciodvfy = whyNotInstalled('dciodvfy');
  it.skipIf(noDciodvfy)(`has no dciodvfy error ${noDciodvfy ?? ''}`, () => {
    const { lines } = run('dciodvfy', file);
    const iod = view.content.srSopClass === 'comprehensive' ? 'ComprehensiveSR' : 'Comprehensive3DSR';
    expect(lines).toContain(iod);
    expect(lines.filter((line) => line.startsWith('Error'))).toEqual([]);
  });

  const noDsrdump = whyNotInstalled('dsrdump');
  it.skipIf(noDsrdump)(`is read by dsrdump with its outline ${noDsrdump ?? ''}`, () => {
    const { status, stdout, lines } = run('dsrdump', '+Pc', '+Pl', file);
    expect(lines.filter((line) => /^[EF]:/.test(line))).toEqual([]);
    expect(status).toBe(0);
    expect(stdout).toContain('=(POLYLINE,20/10,24/10,24/16,20/16,20/10)');
  });
});
