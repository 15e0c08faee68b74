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

/** Int16Array: a DICOM CT, whose interpolated values are truncated toward zero. Float32Array: a float image. */
export type Volume = Grid & Readonly<{ voxels: Int16Array | Float32Array }>;

/** 1 inside the region of interest, else 0; same index order as the image. */
export type Mask = Grid & Readonly<{ voxels: Uint8Array }>;
