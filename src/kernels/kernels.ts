import type { Box } from '../volume/box.ts';
import type { Triple } from '../volume/volume.ts';
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
export type SplineRange = readonly [number, number];
/** four places (from the line's first voxel) and four weights a sample */
export type SplineSamples = Readonly<{ index: Int32Array; weight: Float64Array }>;

/**
 * The two operations on which measuring spends its time. There are two implementations, WebAssembly and plain
 * TypeScript, that give the same bits; arrays are x fastest.
 */
export type Kernels = Readonly<{
  /** Sum over axes of factor times second derivative, smoothed along the others, every pass rounded to float32; the voxels inside `wanted`. */
  laplacian(source: Float32Array, size: Triple, filters: LaplacianFilters, wanted: Box): Float32Array;
  /** The steps one after the other; the result has the steps' number of samples along their axes. May overwrite `values`. */
  spline(values: Float64Array, size: Triple, steps: readonly SplineStep[]): Float64Array;
}>;
