import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inflate } from '../../../../adapters/threads/inflate.ts';
import { Fault } from '../../../../src/fault.ts';
import { parseImageFile } from '../../../../src/volume/formats/image-file.ts';
import { niftiFile, nrrdFile } from '../../../support/image-files.ts';

const VALID = {
  'NRRD, raw': nrrdFile([6, 5, 4]),
  'NRRD, gzip': nrrdFile([6, 5, 4], { encoding: 'gzip' }),
  NIfTI: niftiFile([6, 5, 4], { sformOff: 0 }),
  'NIfTI, gzip': gzipSync(niftiFile([6, 5, 4])),
};
/** Header fields stand first: half of the flips hit them. */
const flip = (length: number) =>
  fc.tuple(
    fc.oneof(fc.integer({ min: 0, max: length - 1 }), fc.integer({ min: 0, max: Math.min(length, 400) - 1 })),
    fc.nat(255),
  );
const RUNS = Number(process.env['EARSHOT_FUZZ_RUNS'] ?? 1500);

describe('readers of image files, given cut and flipped files', () => {
  it.each(Object.entries(VALID))('%s: a volume or a fault, nothing else', (_, file) => {
    let [read, refused] = [0, 0];
    void fc.assert(
      fc.property(
        fc.array(flip(file.length), { maxLength: 6 }),
        fc.nat(file.length),
        fc.boolean(),
        (flips, cut, isCut) => {
          const bytes = Buffer.from(file);
          for (const [at, value] of flips) bytes[at] = value;
          try {
            const { voxels, size } = parseImageFile(isCut ? bytes.subarray(0, cut) : bytes, 'x', inflate);
            expect(voxels).toHaveLength(size[0] * size[1] * size[2]);
            read++;
          } catch (thrown) {
            if (!(thrown instanceof Fault)) throw thrown;
            refused++;
          }
        },
      ),
      { numRuns: RUNS, seed: 20_231 },
    );
    expect(read).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(0);
  });
});
