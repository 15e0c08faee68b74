import { describe, expect, it } from 'vitest';
import { StudySpotter } from '../../../src/dicom/study-spotter.ts';
import { ctSlice, datasetOf } from '../../support/ct-slice.ts';

const EXPLICIT = '1.2.840.10008.1.2.1';
const DATASET = datasetOf(ctSlice({ study: '2.25.77' }));

function spotted(dataset: Buffer, pieceBytes: number, syntax = EXPLICIT): (string | undefined)[] {
  const spotter = new StudySpotter(syntax);
  const pieces = Math.ceil(dataset.length / pieceBytes);
  return Array.from({ length: pieces }, (_, i) =>
    spotter.push(dataset.subarray(i * pieceBytes, (i + 1) * pieceBytes)),
  );
}

describe('the study of an object that is still arriving', () => {
  it.each([1, 100, 16_000])('is known once, before the pixels, in pieces of %i bytes', (pieceBytes) => {
    const answers = spotted(DATASET, pieceBytes);
    expect(answers.filter(Boolean)).toEqual(['2.25.77']);
    const at = (answers.indexOf('2.25.77') + 1) * pieceBytes;
    expect(at).toBeLessThan(Math.max(1000, pieceBytes + 1));
  });

  it('is unknown for what is no data set, deflated, or names no valid study', () => {
    expect(spotted(Buffer.alloc(4000, 0x61), 100).every((one) => one === undefined)).toBe(true);
    expect(spotted(DATASET, 100, '1.2.840.10008.1.2.1.99').every((one) => one === undefined)).toBe(true);
    const evil = datasetOf(ctSlice({ study: '../etc' }));
    expect(spotted(evil, 100).every((one) => one === undefined)).toBe(true);
  });
});
