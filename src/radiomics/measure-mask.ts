import { canonicalJson, digestOf } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import type { Mask, Volume, Voxels } from '../volume/volume.ts';
import { type Extraction, extractFeatures } from './extract.ts';
import type { ExtractRequest, Measured } from './measurement.ts';
import { perturbedMasks } from './perturb.ts';
import { pixelPathOf, recipeDigest } from './recipe.ts';

/** Features of one region of a volume in memory, as often as asked, and under perturbed masks. `load`: seconds spent before. */
export function measureMask(volume: Volume, mask: Mask, request: ExtractRequest, load: number): Measured {
  const { settings, features: names, repeat = 1, isStabilityWanted = false } = request;
  const seconds: number[] = [];
  let extraction: Extraction | undefined;
  for (let i = 0; i < Math.max(1, repeat); i++) {
    const started = performance.now();
    extraction = extractFeatures(volume, mask, settings, names);
    seconds.push((performance.now() - started) / 1000);
  }
  const { features, undefinedBecause, grid, roiVoxels, isInterpolated, refinedVoxels } = extraction!;
  const { voxels, ...inputGrid } = volume;
  const pixelPath = pixelPathOf(volume);
  return {
    features,
    undefinedBecause,
    perturbed: isStabilityWanted ? perturbedValues(volume, mask, request) : {},
    recipeDigest: recipeDigest(settings, pixelPath),
    pixelPath,
    grid: inputGrid,
    resampled: { grid, roiVoxels, isInterpolated },
    refinedVoxels,
    imageDigest: digestOfGrid(inputGrid, voxels),
    maskDigest: digestOfGrid(inputGrid, mask.voxels),
    seconds: { load, cold: seconds[0]!, extraction: median(seconds) },
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** A mask that a perturbation makes too small has no values. */
function perturbedValues(
  volume: Volume,
  mask: Mask,
  { settings, features: all, perturbedFeatures: features = all }: ExtractRequest,
): Measured['perturbed'] {
  const values: Record<string, Record<string, number | null>> = Object.fromEntries(
    features.map((f) => [f, {}]),
  );
  for (const { name, mask: perturbed } of perturbedMasks(mask)) {
    const found = featuresOrNone(() => extractFeatures(volume, perturbed, settings, features).features);
    for (const feature of features) values[feature]![name] = found[feature] ?? null;
  }
  return values;
}

function featuresOrNone(extract: () => Extraction['features']): Extraction['features'] {
  try {
    return extract();
  } catch (thrown) {
    if (thrown instanceof Fault && (thrown.code === 'ROI_TOO_SMALL' || thrown.code === 'MASK_EMPTY'))
      return {};
    throw thrown;
  }
}

/** SHA-256 of the grid and the voxels' bytes, little endian, x fastest. */
const digestOfGrid = ({ size, spacing, origin, direction }: Measured['grid'], voxels: Voxels): string =>
  digestOf(
    canonicalJson({
      size,
      spacing,
      origin,
      direction,
      voxels: digestOf(new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength)),
    }),
  );
