/** What is told of a region as it was drawn, on the grid of its image, before any refinement or resampling. */
import { type Box, boundingBox, copyBox } from '../volume/box.ts';
import type { CtVolume } from '../volume/from-instances.ts';
import type { Mask } from '../volume/volume.ts';
import { diameters } from './families/diameters.ts';
import type { RoiDescription } from './measurement.ts';

/** HU, both ends inclusive. Air of a cavity or bronchus, below aerated lung; water and effusion, below unenhanced tumour. */
const AIR = { from: Number.NEGATIVE_INFINITY, to: -900 } as const;
const FLUID = { from: -10, to: 20 } as const;

type Range = Readonly<{ from: number; to: number }>;
const isIn = ({ from, to }: Range, hu: number): boolean => hu >= from && hu <= to;

/** Counts, extent, padding and contents of the region, which has at least one voxel. Only its bounding box is looked at. */
export function describeRoi({ volume, paddingHu }: CtVolume, mask: Mask): RoiDescription {
  const box = boundingBox(mask)!;
  const [columns, rows] = volume.size;
  const found = { voxels: 0, air: 0, fluid: 0, hasPadding: false };
  for (let z = box.start[2]; z < box.start[2] + box.size[2]; z++) {
    const [from, to] = paddingHu(z) ?? [Number.NaN, Number.NaN];
    for (let y = box.start[1]; y < box.start[1] + box.size[1]; y++) {
      const row = (z * rows + y) * columns + box.start[0];
      addRow(found, volume.voxels, mask.voxels, { from: row, to: row + box.size[0] }, { from, to });
    }
  }
  const [dx, dy, dz] = volume.spacing;
  return {
    voxels: found.voxels,
    volumeMm3: found.voxels * dx * dy * dz,
    slices: [box.start[2], box.start[2] + box.size[2] - 1],
    hasPadding: found.hasPadding,
    ...extentOf(mask, box, volume.spacing),
    airFraction: found.air / found.voxels,
    fluidFraction: found.fluid / found.voxels,
  };
}

/** The voxels of a row, by their places in the volume; `to` is the first one behind it. */
function addRow(
  found: { voxels: number; air: number; fluid: number; hasPadding: boolean },
  hus: ArrayLike<number>,
  inside: Uint8Array,
  row: Range,
  padding: Range,
): void {
  for (let place = row.from; place < row.to; place++) {
    if (inside[place] === 0) continue;
    const hu = hus[place]!;
    found.voxels++;
    if (isIn(AIR, hu)) found.air++;
    if (isIn(FLUID, hu)) found.fluid++;
    if (isIn(padding, hu)) found.hasPadding = true;
  }
}

/** Diameters between the outer edges of voxels, as PyRadiomics measures Maximum2DDiameterSlice and Maximum3DDiameter. */
function extentOf(
  mask: Mask,
  box: Box,
  spacing: Mask['spacing'],
): Pick<RoiDescription, 'longestInPlaneDiameterMm' | 'maximum3DDiameterMm'> {
  const inside = new Uint8Array(box.size[0] * box.size[1] * box.size[2]);
  copyBox(mask.voxels, mask.size, box, inside);
  const extent = diameters({ inside, size: box.size, spacing });
  return { longestInPlaneDiameterMm: extent.across(2), maximum3DDiameterMm: extent.inSpace() };
}
