import type { Triple } from '../volume/volume.ts';
import { type Axis, layout } from './lines.ts';

/** Eight doubles: one sample of each line of a panel. */
export const PANEL_ROW_BYTES = 64;

export const product = ([x, y, z]: Triple): number => x * y * z;

/**
 * Strides of the lines along `axis`, as the kernels take them: step, lane, outer, and how many of the last two. Along x and z
 * all lines of the volume lie one stride apart.
 */
export function lines(size: Triple, axis: Axis): readonly [number, number, number, number, number] {
  const { step, lane, outer } = layout(size, axis);
  return axis === 1 ? [step, lane, outer, size[0], size[2]] : [step, lane, 0, product(size) / size[axis], 1];
}
