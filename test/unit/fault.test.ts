import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hexStatus } from '../../adapters/dimse/status.ts';
import { storeStatus } from '../../src/dicom/store-status.ts';
import { asFault, FAULTS, Fault, type FaultCode } from '../../src/fault.ts';
import { REASON_CODES } from '../../src/study/reasons.ts';

const [faultsPart = '', reasonsPart = ''] = readFileSync(
  new URL('../../docs/FAULTS.md', import.meta.url),
  'utf8',
).split('## Reasons of a case');

/** Rows of a table whose first cell is a code. */
const rowsOf = (markdown: string): string[][] =>
  markdown
    .split('\n')
    .filter((line) => /^\| `[A-Z]/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim().replaceAll('`', '')),
    );

describe('docs/FAULTS.md', () => {
  const documented = rowsOf(faultsPart);
  const codes = Object.keys(FAULTS) as FaultCode[];

  it('has exactly one row for every fault, and none for a fault that does not exist', () => {
    expect(documented.map(([code]) => code).sort()).toEqual([...codes].sort());
  });

  it.each(codes)('%s: disposition, meaning, remedy and C-STORE status are those of the program', (code) => {
    const { disposition, sentence, remedy } = FAULTS[code];
    const row = documented.find(([each]) => each === code);
    const wanted = [
      code,
      disposition,
      sentence,
      remedy.replaceAll('`', ''),
      hexStatus(storeStatus(new Fault(code))),
    ];
    expect(row).toEqual(wanted);
  });

  it('has exactly one row for every reason of a case, with its meaning', () => {
    expect(rowsOf(reasonsPart).sort()).toEqual(Object.entries(REASON_CODES).sort());
  });

  it.each([...codes, ...Object.keys(REASON_CODES)])('%s: a code is upper case with underscores', (code) => {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
  });

  it.each(codes)('%s: meaning and remedy are sentences', (code) => {
    expect(FAULTS[code].sentence).toMatch(/^[A-Z].*\.$/);
    expect(FAULTS[code].remedy).toMatch(/^[A-Z].*\.$/);
  });
});

describe('a fault', () => {
  it('says its code, what happened, the detail and what to do', () => {
    const fault = new Fault('PORT_IN_USE', 'dimse 104');
    const { sentence, remedy } = FAULTS.PORT_IN_USE;
    expect(fault.message).toBe(`PORT_IN_USE: ${sentence} dimse 104. ${remedy}`);
    expect(fault.disposition).toBe('refuse');
  });

  it('of something unforeseen is INTERNAL and shows nothing of what was thrown', () => {
    const thrown = new Error('SECRETNAME^1950');
    const fault = asFault(thrown);
    expect(fault.code).toBe('INTERNAL');
    expect(fault.message).not.toContain('SECRETNAME');
    expect(fault.cause).toBe(thrown);
    expect(asFault(fault)).toBe(fault);
  });
});
