/** The grid that an image and its mask share. Index order is x (column), y (row), z (slice), x fastest. */
export type Triple = readonly [number, number, number];

export type Grid = Readonly<{
  /** voxels along x, y, z */
  size: Triple;
  /** mm between voxel centres along x, y, z */
  spacing: Triple;
  /** LPS mm of the centre of voxel (0, 0, 0) */
  origin: Triple;
  /** 3 x 3, row-major; column a is the unit vector of axis a in LPS */
  direction: readonly number[];
}>;

/**
 * Grey values in the pixel type of the file, x fastest. The type matters: interpolated values of an integer image are
 * truncated toward zero and clamped to its range, those of a float32 image are rounded to float32.
 */
export type Voxels = IntegerVoxels | Float32Array | Float64Array;
export type IntegerVoxels = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

/** Int16Array: a DICOM CT. */
export type Volume = Grid & Readonly<{ voxels: Voxels }>;

/** 1 inside the region of interest, else 0; same index order as the image. */
export type Mask = Grid & Readonly<{ voxels: Uint8Array }>;

export function isInteger(voxels: Voxels): voxels is IntegerVoxels {
  return !(voxels instanceof Float32Array || voxels instanceof Float64Array);
}

/** `length` zeros of the same pixel type. */
export function sameType<V extends Voxels>(voxels: V, length: number): V {
  return new (voxels.constructor as new (n: number) => V)(length);
}
