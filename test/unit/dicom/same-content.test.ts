import { describe, expect, test } from 'vitest';
import { type Dataset, readPart10, writePart10 } from '../../../src/dicom/part10.ts';
import { sameContent, sameContentButPatient } from '../../../src/dicom/same-content.ts';
import { ctSlice } from '../../support/ct-slice.ts';
import { asDeflated, asRle, RLE, rleFrame, withFrames } from '../../support/transcode.ts';

const IMPLICIT_VR = '1.2.840.10008.1.2';

const u16 = (value: number) => Buffer.from(new Uint16Array([value]).buffer);
const u32 = (value: number) => Buffer.from(new Uint32Array([value]).buffer);
const even = (text: string, pad: string) => Buffer.from(text.length % 2 ? text + pad : text, 'latin1');
const explicit = (group: number, element: number, vr: string, value: Buffer) =>
  Buffer.concat([u16(group), u16(element), Buffer.from(vr, 'latin1'), u16(value.length), value]);
const implicit = (group: number, element: number, value: Buffer) =>
  Buffer.concat([u16(group), u16(element), u32(value.length), value]);

/** A Part 10 file around a dataset: enough of the file meta information to be read. */
const file = (TransferSyntaxUID: string, dataset: Buffer): Buffer => {
  const meta = explicit(2, 0x10, 'UI', even(TransferSyntaxUID, '\0'));
  const length = explicit(2, 0, 'UL', u32(meta.length));
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), length, meta, dataset]);
};
const name = (text: string) => even(text, ' ');
const asExplicit = (text: string) => file('1.2.840.10008.1.2.1', explicit(0x10, 0x10, 'PN', name(text)));
const asImplicit = (text: string) => file(IMPLICIT_VR, implicit(0x10, 0x10, name(text)));

describe('sameContent', () => {
  test('one object in Explicit and in Implicit VR is the same', () => {
    expect(sameContent(asExplicit('Phantom^One'), asImplicit('Phantom^One'))).toBe(true);
  });

  test('another value is another object, in either syntax', () => {
    expect(sameContent(asExplicit('Phantom^One'), asImplicit('Phantom^Two'))).toBe(false);
    expect(sameContent(asExplicit('Phantom^One'), asExplicit('Phantom^Onf'))).toBe(false);
  });

  test('an element more is another object', () => {
    const more = file(
      '1.2.840.10008.1.2.1',
      Buffer.concat([explicit(0x10, 0x10, 'PN', name('Phantom^One')), explicit(0x10, 0x40, 'CS', name('F'))]),
    );
    expect(sameContent(asExplicit('Phantom^One'), more)).toBe(false);
  });

  test('one pixel of a CT slice makes another object', () => {
    const slice = ctSlice({ index: 1 });
    const changed = Buffer.from(slice);
    changed[changed.length - 5] = (changed[changed.length - 5] ?? 0) ^ 1;
    expect(sameContent(slice, Buffer.from(slice))).toBe(true);
    expect(sameContent(slice, changed)).toBe(false);
  });

  test('what does not parse is not the same as anything', () => {
    expect(sameContent(Buffer.from('text'), Buffer.from('text'))).toBe(false);
  });

  test('compressed pixels are compared as they are, whatever fragments they were cut into', () => {
    const slice = ctSlice({ size: 16 });
    expect(sameContent(asRle(slice), asRle(slice, { fragments: 3, hasOffsetTable: true }))).toBe(true);
    expect(sameContent(asRle(slice), asRle(ctSlice({ size: 16, seed: 2 })))).toBe(false);
    const cut = withFrames(slice, RLE, [rleFrame(Buffer.alloc(512), 2)]);
    expect(sameContent(asRle(slice), cut)).toBe(false);
  });

  test('nothing is decoded: in another form compressed pixels are another object', () => {
    const slice = ctSlice({ size: 16 });
    expect(sameContent(slice, asRle(slice))).toBe(false);
    expect(sameContent(asDeflated(slice), asDeflated(slice))).toBe(false);
  });

  test('of a compressed object the patient may be left out, and nothing else', () => {
    const renamed = (changes: Dataset) =>
      asRle(writePart10({ ...readPart10(ctSlice({ size: 16 })), ...changes }));
    expect(sameContentButPatient(renamed({}), renamed({ PatientID: 'NEW', PatientName: 'New^Name' }))).toBe(
      true,
    );
    expect(sameContentButPatient(renamed({}), renamed({ StudyDate: '20260103' }))).toBe(false);
  });
});
