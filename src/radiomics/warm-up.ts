import type { Mask, Volume } from '../volume/volume.ts';
import { extractFeatures } from './extract.ts';
import { featureNames } from './features.ts';
import type { ExtractionSettings } from './settings.ts';

const SIZE = 24;
/** Enough calls for the compiler to have seen every loop. */
const CALLS = 6;

/**
 * Runs the features on a tiny ball of noise, so that the first real lesion is measured by compiled code. The numbers are
 * thrown away.
 */
export function warmUp(settings: ExtractionSettings): void {
  const grid = {
    size: [SIZE, SIZE, SIZE] as const,
    spacing: [0.9, 0.9, 2] as const,
    origin: [0, 0, 0] as const,
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  };
  const volume: Volume = { ...grid, voxels: new Int16Array(SIZE ** 3) };
  const mask: Mask = { ...grid, voxels: new Uint8Array(SIZE ** 3) };
  let state = 1;
  for (let i = 0; i < SIZE ** 3; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    volume.voxels[i] = (state >>> 16) % 200;
    const [x, y, z] = [i % SIZE, Math.floor(i / SIZE) % SIZE, Math.floor(i / SIZE ** 2)];
    mask.voxels[i] = Math.hypot(x - SIZE / 2, y - SIZE / 2, z - SIZE / 2) < SIZE / 3 ? 1 : 0;
  }
  for (let call = 0; call < CALLS; call++) extractFeatures(volume, mask, settings, featureNames(settings));
}
