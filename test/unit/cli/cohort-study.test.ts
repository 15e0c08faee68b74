import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inputsOf, removeLeftImages } from '../../../src/cli/cohort-study.ts';
import { readCohortTable } from '../../../src/lab/cohort/cohort-table.ts';
import { codeOf } from '../../support/code-of.ts';

it('removes images that a killed run left a day ago, and nothing that may be in use or is no folder of its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-left-'));
  try {
    const make = (name: string, hours: number): string => {
      const path = join(folder, name);
      mkdirSync(path);
      writeFileSync(join(path, '1.dcm'), 'image');
      const at = new Date(Date.now() - hours * 3_600_000);
      utimesSync(path, at, at);
      return path;
    };
    const left = make('earshot-study-left', 25);
    const others = [make('earshot-study-now', 23), make('other', 100)];
    symlinkSync(others[1]!, join(folder, 'earshot-study-link'));
    removeLeftImages(folder, Date.now() + 60_000);
    expect(existsSync(left)).toBe(false);
    for (const other of others) expect(existsSync(join(other, '1.dcm')), other).toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it.each([
  ['a file', 'file'],
  ['a path with a NUL', 'a\0b'],
  ['a path that is too long', 'a'.repeat(5000)],
])('%s is no folder with images', (_, study) => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-inputs-'));
  try {
    writeFileSync(join(folder, 'file'), '');
    const [row] = readCohortTable(`patient,study,visit\nA,${study},FFT\n`);
    expect(codeOf(() => inputsOf(row!, folder))).toBe('INPUT_NOT_FOUND');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
