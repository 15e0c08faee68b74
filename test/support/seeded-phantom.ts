import type { Grid, Mask, Volume } from '../../src/volume/volume.ts';

/** mulberry32: 32-bit integers only, so that any language gives the same sequence. Uniform in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const GRID: Grid = {
  size: [37, 31, 19],
  spacing: [0.9, 0.8, 2.25],
  origin: [-71.3, 12.6, -204.5],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};

/**
 * A nodule in lung made from a seed: not cubic, three different spacings, off centre, int16. Only exact arithmetic is used,
 * so that the oracle in test/support/oracle makes the same voxels. Voxels are drawn x fastest, one number each.
 */
export function seededPhantom(seed: number): { volume: Volume; mask: Mask } {
  const random = seededRandom(seed);
  const [nx, ny, nz] = GRID.size;
  const voxels = new Int16Array(nx * ny * nz);
  const inside = new Uint8Array(nx * ny * nz);
  for (let z = 0, i = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, i++) {
        const [dx, dy, dz] = [(x - 21) / 8, (y - 13) / 7, (z - 10) / 4];
        const isInside = dx * dx + dy * dy + dz * dz + (dx * dy) / 2 < 1;
        const noise = Math.floor(random() * 121) - 60;
        inside[i] = isInside ? 1 : 0;
        voxels[i] = (isInside ? 30 + 3 * (x - 21) - 2 * (z - 10) * (y - 13) : -810 + 2 * y) + noise;
      }
    }
  }
  return { volume: { ...GRID, voxels }, mask: { ...GRID, voxels: inside } };
}
