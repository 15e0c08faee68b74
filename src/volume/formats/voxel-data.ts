import { Fault } from '../../fault.ts';
import type { Grid, Triple, Voxels } from '../volume.ts';

/** 512 x 512 x 1000 voxels of four bytes: more than any chest CT. */
export const MOST_BYTES = 2 ** 30;

const ARRAYS = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;
export type VoxelType = keyof typeof ARRAYS;

const bytesPerVoxel = (type: VoxelType): number => ARRAYS[type].BYTES_PER_ELEMENT;

/** Bytes that voxels of that size and type take. Throws IMAGE_FILE_UNREADABLE, IMAGE_TOO_LARGE. */
export function bytesOf(size: Triple, type: VoxelType): number {
  if (!size.every((n) => Number.isSafeInteger(n) && n > 0)) {
    throw new Fault('IMAGE_FILE_UNREADABLE', `a size of ${size.join(' x ')} voxels`);
  }
  const bytes = size[0] * size[1] * size[2] * bytesPerVoxel(type);
  if (bytes > MOST_BYTES) throw new Fault('IMAGE_TOO_LARGE', `${size.join(' x ')} voxels`);
  return bytes;
}

/** The voxels in this machine's byte order; `bytes` may be longer. Throws IMAGE_FILE_UNREADABLE when it is shorter. */
export function voxelsFrom(
  bytes: Uint8Array,
  size: Triple,
  type: VoxelType,
  isLittleEndian: boolean,
): Voxels {
  const needed = bytesOf(size, type);
  if (bytes.length < needed) {
    throw new Fault('IMAGE_FILE_UNREADABLE', `${bytes.length} bytes of voxels where ${needed} are needed`);
  }
  // a copy of its own, aligned: the slice of a Node Buffer would be a view
  const copied = new Uint8Array(needed);
  copied.set(bytes.subarray(0, needed));
  if (!isLittleEndian) reverseEach(copied, bytesPerVoxel(type));
  return new ARRAYS[type](copied.buffer);
}

function reverseEach(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

/** How far axes may be from right angles, as a cosine. */
const SKEW = 1e-3;

/** A grid from the steps (mm, LPS) between voxels along x, y, z. Throws IMAGE_FILE_UNREADABLE, IMAGE_FILE_UNSUPPORTED. */
export function gridFrom(size: Triple, steps: readonly Triple[], origin: Triple): Grid {
  const spacing = steps.map((step) => Math.hypot(...step)) as unknown as Triple;
  if (![...origin, ...spacing].every(Number.isFinite) || spacing.some((mm) => mm === 0)) {
    throw new Fault('IMAGE_FILE_UNREADABLE', `a voxel spacing of ${spacing.join(', ')} mm, or no origin`);
  }
  const units = steps.map((step, axis) => step.map((mm) => mm / spacing[axis as 0]!));
  for (const [a, b] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ] as const) {
    const cosine = units[a]!.reduce((sum, mm, k) => sum + mm * units[b]![k]!, 0);
    if (Math.abs(cosine) > SKEW)
      throw new Fault('IMAGE_FILE_UNSUPPORTED', 'axes that are not at right angles');
  }
  const direction = [0, 1, 2].flatMap((row) => units.map((unit) => unit[row]!));
  return { size, spacing, origin, direction };
}
