import { placesOf } from '../volume/box.ts';
import type { Triple } from '../volume/volume.ts';
import type { ExtractionSettings } from './settings.ts';

/**
 * Grey levels of a region of interest in its bounding box, with a border of 0 around it, so that neighbours can be
 * read without asking whether they exist. 0: outside the region; else a level from 1.
 */
export type Levels = BorderedPlaces &
  Readonly<{
    /** (size + 2 border) voxels along each axis, x fastest */
    voxels: Uint8Array | Uint16Array;
    /** highest level present */
    highest: number;
    /** voxels of each level, from 0 to the highest */
    counts: Int32Array;
  }>;

/** Where the voxels of a region are in its bounding box with a border around it. */
export type BorderedPlaces = Readonly<{
  /** voxels of the bounding box, without the border */
  size: Triple;
  /** voxels on every side: the largest distance to a neighbour that can be asked for */
  border: number;
  /** ascending, x fastest */
  inside: Int32Array;
}>;

/** How grey values become levels. Number: IBSI FBN (K15C). Width, in the unit of the image: PyRadiomics' binWidth (IBSI 8Q4A). */
export type Binning = Readonly<{ binCount: number } | { binWidth: number }>;

/** Smallest and largest value of the region; the mask and the values share one grid. At least one voxel is needed. */
export type Range = Readonly<{ minimum: number; maximum: number }>;

/** The binning that the settings ask for: binCount goes before binWidth. */
export function binningOf({
  binCount,
  binWidth,
}: Pick<ExtractionSettings, 'binCount' | 'binWidth'>): Binning {
  return binCount === null ? { binWidth } : { binCount };
}

/** Edges of the bins, ascending: a value belongs to level k if edge k-1 <= value < edge k. `isFloat`: of a float32 image. */
export function binEdges(range: Range, binning: Binning, isFloat: boolean): Float64Array {
  return 'binCount' in binning
    ? edgesByCount(range, binning.binCount, isFloat)
    : edgesByWidth(range, binning.binWidth);
}

/**
 * `binCount` equal bins from minimum to maximum; the last edge is moved up by 1, so that the maximum falls into the last bin.
 * A flat region spans half a unit to both sides. Edges of float32 images are rounded to float32.
 * @see IBSI K15C (fixed bin number), with the arithmetic of numpy.linspace
 */
function edgesByCount({ minimum, maximum }: Range, binCount: number, isFloat: boolean): Float64Array {
  const isFlat = minimum === maximum;
  const low = isFlat ? minimum - 0.5 : minimum;
  const high = isFlat ? maximum + 0.5 : maximum;
  const step = (high - low) / binCount;
  const edges = Float64Array.from({ length: binCount + 1 }, (_, k) => k * step + low);
  edges[binCount] = high;
  if (isFloat) for (let k = 0; k <= binCount; k++) edges[k] = Math.fround(edges[k]!);
  edges[binCount] = isFloat ? Math.fround(edges[binCount]! + 1) : edges[binCount]! + 1;
  return edges;
}

/**
 * Bins of `binWidth` aligned to multiples of it. The steps are those of numpy.arange: the width is what is left of it after
 * it was once added to the lowest edge. In double precision whatever the image's type.
 */
function edgesByWidth({ minimum, maximum }: Range, binWidth: number): Float64Array {
  const remainder = minimum % binWidth;
  const low = minimum - (remainder < 0 ? remainder + binWidth : remainder);
  const step = low + binWidth - low;
  const n = Math.ceil((maximum + 2 * binWidth - low) / binWidth);
  return Float64Array.from({ length: n }, (_, k) => low + k * step);
}

/** Smallest and largest of the values; undefined without any. */
export function rangeOf(values: ArrayLike<number>): Range | undefined {
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  return minimum <= maximum ? { minimum, maximum } : undefined;
}

/** Places (ascending, x fastest) of a box of `size` voxels, in that box with a border. */
export function withBorder(places: Int32Array, size: Triple, border = 1): BorderedPlaces {
  const [nx, ny] = size;
  const [rowStep, rows] = [nx + 2 * border, ny + 2 * border];
  const inside = new Int32Array(places.length);
  let rowEnd = 0;
  let shift = 0;
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!;
    if (place >= rowEnd) {
      const row = Math.floor(place / nx);
      const y = row % ny;
      rowEnd = (row + 1) * nx;
      shift = (((row - y) / ny + border) * rows + y + border) * rowStep + border - row * nx;
    }
    inside[i] = place + shift;
  }
  return { size, border, inside };
}

/** Levels of the region's values, in the order of its places. */
export function discretise(values: Float64Array, places: BorderedPlaces, edges: Float64Array): Levels {
  const { size, border, inside } = places;
  const padded = size.reduce((product, n) => product * (n + 2 * border), 1);
  // a maximum so large that the last edge cannot be above it has a level of its own: as many levels as edges
  const voxels = edges.length < 256 ? new Uint8Array(padded) : new Uint16Array(padded);
  const levelsPerUnit = (edges.length - 1) / (edges.at(-1)! - 1 - edges[0]! || 1);
  const counts = new Int32Array(edges.length + 1);
  for (let i = 0; i < inside.length; i++) {
    const level = levelOf(values[i]!, edges, levelsPerUnit);
    voxels[inside[i]!] = level;
    counts[level] = counts[level]! + 1;
  }
  const highest = Math.max(
    0,
    counts.findLastIndex((n) => n > 0),
  );
  return { size, border, inside, voxels, highest, counts: counts.slice(0, highest + 1) };
}

/** Levels given directly, 0 outside the region, as in the digital phantom of the IBSI. */
export function levelsGiven(levels: ArrayLike<number>, size: Triple, border = 1): Levels {
  const places = placesOf(Uint8Array.from(levels, (level) => Number(level > 0)));
  const values = Float64Array.from(places, (place) => levels[place]!);
  const highest = values.reduce((most, level) => Math.max(most, level), 1);
  const edges = Float64Array.from({ length: highest + 1 }, (_, k) => k + 1);
  return discretise(values, withBorder(places, size, border), edges);
}

/** The levels that the region holds, ascending. */
export function presentLevels({ counts }: Pick<Levels, 'counts'>): Int32Array {
  return Int32Array.from([...counts.keys()].filter((level) => level > 0 && counts[level]! > 0));
}

/** The number of edges not above the value; `levelsPerUnit` only makes a first guess. */
function levelOf(value: number, edges: Float64Array, levelsPerUnit: number): number {
  let level = Math.max(0, Math.min(edges.length, Math.floor((value - edges[0]!) * levelsPerUnit) + 1));
  while (level < edges.length && edges[level]! <= value) level++;
  while (level > 0 && edges[level - 1]! > value) level--;
  return level;
}
