import type { Grid, Mask, Triple, Volume } from '../volume/volume.ts';
import { correlatedNoise } from './correlated-noise.ts';

/** An ellipsoid, LPS mm: centre and semi-axes along x, y, z. */
export type Ellipsoid = Readonly<{ centre: Triple; semiAxes: Triple }>;

/** A lesion: the union of its ellipsoids, filled with two scales of texture. */
export type Lesion = Readonly<{
  ellipsoids: readonly Ellipsoid[];
  /** mean attenuation, HU */
  meanHu: number;
  /** SD of the texture with short correlation, HU */
  fineHu: number;
  fineSigmaMm: number;
  /** SD of the texture with long correlation, HU */
  coarseHu: number;
  coarseSigmaMm: number;
}>;

/** Attenuation, HU. */
const AIR = -1000;
const SOFT_TISSUE = 40;
const LUNG = -850;
/** SD of the lung's texture, of soft tissue and of the scanner's noise, HU. */
const LUNG_TEXTURE = 35;
const TISSUE_TEXTURE = 8;
const SCANNER_NOISE = 10;
/** A border is drawn over this length, mm: partial volume and point spread of a soft kernel. */
const BORDER_MM = 2;

/**
 * A chest-like image in HU and the mask of its lesion on the same grid, x fastest.
 *
 * An elliptic body of soft tissue that fills the field of view, two lungs, a lesion. The mask holds the voxels whose
 * centre lies inside one of the lesion's ellipsoids. `name` is the seed of every texture: the same name and
 * arguments give the same voxels. Axes of the grid must be those of the patient.
 */
export function chest(name: string, grid: Grid, lesion: Lesion): { volume: Volume; mask: Mask } {
  const { size, spacing, origin } = grid;
  const noise = (part: string, sigmaMm: number) => correlatedNoise(`${name}/${part}`, spacing, sigmaMm);
  const [scanner, organ] = [noise('scanner', 0), noise('organ', 1.6)];
  const [fine, coarse] = [noise('fine', lesion.fineSigmaMm), noise('coarse', lesion.coarseSigmaMm)];
  const organs = organsOf(grid);
  const voxels = new Int16Array(size[0] * size[1] * size[2]);
  const inside = new Uint8Array(voxels.length);
  for (let index = 0; index < voxels.length; index += 1) {
    const x = index % size[0];
    const y = Math.floor(index / size[0]) % size[1];
    const z = Math.floor(index / (size[0] * size[1]));
    const point: Triple = [
      origin[0] + x * spacing[0],
      origin[1] + y * spacing[1],
      origin[2] + z * spacing[2],
    ];
    const depth = deepest(lesion.ellipsoids, point);
    const texture = lesion.fineHu * fine(x, y, z) + lesion.coarseHu * coarse(x, y, z);
    const around = backgroundHu(organs, point, organ(x, y, z));
    const hu = mix(around, lesion.meanHu + texture, cover(depth)) + SCANNER_NOISE * scanner(x, y, z);
    voxels[index] = Math.max(-1024, Math.min(3071, Math.round(hu)));
    inside[index] = depth > 0 ? 1 : 0;
  }
  return { volume: { ...grid, voxels }, mask: { ...grid, voxels: inside } };
}

type Organs = Readonly<{ body: Ellipsoid; lungs: readonly Ellipsoid[] }>;

/** Where the lungs of a grid are; the lesion is placed by it. LPS: the right lung first (smaller x). */
export function organsOf(grid: Grid): Organs {
  const extent = grid.size.map((count, axis) => count * (grid.spacing[axis] ?? 1));
  const [width = 0, depth = 0, height = 0] = extent;
  const centre = grid.origin.map(
    (start, axis) => start + ((extent[axis] ?? 0) - (grid.spacing[axis] ?? 0)) / 2,
  );
  const [x = 0, y = 0, z = 0] = centre;
  const lung = (side: -1 | 1): Ellipsoid => ({
    centre: [x + side * 0.235 * width, y, z],
    semiAxes: [0.2 * width, 0.33 * depth, height],
  });
  return {
    body: { centre: [x, y, z], semiAxes: [0.485 * width, 0.43 * depth, 20 * height] },
    lungs: [lung(-1), lung(1)],
  };
}

function backgroundHu(organs: Organs, point: Triple, texture: number): number {
  const tissue = SOFT_TISSUE + TISSUE_TEXTURE * texture;
  const body = mix(AIR, tissue, cover(depthMm(organs.body, point)));
  return mix(body, LUNG + LUNG_TEXTURE * texture, cover(deepest(organs.lungs, point)));
}

function deepest(ellipsoids: readonly Ellipsoid[], point: Triple): number {
  let depth = Number.NEGATIVE_INFINITY;
  for (const ellipsoid of ellipsoids) depth = Math.max(depth, depthMm(ellipsoid, point));
  return depth;
}

/** Depth below an ellipsoid's surface, negative outside, mm: exact at the surface, near enough beside it. */
function depthMm({ centre, semiAxes }: Ellipsoid, point: Triple): number {
  const x = (point[0] - centre[0]) / semiAxes[0];
  const y = (point[1] - centre[1]) / semiAxes[1];
  const z = (point[2] - centre[2]) / semiAxes[2];
  return (1 - Math.sqrt(x * x + y * y + z * z)) * Math.min(semiAxes[0], semiAxes[1], semiAxes[2]);
}

/** Share of a voxel that lies below a surface, 0 to 1, smooth over the border. */
function cover(depth: number): number {
  const share = Math.max(0, Math.min(1, depth / BORDER_MM + 0.5));
  return share * share * (3 - 2 * share);
}

const mix = (outer: number, inner: number, share: number): number => outer + (inner - outer) * share;
