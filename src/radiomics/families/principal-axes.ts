import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { RegionShape } from './mesh.ts';

/** Variances, mm2, of the voxel centres along the principal axes of these axes of the grid, descending. */
export function principalVariances(
  { inside, size, spacing }: RegionShape,
  axes: readonly (0 | 1 | 2)[],
): number[] {
  const sums = new Float64Array(3);
  const products = new Float64Array(9);
  const centre = size.map((n) => n >> 1);
  let n = 0;
  for (let z = 0, i = 0; z < size[2]; z++) {
    for (let y = 0; y < size[1]; y++) {
      for (let x = 0; x < size[0]; x++, i++) {
        if (inside[i] === 0) continue;
        n++;
        add(sums, products, x - centre[0]!, y - centre[1]!, z - centre[2]!);
      }
    }
  }
  const covariance = new Matrix(
    axes.map((a) =>
      axes.map((b) => ((products[3 * a + b]! - (sums[a]! * sums[b]!) / n) / n) * spacing[a]! * spacing[b]!),
    ),
  );
  const { realEigenvalues } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  // an axis without extent has a variance of 0, and rounding may make that negative
  return realEigenvalues.map((variance) => Math.max(0, variance)).sort((a, b) => b - a);
}

function add(sums: Float64Array, products: Float64Array, x: number, y: number, z: number): void {
  sums[0] = sums[0]! + x;
  sums[1] = sums[1]! + y;
  sums[2] = sums[2]! + z;
  products[0] = products[0]! + x * x;
  products[1] = products[1]! + x * y;
  products[2] = products[2]! + x * z;
  products[4] = products[4]! + y * y;
  products[5] = products[5]! + y * z;
  products[8] = products[8]! + z * z;
  products[3] = products[1];
  products[6] = products[2];
  products[7] = products[5];
}
