import { once } from '../once.ts';
import { diameters } from './diameters.ts';
import { meshOf, type RegionShape } from './mesh.ts';
import { principalVariances } from './principal-axes.ts';

/** What the features are made of, each part when it is first asked for. */
type Parts = Readonly<{
  mesh: () => ReturnType<typeof meshOf>;
  /** along the principal axes, descending, mm2 */
  variances: () => readonly number[];
  extent: ReturnType<typeof diameters>;
  /** mm3 */
  voxelVolume: () => number;
}>;

const FEATURES: Readonly<Record<string, (parts: Parts) => number>> = {
  Elongation: ({ variances }) => Math.sqrt(variances()[1]! / variances()[0]!),
  Flatness: ({ variances }) => Math.sqrt(variances()[2]! / variances()[0]!),
  LeastAxisLength: ({ variances }) => 4 * Math.sqrt(variances()[2]!),
  MajorAxisLength: ({ variances }) => 4 * Math.sqrt(variances()[0]!),
  Maximum2DDiameterColumn: ({ extent }) => extent.across(1),
  Maximum2DDiameterRow: ({ extent }) => extent.across(0),
  Maximum2DDiameterSlice: ({ extent }) => extent.across(2),
  Maximum3DDiameter: ({ extent }) => extent.inSpace(),
  MeshVolume: ({ mesh }) => mesh().volume,
  MinorAxisLength: ({ variances }) => 4 * Math.sqrt(variances()[1]!),
  Sphericity: ({ mesh }) => Math.cbrt(36 * Math.PI * mesh().volume ** 2) / mesh().surface,
  SurfaceArea: ({ mesh }) => mesh().surface,
  SurfaceVolumeRatio: ({ mesh }) => mesh().surface / mesh().volume,
  VoxelVolume: ({ voxelVolume }) => voxelVolume(),
};

/** Features of the region's shape by name. @see IBSI HCUG */
export function shapeFeatures(region: RegionShape, names: readonly string[]): Map<string, number> {
  const { inside, spacing } = region;
  const parts: Parts = {
    mesh: once(() => meshOf(region)),
    variances: once(() => principalVariances(region, [0, 1, 2])),
    extent: diameters(region),
    voxelVolume: () => inside.reduce((sum, voxel) => sum + voxel, 0) * spacing[0] * spacing[1] * spacing[2],
  };
  return new Map(names.map((name) => [name, FEATURES[name]!(parts)]));
}
