import { describe, expect, it } from 'vitest';
import { readHeader } from '../../../src/dicom/read-header.ts';
import { Fault, type FaultCode } from '../../../src/fault.ts';
import { ctFile, rtstructFile, segFile } from '../../support/mask-fixtures.ts';

const codeOf = (run: () => unknown): FaultCode | undefined => {
  try {
    run();
  } catch (thrown) {
    return thrown instanceof Fault ? thrown.code : 'INTERNAL';
  }
  return undefined;
};

/** An explicit VR little endian file with this data set. */
function part10(dataset: Uint8Array, transferSyntax = '1.2.840.10008.1.2.1'): Uint8Array {
  const uid = transferSyntax.padEnd(transferSyntax.length + (transferSyntax.length % 2), '\0');
  const element = Buffer.concat([Buffer.from([2, 0, 0x10, 0, 0x55, 0x49, uid.length, 0]), Buffer.from(uid)]);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), element, dataset]);
}

describe('readHeader', () => {
  it('reads the attributes of a CT slice and says where its data set begins', () => {
    const file = ctFile(0, {
      PatientName: 'Müller^Jörg',
      PatientWeight: '',
      ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    });
    const { header, datasetOffset } = readHeader(file)!;
    expect(header).toMatchObject({
      TransferSyntaxUID: '1.2.840.10008.1.2.1',
      SOPInstanceUID: '2.25.50.1',
      PatientName: 'Müller^Jörg',
      PatientWeight: '',
      ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
      ImagePositionPatient: [-8, 4, 10],
      PixelSpacing: [0.5, 0.25],
      RescaleIntercept: -1000,
      Rows: 5,
      Columns: 7,
      hasContrastBolus: false,
    });
    expect(header.AccessionNumber).toBeUndefined();
    expect(Buffer.from(file.subarray(datasetOffset, datasetOffset + 2)).readUInt16LE()).toBe(8);
  });

  it('asks for more of the file at every cut before the pixels, and needs no byte of them', () => {
    const file = ctFile(0);
    const pixels = file.length - 5 * 7 * 2;
    for (let cut = 0; cut < pixels; cut++)
      expect(readHeader(file.subarray(0, cut), file.length), `cut at ${cut}`).toBeUndefined();
    expect(readHeader(file.subarray(0, pixels), file.length)?.header.Rows).toBe(5);
  });

  it('the header of a structure set needs no byte of its contours', () => {
    const file = rtstructFile([{ points: [[1, 1, 1]] }]);
    const contours = Buffer.from(file).indexOf(Buffer.from([0x06, 0x30, 0x02, 0x00]));
    expect(readHeader(file.subarray(0, contours + 8), file.length)?.header.Modality).toBe('RTSTRUCT');
    expect(readHeader(file.subarray(0, contours - 1), file.length)).toBeUndefined();
  });

  it('a whole structure set or segmentation that ends too early is truncated', () => {
    for (const file of [
      rtstructFile([{ points: [[1, 1, 1]] }]),
      segFile([{ segment: 1, slice: 0, bits: [1] }]),
    ]) {
      expect(readHeader(file)).toBeDefined();
      for (const missing of [1, 3, 9])
        expect(codeOf(() => readHeader(file.subarray(0, -missing)))).toBe('DICOM_TRUNCATED');
    }
  });

  it('a header above its limit is refused, whatever it is made of', () => {
    const item = Buffer.from('feff00e000000000', 'hex');
    const sequence = (tag: string, count: number) =>
      Buffer.concat([
        Buffer.from(`${tag}53510000ffffffff`, 'hex'),
        Buffer.alloc(count * item.length, item),
        Buffer.from('feffdde000000000', 'hex'),
      ]);
    const long = Buffer.from('10001000504e0000', 'hex');
    const name = Buffer.concat([Buffer.from('10001000554e000000000200', 'hex'), Buffer.alloc(0x20000, 0x41)]);
    expect(codeOf(() => readHeader(part10(sequence('08001111', 2_200_000))))).toBe('DICOM_TOO_LARGE');
    expect(codeOf(() => readHeader(part10(sequence('08003210', 100_000))))).toBe('DICOM_TOO_LARGE');
    expect(codeOf(() => readHeader(part10(name)))).toBe('DICOM_TOO_LARGE');
    expect(codeOf(() => readHeader(part10(Buffer.concat([sequence('08001111', 100_000), long]))))).toBe(
      'DICOM_MISSING_ATTRIBUTE',
    );
  });

  it('codes are read from sequences with and without lengths', () => {
    const ProcedureCodeSequence = [{ CodeValue: '1', CodingSchemeDesignator: '99X', CodeMeaning: 'CT' }];
    const file = Buffer.from(ctFile(0, { ProcedureCodeSequence }));
    expect(readHeader(file)?.header.ProcedureCodeSequence).toEqual(ProcedureCodeSequence);
    const at = file.indexOf(Buffer.from('08003210', 'hex'));
    const length = file.readUInt32LE(at + 8);
    const open = Buffer.concat([
      file.subarray(0, at + 12 + length),
      Buffer.from('feffdde000000000', 'hex'),
      file.subarray(at + 12 + length),
    ]);
    open.writeUInt32LE(0xffffffff, at + 8);
    expect(readHeader(length === 0xffffffff ? file : open)?.header).toMatchObject({
      ProcedureCodeSequence,
      Rows: 5,
    });
  });

  it('a file that ends within its pixels is truncated', () => {
    const file = ctFile(0);
    for (const missing of [1, 30, 70])
      expect(codeOf(() => readHeader(file.subarray(0, -missing)))).toBe('DICOM_TRUNCATED');
    expect(codeOf(() => readHeader(file.subarray(0, 400)))).toBe('DICOM_TRUNCATED');
  });

  it('refuses what is not DICOM', () => {
    expect(codeOf(() => readHeader(Buffer.alloc(4096, 0x41)))).toBe('DICOM_UNPARSABLE');
    expect(codeOf(() => readHeader(part10(Buffer.alloc(64, 0xff))))).toBe('DICOM_UNPARSABLE');
  });

  it('refuses missing and malformed identifiers by name, without their values', () => {
    expect(codeOf(() => readHeader(ctFile(0, { SeriesInstanceUID: '' })))).toBe('DICOM_MISSING_ATTRIBUTE');
    expect(codeOf(() => readHeader(ctFile(0, { StudyInstanceUID: undefined })))).toBe(
      'DICOM_MISSING_ATTRIBUTE',
    );
    expect(codeOf(() => readHeader(ctFile(0, { SOPInstanceUID: '1..2' })))).toBe('DICOM_BAD_UID');
    expect(() => readHeader(ctFile(0, { StudyInstanceUID: '../1.2' }))).toThrow(/StudyInstanceUID/);
    expect(() => readHeader(ctFile(0, { StudyInstanceUID: '01.22' }))).not.toThrow(/01\.22/);
  });

  it('refuses deflated objects, which could unpack to any size', () => {
    expect(codeOf(() => readHeader(part10(Buffer.alloc(64), '1.2.840.10008.1.2.1.99')))).toBe(
      'TRANSFER_SYNTAX_UNSUPPORTED',
    );
  });

  it('sequences nested a hundred thousand deep are refused, not fatal', () => {
    const open = Buffer.from('08003211535100 00ffffffff feff00e0ffffffff'.replaceAll(' ', ''), 'hex');
    expect(codeOf(() => readHeader(part10(Buffer.concat(Array(100_000).fill(open)))))).toBe(
      'DICOM_UNPARSABLE',
    );
  });

  it('malformed numbers are absent', () => {
    const header = readHeader(
      ctFile(0, { SliceThickness: 'thin', ImagePositionPatient: ['1', 'x', '3'] }),
    )!.header;
    expect(header.SliceThickness).toBeUndefined();
    expect(header.ImagePositionPatient).toBeUndefined();
  });

  it('contrast is seen by agent sequence, volume or start time', () => {
    const seen = (overrides: Record<string, unknown>) =>
      readHeader(ctFile(0, overrides))!.header.hasContrastBolus;
    expect(seen({ ContrastBolusVolume: '80' })).toBe(true);
    expect(seen({ ContrastBolusVolume: '0' })).toBe(false);
    expect(seen({ ContrastBolusStartTime: '101500' })).toBe(true);
    expect(seen({ ContrastBolusAgentSequence: [{ CodeValue: '1' }] })).toBe(true);
    expect(seen({ ContrastBolusAgentSequence: [] })).toBe(false);
  });
});
