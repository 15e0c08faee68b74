import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inflate } from '../../../../adapters/threads/inflate.ts';
import { parseImageFile } from '../../../../src/volume/formats/image-file.ts';
import type { Triple } from '../../../../src/volume/volume.ts';
import { niftiFile, nrrdFile } from '../../../support/image-files.ts';

const size: Triple = [4, 3, 2];
const parse = (bytes: Uint8Array, name = 'image') => parseImageFile(bytes, name, inflate);
const counting = Array.from({ length: 24 }, (_, i) => i);
const EXPECTED = {
  size,
  spacing: [0.5, 0.5, 2],
  origin: [-10, -20, 30],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
/** -0 is 0 here. */
const plain = (numbers: readonly number[]) => numbers.map((n) => n + 0);
const faultOf = (bytes: Uint8Array, name?: string) => {
  try {
    parse(bytes, name);
  } catch (thrown) {
    return String(thrown);
  }
  return 'none';
};

describe('an NRRD', () => {
  it.each(['raw', 'gzip'])('is read in its pixel type, %s', (encoding) => {
    const { voxels, ...grid } = parse(nrrdFile(size, { encoding }));
    expect(voxels).toBeInstanceOf(Int16Array);
    expect([...voxels]).toEqual(counting);
    expect(grid).toEqual(EXPECTED);
  });
  it('in RAS coordinates is turned to LPS', () => {
    const ras = nrrdFile(size, {
      space: 'right-anterior-superior',
      'space directions': '(-0.5,0,0) (0,-0.5,0) (0,0,2)',
      'space origin': '(10,20,30)',
    });
    const { direction, origin } = parse(ras);
    expect(plain(direction)).toEqual(EXPECTED.direction);
    expect(plain(origin)).toEqual(EXPECTED.origin);
  });
  it('big-endian voxels are swapped', () => {
    expect(parse(nrrdFile(size, { endian: 'big' })).voxels[1]).toBe(256);
  });
  it('with spacings instead of directions has the axes of the patient', () => {
    const { spacing, origin } = parse(
      nrrdFile(size, { 'space directions': '', spacings: '1 2 3', 'axis mins': '4 5 6' }),
    );
    expect(spacing).toEqual([1, 2, 3]);
    expect(origin).toEqual([4, 5, 6]);
  });
  it.each([
    ['a detached header', nrrdFile(size, { 'data file': 'x.raw' }), 'IMAGE_FILE_UNSUPPORTED'],
    ['an unknown encoding', nrrdFile(size, { encoding: 'bzip2' }), 'IMAGE_FILE_UNSUPPORTED'],
    ['four dimensions', nrrdFile(size, { dimension: '4', sizes: '3 4 3 2' }), 'IMAGE_FILE_UNSUPPORTED'],
    ['64-bit integers', nrrdFile(size, { type: 'int64' }), 'IMAGE_FILE_UNSUPPORTED'],
    ['a space that is not of a patient', nrrdFile(size, { space: 'scanner-xyz' }), 'IMAGE_FILE_UNSUPPORTED'],
    [
      'skewed axes',
      nrrdFile(size, { 'space directions': '(1,0,0) (0.5,1,0) (0,0,1)' }),
      'IMAGE_FILE_UNSUPPORTED',
    ],
    [
      'a spacing of 0',
      nrrdFile(size, { 'space directions': '(0,0,0) (0,1,0) (0,0,1)' }),
      'IMAGE_FILE_UNREADABLE',
    ],
    ['no type', nrrdFile(size, { type: '' }), 'IMAGE_FILE_UNREADABLE'],
    ['no endian', nrrdFile(size, { endian: '' }), 'IMAGE_FILE_UNREADABLE'],
    ['a size of -1', nrrdFile(size, { sizes: '4 3 -1' }), 'IMAGE_FILE_UNREADABLE'],
    ['too few voxels', nrrdFile(size).subarray(0, -4), 'IMAGE_FILE_UNREADABLE'],
    ['truncated gzip', nrrdFile(size, { encoding: 'gzip' }).subarray(0, -12), 'IMAGE_FILE_UNREADABLE'],
    ['more voxels than any scan', nrrdFile(size, { sizes: '99999 99999 9' }), 'IMAGE_TOO_LARGE'],
  ])('with %s is refused with a code', (_, bytes, code) => expect(faultOf(bytes)).toContain(code));
});

describe('a NIfTI', () => {
  it.each([false, true])('is read in its pixel type, big-endian: %s', (isBigEndian) => {
    const { voxels, direction, origin, spacing } = parse(niftiFile(size, { isBigEndian }));
    expect(voxels).toBeInstanceOf(Int16Array);
    expect([...voxels]).toEqual(counting);
    expect(spacing).toEqual(EXPECTED.spacing);
    expect(plain(direction)).toEqual(EXPECTED.direction);
    expect(plain(origin)).toEqual(EXPECTED.origin);
  });
  it('gzipped is the same', () => {
    expect(parse(gzipSync(niftiFile(size)), 'a.nii.gz')).toEqual(parse(niftiFile(size)));
  });
  it('with an sform alone has its directions', () => {
    const { direction, origin } = parse(niftiFile(size, { qform: false, sformOff: 1 }));
    expect(plain(direction)).toEqual(EXPECTED.direction);
    expect(plain(origin)).toEqual([-11, -20, 30]);
  });
  it('with both that agree is read, with both that disagree refused', () => {
    expect(faultOf(niftiFile(size, { sformOff: 0 }))).toBe('none');
    expect(faultOf(niftiFile(size, { sformOff: 1 }))).toMatch(
      /IMAGE_FILE_UNSUPPORTED.*qform and sform disagree by 1/,
    );
  });
  it('scaled becomes float32', () => {
    const { voxels } = parse(niftiFile(size, { slope: 2, inter: -1000 }));
    expect(voxels).toBeInstanceOf(Float32Array);
    expect(voxels[3]).toBe(-994);
    expect(parse(niftiFile(size, { slope: 1 })).voxels).toBeInstanceOf(Int16Array);
  });
  it.each([
    ['RGB', niftiFile(size, { datatype: 128 }), 'IMAGE_FILE_UNSUPPORTED'],
    ['four dimensions', niftiFile(size, { dimensions: [4, 4, 3, 1, 2] }), 'IMAGE_FILE_UNSUPPORTED'],
    ['a detached header', niftiFile(size, { magic: 'ni1' }), 'IMAGE_FILE_UNSUPPORTED'],
    ['another magic', niftiFile(size, { magic: 'xyz' }), 'IMAGE_FILE_UNREADABLE'],
    ['too few voxels', niftiFile(size).subarray(0, -4), 'IMAGE_FILE_UNREADABLE'],
    ['half a header', niftiFile(size).subarray(0, 200), 'IMAGE_FILE_UNREADABLE'],
    ['truncated gzip', gzipSync(niftiFile(size)).subarray(0, -12), 'IMAGE_FILE_UNREADABLE'],
  ])('with %s is refused with a code', (_, bytes, code) => expect(faultOf(bytes)).toContain(code));
});

describe('another file', () => {
  it('is refused, and half a pair is called so', () => {
    expect(faultOf(Buffer.from('hello'))).toContain('IMAGE_FILE_UNREADABLE');
    expect(faultOf(new Uint8Array(0))).toContain('IMAGE_FILE_UNREADABLE');
    expect(faultOf(Buffer.from('x'), 'a.nhdr')).toContain('IMAGE_FILE_UNSUPPORTED');
  });
});
