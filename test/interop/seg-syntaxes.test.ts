/** Segmentations as DCMTK compresses them, byte for byte theirs: RLE and JPEG-LS of a byte a pixel, deflated and big endian of bits. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeFrame, startCodecs } from '../../adapters/threads/codecs.ts';
import { inflateRaw } from '../../adapters/threads/inflate.ts';
import { inflatedPart10 } from '../../src/dicom/deflated.ts';
import { maskOnVolume } from '../../src/masks/mask-on-volume.ts';
import { runChild } from '../support/child.ts';
import { whyNotInstalled } from '../support/installed.ts';
import { COLUMNS, ctVolume, ROWS, segFile } from '../support/mask-fixtures.ts';

const missing = whyNotInstalled('dcmcrle', 'dcmcjpls', 'dcmconv');
const PIXELS = ROWS * COLUMNS;
const ct = ctVolume(4);
const frames = [3, 0, 2].map((slice) => ({
  segment: 1,
  slice,
  bits: Array.from({ length: PIXELS }, (_, i) => ((i * 7 + slice * 13) % 5 < 2 ? 1 : 0)),
}));
const binary = segFile(frames);
const values = Uint8Array.from({ length: PIXELS * 3 + 1 }, (_, i) => (i * 37) % 256);
const bytes = { BitsAllocated: 8, BitsStored: 8, HighBit: 7, PixelData: values.buffer };
const fractional = segFile(frames, {
  overrides: {
    ...bytes,
    SegmentationType: 'FRACTIONAL',
    SegmentationFractionalType: 'PROBABILITY',
    MaximumFractionalValue: 255,
  },
});

describe(`segmentations of DCMTK${missing ? ` ${missing}` : ''}`, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'earshot-seg-'));
    await startCodecs();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.skipIf(missing).each([
    ['binary, deflated', binary, 'dcmconv', '+td'],
    ['binary, big endian', binary, 'dcmconv', '+tb'],
    ['binary, implicit', binary, 'dcmconv', '+ti'],
    ['fractional, RLE', fractional, 'dcmcrle', '-v'],
    ['fractional, JPEG-LS', fractional, 'dcmcjpls', '+el'],
    ['fractional, deflated', fractional, 'dcmconv', '+td'],
  ])('%s: every voxel is where the native one has it', async (name, native, program, option) => {
    const [from, to] = [join(folder, `${name}-in.dcm`), join(folder, `${name}-out.dcm`)];
    await writeFile(from, native);
    const { status, output } = await runChild(program, [option, from, to]);
    expect(status, output).toBe(0);
    const file = inflatedPart10(await readFile(to), inflateRaw);
    const { mask, findings } = maskOnVolume(file, 1, ct, decodeFrame);
    expect({ voxels: [...mask.voxels], findings }).toEqual({
      voxels: [...maskOnVolume(native, 1, ct).mask.voxels],
      findings: maskOnVolume(native, 1, ct).findings,
    });
  });
});
