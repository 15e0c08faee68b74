import { describe, expect, it } from 'vitest';
import { SOP_CLASSES, sopClass, transferSyntaxesFor } from '../../../src/dicom/sop-class.ts';
import { isUid } from '../../../src/dicom/uid.ts';

describe('SOP classes', () => {
  it('every row has a valid UID of its own', () => {
    expect(SOP_CLASSES.every(({ uid }) => isUid(uid))).toBe(true);
    expect(new Set(SOP_CLASSES.map(({ uid }) => uid)).size).toBe(SOP_CLASSES.length);
  });

  it('CT, RTSTRUCT and SEG are kept, uncompressed only; our own reports coming back are ignored', () => {
    for (const uid of [
      '1.2.840.10008.5.1.4.1.1.2',
      '1.2.840.10008.5.1.4.1.1.481.3',
      '1.2.840.10008.5.1.4.1.1.66.4',
    ]) {
      expect(sopClass(uid)?.action).toBe('keep');
      expect(transferSyntaxesFor(uid)).toEqual(['1.2.840.10008.1.2.1', '1.2.840.10008.1.2']);
    }
    expect(sopClass('1.2.840.10008.5.1.4.1.1.88.33')).toMatchObject({ role: 'report', action: 'ignore' });
  });

  it('a class that is ignored may come compressed; an unknown class is not taken', () => {
    expect(transferSyntaxesFor('1.2.840.10008.5.1.4.1.1.3.1')).toContain('1.2.840.10008.1.2.4.50');
    expect(transferSyntaxesFor('1.2.3')).toEqual([]);
  });
});
