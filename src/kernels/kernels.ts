import type { Box } from '../volume/box.ts';
import type { Triple, Voxels } from '../volume/volume.ts';
import type { Axis } from './lines.ts';

/** One of the two recursions: y_i = sum of n_k x_(i-k) (k = 0..3) - sum of d_k y_(i-k) (k = 1..4), towards either end. */
export type Recursion = Readonly<{
  n: Four;
  d: Four;
  /** d times the DC gain: what outputs beyond the edge contribute, per edge value */
  edge: Four;
}>;
export type Four = readonly [number, number, number, number];

/** A fourth-order recursive filter. The anticausal part starts with the sample after the one it is computed for. */
export type GaussianFilter = Readonly<{ causal: Recursion; anticausal: Recursion }>;

/** Filters of a Laplacian, by axis, and what each axis' second derivative counts: 1 / spacing squared. */
export type LaplacianFilters = Readonly<{
  smoothing: readonly [GaussianFilter, GaussianFilter, GaussianFilter];
  secondDerivative: readonly [GaussianFilter, GaussianFilter, GaussianFilter];
  factor: Triple;
}>;

/** What happens along one axis of an array of doubles: prefilter, then samples read or interpolated. */
export type SplineStep = Readonly<{
  axis: Axis;
  /** the lines hold samples: they become B-spline coefficients first */
  isPrefiltered: boolean;
  take: SplineRange | SplineSamples;
}>;
/** first voxel, number of voxels */
type SplineRange = readonly [number, number];
/** four places (elements from the line's first voxel, or of the array) and four weights a sample */
export type SplineSamples = Readonly<{ index: Int32Array; weight: Float64Array }>;

/**
 * The operations on which measuring spends its time. There are two implementations, WebAssembly and plain
 * TypeScript, that give the same bits; arrays are x fastest.
 */
export type Kernels = Readonly<{
  /**
   * Sum over axes of factor times second derivative, smoothed along the others, every pass rounded to float32; the voxels inside
   * `wanted`, or only those at `places` of that box. `source` holds numbers that float32 holds, or is double; no axis is shorter than
   * four voxels.
   */
  laplacian(
    source: Exclude<Voxels, Int32Array | Uint32Array>,
    size: Triple,
    filters: LaplacianFilters,
    wanted: Box,
    places?: Int32Array,
  ): Float32Array;
  /** The steps one after the other on the `window` of an array of `size`; the result has the steps' number of samples along their axes. */
  spline(voxels: Voxels, size: Triple, window: Box, steps: readonly SplineStep[]): Float64Array;
  /** For each sample (its index along x, y, z in turn) the sum of 64 terms ((wx wy) wz) c, x fastest, in that order; c is finite. */
  splineSamples(
    coefficients: Float64Array,
    taps: readonly [SplineSamples, SplineSamples, SplineSamples],
    samples: Int32Array,
  ): Float64Array;
  texture: TextureKernels;
  spectrum: SpectrumKernels;
}>;

/**
 * Grey levels with a border of zeros around the region, where the region's voxels are (ascending), the highest level, and the
 * number of voxels of each level from 0 to the highest.
 */
export type LevelPlaces = Readonly<{
  voxels: Uint8Array | Uint16Array;
  inside: Int32Array;
  highest: number;
  counts: Int32Array;
}>;

/** Counts for texture matrices. Steps lead from a voxel to a neighbour in `voxels`; the border is wide enough for them. */
export type TextureKernels = Readonly<{
  /**
   * For each step the number of pairs: row = level of a voxel, column = level of its neighbour in the region, among the levels
   * `present` (ascending: all that the region has); symmetric: pairs are counted both ways round.
   */
  pairs(
    levels: LevelPlaces,
    steps: Int32Array,
    present: Int32Array,
    isSymmetric: boolean,
  ): readonly PairCounts[];
  /** For each step the runs of equal level along it, none longer than `longest`. */
  runs(levels: LevelPlaces, steps: Int32Array, longest: number): readonly Runs[];
  /** What lies around the voxels of the region; levels are similar that differ by at most `most`. */
  neighbourhood(levels: LevelPlaces, steps: Int32Array, most: number): Neighbourhood;
  /**
   * Connected zones of equal level, in the order of their first voxels. `areNear`: whether the voxels that two of the steps, by
   * number, lead to from the same voxel are neighbours.
   */
  zones(levels: LevelPlaces, steps: Int32Array, areNear: (a: number, b: number) => boolean): Zones;
}>;

/**
 * n rows of n cells, row-major; those of row i that are not 0 lie from ranges[i] to before ranges[n + i]: levels of neighbours are
 * mostly near.
 */
export type PairCounts = Readonly<{ cells: Float64Array; ranges: Int32Array }>;

/** `counts`: row = length - 1 (at least up to `longest`), column = level - 1 up to the highest. */
export type Runs = Readonly<{ counts: Int32Array; longest: number; hasNeighbours: boolean }>;
export type Neighbourhood = Readonly<{
  /** voxels by number of similar neighbours in the region (row, 0 to the number of steps) and level - 1 (column) */
  similar: Int32Array;
  /** by level - 1: sum of |level - mean level of the neighbours in the region|; a voxel without any adds 0 */
  differences: Float64Array;
}>;
/** Level and number of voxels of each zone. */
export type Zones = Readonly<{ levels: Int32Array; sizes: Int32Array }>;

/** Linear algebra of co-occurrence matrices. */
export type SpectrumKernels = Readonly<{
  /**
   * The largest eigenvalue of A A^T, with its unit eigenvector, at right angles to the unit eigenvector `trivial`; 0 when there is
   * none. Vectors are as long as a row; `start` is not at right angles to what is sought.
   */
  largestBeside(
    a: BlockedRows,
    transposed: BlockedRows,
    trivial: Float64Array,
    start: Float64Array,
  ): EigenPair;
}>;

/**
 * A square matrix of n rows, row-major, `stride` doubles a row, a multiple of 4, with zeros behind the n-th; the cells of row i
 * that are not 0 lie from first[i] to before end[i], both multiples of 4.
 */
export type BlockedRows = Readonly<{
  cells: Float64Array;
  n: number;
  stride: number;
  first: Int32Array;
  end: Int32Array;
}>;

export type EigenPair = Readonly<{ value: number; vector: Float64Array }>;
