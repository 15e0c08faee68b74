import { describe, expect, it } from 'vitest';
import { errorComment, hexStatus, storeMeaning } from '../../../../adapters/dimse/status.ts';
import { storeStatus } from '../../../../src/dicom/store-status.ts';
import { FAULTS, Fault, type FaultCode } from '../../../../src/fault.ts';

const CODES = Object.keys(FAULTS) as FaultCode[];

describe('PS3.4 table B.2-1: what we answer', () => {
  it.each(CODES)('%s is answered with a failure, never with success or a warning', (code) => {
    const status = storeStatus(new Fault(code));
    const isFailure = [0xa700, 0xa900, 0xc000].includes(status) || (status >= 0x0105 && status <= 0x0213);
    expect(isFailure).toBe(true);
    expect(storeMeaning(status)).toMatch(/^(busy|refused)$/);
  });

  it.each(CODES.filter((code) => FAULTS[code].disposition === 'retry' && code !== 'INTERNAL'))(
    "%s is the world's error: 0xA700, so that the sender tries again",
    (code) => expect(storeStatus(new Fault(code))).toBe(0xa700),
  );

  it.each([
    ['STORAGE_FULL', 0xa700],
    ['DICOM_TOO_LARGE', 0xa700],
    ['SOP_CLASS_MISMATCH', 0xa900],
    ['DICOM_UNPARSABLE', 0xc000],
    ['DICOM_TRUNCATED', 0xc000],
    ['DICOM_MISSING_ATTRIBUTE', 0xc000],
    ['DICOM_BAD_UID', 0x0117],
    ['INTERNAL', 0x0110],
  ] as const)('%s: %i', (code, status) => expect(storeStatus(new Fault(code))).toBe(status));

  it.each(CODES)('%s has a comment that fits (0000,0902), an LO of 64 characters', (code) => {
    const comment = errorComment(code, FAULTS[code].sentence);
    expect(comment.length).toBeLessThanOrEqual(64);
    expect(comment.startsWith(`${code}: `)).toBe(true);
    expect(comment).toMatch(/^[\x20-\x7e]+$/);
  });
});

describe('PS3.4 table B.2-1: what a peer answered', () => {
  it.each([
    [0x0000, 'taken'],
    [0x0111, 'taken'],
    [0xb000, 'takenWithWarning'],
    [0xb006, 'takenWithWarning'],
    [0xb007, 'takenWithWarning'],
    [0x0107, 'takenWithWarning'],
    [0x0116, 'takenWithWarning'],
    [0xa700, 'busy'],
    [0xa7ff, 'busy'],
    [0xa900, 'refused'],
    [0xa9ff, 'refused'],
    [0xc000, 'refused'],
    [0xcfff, 'refused'],
    [0x0110, 'busy'],
    [0x0213, 'busy'],
    [0x0122, 'refused'],
    [0x0124, 'refused'],
    [0xb001, 'refused'],
    [0xff00, 'refused'],
    [0xfe00, 'refused'],
  ] as const)('%i is %s', (status, meaning) => expect(storeMeaning(status)).toBe(meaning));

  it('only seven statuses of 65536 count as taken', () => {
    const taken = Array.from({ length: 0x10000 }, (_, status) => status).filter((status) =>
      storeMeaning(status).startsWith('taken'),
    );
    expect(taken).toEqual([0x0000, 0x0107, 0x0111, 0x0116, 0xb000, 0xb006, 0xb007]);
  });

  it('statuses are written as PS3.7 writes them', () => {
    expect([0, 0x0122, 0xa700].map(hexStatus)).toEqual(['0x0000', '0x0122', '0xA700']);
  });
});
