import { writeFileSync } from 'node:fs';
import type { Grid, Voxels } from '../../src/volume/volume.ts';

const TYPES: Readonly<Record<string, string>> = {
  Int16Array: 'short',
  Uint8Array: 'uchar',
  Float32Array: 'float',
  Float64Array: 'double',
};

/** An NRRD of a volume or mask, its voxels as they are. */
export function writeNrrd(
  file: string,
  { size, spacing, origin, direction, voxels }: Grid & { voxels: Voxels },
): void {
  const steps = [0, 1, 2].map(
    (axis) => `(${[0, 1, 2].map((row) => direction[3 * row + axis]! * spacing[axis as 0]!).join(',')})`,
  );
  const header =
    `NRRD0004\ntype: ${TYPES[voxels.constructor.name]}\ndimension: 3\nspace: LPS\nsizes: ${size.join(' ')}\n` +
    `space directions: ${steps.join(' ')}\nspace origin: (${origin.join(',')})\nendian: little\nencoding: raw\n\n`;
  const bytes = Buffer.from(voxels.buffer, voxels.byteOffset, voxels.byteLength);
  writeFileSync(file, Buffer.concat([Buffer.from(header), bytes]));
}
