/** What is told of a region as it was drawn, on the grid of its image, before any refinement or resampling. */
import { boundingBox, copyBox, placesOf } from '../volume/box.ts';
import type { CtVolume } from '../volume/from-instances.ts';
import type { Mask } from '../volume/volume.ts';
import { diameters } from './families/diameters.ts';
import type { RoiDescription } from './measurement.ts';

/** HU, both ends inclusive. Air of a cavity or bronchus, below aerated lung; water and effusion, below unenhanced tumour. */
const AIR = { from: Number.NEGATIVE_INFINITY, to: -900 } as const;
const FLUID = { from: -10, to: 20 } as const;

const isIn = ({ from, to }: Readonly<{ from: number; to: number }>, hu: number): boolean =>
  hu >= from && hu <= to;

/** Counts, extent, padding and contents of the region, which has at least one voxel. */
export function describeRoi({ volume, paddingHu }: CtVolume, mask: Mask): RoiDescription {
  const [columns, rows, slices] = volume.size;
  const pixels = columns * rows;
  const touched: number[] = [];
  let [voxels, air, fluid] = [0, 0, 0];
  let hasPadding = false;
  for (let z = 0; z < slices; z++) {
    const places = placesOf(mask.voxels.subarray(z * pixels, (z + 1) * pixels));
    const [from, to] = paddingHu(z) ?? [Number.NaN, Number.NaN];
    const padding = { from, to };
    for (const place of places) {
      const hu = volume.voxels[z * pixels + place]!;
      if (isIn(padding, hu)) hasPadding = true;
      if (isIn(AIR, hu)) air++;
      if (isIn(FLUID, hu)) fluid++;
    }
    if (places.length > 0) touched.push(z);
    voxels += places.length;
  }
  const [dx, dy, dz] = volume.spacing;
  return {
    voxels,
    volumeMm3: voxels * dx * dy * dz,
    slices: [touched[0]!, touched.at(-1)!],
    hasPadding,
    ...extentOf(mask, volume.spacing),
    airFraction: air / voxels,
    fluidFraction: fluid / voxels,
  };
}

/** Diameters between the outer edges of voxels, as PyRadiomics measures Maximum2DDiameterSlice and Maximum3DDiameter. */
function extentOf(
  mask: Mask,
  spacing: Mask['spacing'],
): Pick<RoiDescription, 'longestInPlaneDiameterMm' | 'maximum3DDiameterMm'> {
  const box = boundingBox(mask)!;
  const inside = new Uint8Array(box.size[0] * box.size[1] * box.size[2]);
  copyBox(mask.voxels, mask.size, box, inside);
  const extent = diameters({ inside, size: box.size, spacing });
  return { longestInPlaneDiameterMm: extent.across(2), maximum3DDiameterMm: extent.inSpace() };
}
