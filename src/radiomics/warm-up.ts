import type { Mask, Triple, Volume } from '../volume/volume.ts';
import { extractFeatures } from './extract.ts';
import { featureNames } from './features.ts';
import type { ExtractionSettings } from './settings.ts';

/** Enough rounds for the compiler to have seen every loop. */
const ROUNDS = 5;

/**
 * Runs the features on tiny balls of noise, so that the first real lesion is measured by compiled code. The balls differ in what
 * compiled code depends on: type of the voxels, whole and fractional numbers in the grid, a region at the border or far from it;
 * around them all is flat. The first one is so small that every function has been run to its end before its loops are compiled.
 * The numbers are thrown away.
 */
export function warmUp(settings: ExtractionSettings): void {
  const balls = [
    noiseBall([9, 9, 8], [0.9, 0.9, 2], new Int16Array(9 * 9 * 8), 3),
    noiseBall([24, 22, 20], [0.9, 0.9, 2], new Int16Array(24 * 22 * 20), 7),
    noiseBall([18, 20, 16], [0.8, 0.8, 3.27], new Float32Array(18 * 20 * 16), 9),
    noiseBall([20, 18, 14], [1, 1, 1], new Int16Array(20 * 18 * 14), 12),
    noiseBall([72, 68, 48], [0.98, 0.98, 3.27], new Float32Array(72 * 68 * 48), 9),
  ];
  const names = featureNames(settings);
  for (let round = 0; round < ROUNDS; round++) {
    for (const { volume, mask } of balls) extractFeatures(volume, mask, settings, names);
  }
}

/** A ball in the middle of a volume; with a radius beyond half of the size it is cut off by the border. */
function noiseBall(
  size: Triple,
  spacing: Triple,
  voxels: Int16Array | Float32Array,
  radius: number,
): { volume: Volume; mask: Mask } {
  const grid = {
    size,
    spacing,
    origin: [-spacing[0] / 2, 0, 0] as const,
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  };
  const inside = new Uint8Array(voxels.length);
  const [nx, ny, nz] = size;
  let state = 1;
  for (let i = 0; i < voxels.length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const [x, y, z] = [i % nx, Math.floor(i / nx) % ny, Math.floor(i / (nx * ny))];
    const isInside = Math.hypot(x - nx / 2, y - ny / 2, z - nz / 2) < radius;
    inside[i] = Number(isInside);
    voxels[i] = isInside ? ((state >>> 16) % 1000) / 5 : -700;
  }
  return { volume: { ...grid, voxels }, mask: { ...grid, voxels: inside } };
}
