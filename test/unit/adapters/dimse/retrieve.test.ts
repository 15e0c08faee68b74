import { expect, it } from 'vitest';
import { STORAGE_CONTEXTS } from '../../../../adapters/dimse/retrieve.ts';
import { SOP_CLASSES } from '../../../../src/dicom/sop-class.ts';

it('an association that asks by C-GET has room for all of its contexts (PS3.8 9.3.2.2: odd IDs up to 255)', () => {
  expect(STORAGE_CONTEXTS.length + 1).toBeLessThanOrEqual(128);
  const wanted = SOP_CLASSES.filter(({ action }) => action !== 'ignore').map(({ uid }) => uid);
  expect(new Set(STORAGE_CONTEXTS.map(({ abstractSyntax }) => abstractSyntax))).toEqual(new Set(wanted));
});
