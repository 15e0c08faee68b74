import { describe, expect, it } from 'vitest';
import { SOP_CLASSES, sopClass, transferSyntaxesFor } from '../../../src/dicom/sop-class.ts';
import { isLossy, isNative, TRANSFER_SYNTAXES } from '../../../src/dicom/transfer-syntax.ts';
import { isUid } from '../../../src/dicom/uid.ts';

describe('SOP classes', () => {
  it('every row has a valid UID of its own', () => {
    expect(SOP_CLASSES.every(({ uid }) => isUid(uid))).toBe(true);
    expect(new Set(SOP_CLASSES.map(({ uid }) => uid)).size).toBe(SOP_CLASSES.length);
  });

  it('CT, RTSTRUCT and SEG are kept in every syntax that is decoded, no codec first; what may be our own report is looked at', () => {
    for (const uid of [
      '1.2.840.10008.5.1.4.1.1.2',
      '1.2.840.10008.5.1.4.1.1.481.3',
      '1.2.840.10008.5.1.4.1.1.66.4',
    ]) {
      expect(sopClass(uid)?.action).toBe('keep');
      expect(transferSyntaxesFor(uid)).toEqual(TRANSFER_SYNTAXES.map((each) => each.uid));
    }
    expect(sopClass('1.2.840.10008.5.1.4.1.1.88.33')).toMatchObject({ role: 'report', action: 'look' });
    expect(sopClass('1.2.840.10008.5.1.4.1.1.88.67')).toMatchObject({ role: 'report', action: 'ignore' });
  });

  it('a class that is ignored may come compressed; an unknown class is not taken', () => {
    expect(transferSyntaxesFor('1.2.840.10008.5.1.4.1.1.3.1')).toContain('1.2.840.10008.1.2.4.50');
    expect(transferSyntaxesFor('1.2.3')).toEqual([]);
  });

  it('native before codecs, lossless before lossy (PS3.5 annex A)', () => {
    const codings = TRANSFER_SYNTAXES.map(({ uid }) => isNative(uid));
    expect(codings.lastIndexOf(true)).toBeLessThan(codings.indexOf(false));
    const losses = TRANSFER_SYNTAXES.map((each) => each.isLossy);
    expect(losses.lastIndexOf(false)).toBeLessThan(losses.indexOf(true));
  });

  it('what may have lost something is lossy: by its syntax, or by the word of its header (PS3.3 C.7.6.1.1.5)', () => {
    const lossy = ['50', '51', '81', '91', '203'].map((each) => `1.2.840.10008.1.2.4.${each}`);
    for (const TransferSyntaxUID of lossy) expect(isLossy({ TransferSyntaxUID })).toBe(true);
    const native = { TransferSyntaxUID: '1.2.840.10008.1.2.1' };
    expect(isLossy({ ...native, LossyImageCompression: '01' })).toBe(true);
    expect(isLossy({ ...native, LossyImageCompression: '00' })).toBe(false);
    expect(isLossy({ TransferSyntaxUID: '1.2.840.10008.1.2.4.90' })).toBe(false);
  });
});
