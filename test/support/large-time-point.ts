import { seededRandom } from '../../src/model/random.ts';
import type { Mask, Triple, Volume } from '../../src/volume/volume.ts';

const SPACING = [0.7, 0.7, 1] as const;
const RADIUS_MM = 20;

/**
 * Noise of 30 HU around soft tissue, and a ball of 20 mm in the middle; no anatomy, but the size of a real chest CT. `seed`: 64
 * hexadecimal digits. `size`: columns, rows, slices.
 */
export function largeTimePoint(seed: string, size: Triple): { volume: Volume; mask: Mask } {
  const [columns, rows, slices] = size;
  const grid = {
    size,
    spacing: SPACING,
    origin: [-180, -180, -150] as const,
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  };
  const random = seededRandom(seed);
  const noise = Int16Array.from({ length: 65_536 }, () => Math.round(60 * (random.uniform() - 0.5)));
  const voxels = new Int16Array(columns * rows * slices);
  const inside = new Uint8Array(voxels.length);
  let at = 0;
  for (let z = 0; z < slices; z++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++, at++) {
        const centre = [x - columns / 2, y - rows / 2, z - slices / 2];
        const distance = Math.hypot(...centre.map((offset, axis) => offset * (SPACING[axis] ?? 1)));
        inside[at] = distance < RADIUS_MM ? 1 : 0;
        voxels[at] = (inside[at] ? 40 : -800) + (noise[(at * 31 + z * 977) & 65_535] ?? 0);
      }
    }
  }
  return { volume: { ...grid, voxels }, mask: { ...grid, voxels: inside } };
}
