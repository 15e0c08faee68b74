import type { Mask, Volume } from '../../src/volume/volume.ts';

/** Digital phantom of the IBSI reference manual (figure 5.1), slice by slice, 5 x 4 x 4; 0 stands for voxels outside the ROI. */
export const IBSI_DIGITAL = [
  [1, 4, 4, 1, 1, 1, 4, 6, 1, 1, 4, 1, 6, 4, 1, 4, 4, 6, 4, 1],
  [1, 4, 4, 1, 1, 1, 1, 6, 1, 1, 0, 1, 3, 1, 1, 4, 4, 6, 1, 1],
  [1, 4, 4, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 6, 1, 1],
  [1, 4, 4, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 6, 1, 1],
].flat();

/** Voxels of 2 mm. */
export function ibsiDigitalPhantom(): { volume: Volume; mask: Mask } {
  const grid = {
    size: [5, 4, 4],
    spacing: [2, 2, 2],
    origin: [0, 0, 0],
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  } as const;
  return {
    volume: { ...grid, voxels: Int16Array.from(IBSI_DIGITAL) },
    mask: { ...grid, voxels: Uint8Array.from(IBSI_DIGITAL, Math.sign) },
  };
}
