import type { Grid, Triple } from './volume.ts';

/** What sorting the slices of a series along their normal told about them; facts for the eligibility rules. */
export type SeriesGeometry = Readonly<{
  sliceCount: number;
  /** (last - first) / (n - 1) of the positions along the normal, mm */
  sliceSpacingMm: number;
  sliceThicknessMm: number | null;
  pixelSpacingMm: readonly [number, number];
  /** angle between the slice normal and the patient's z axis, degrees */
  normalToZDegrees: number;
  /** largest angle between the normals of two slices, degrees */
  orientationSpreadDegrees: number;
  /** GantryDetectorTilt, degrees; null when not given */
  gantryTiltDegrees: number | null;
  /** angle between the steps of ImagePositionPatient and the normal, degrees (a sheared volume) */
  shearDegrees: number;
  /** slice index before each gap wider than the tolerance, with how many slices are missing there */
  gaps: readonly Readonly<{ afterSlice: number; missing: number }>[];
  /** largest difference between a step and the median step, gaps and doubled positions aside, mm */
  stepDeviationMm: number;
  /** positions that two different instances share */
  duplicatePositions: number;
  /** PixelSpacing, Rows, Columns, orientation and frame of reference are the same in all slices */
  isUniform: boolean;
}>;

/** Unit vectors of a slice: along a row (x), along a column (y), and their cross product (z). LPS. */
export type SliceAxes = Readonly<{ row: Triple; column: Triple; normal: Triple }>;

export const dot = (a: Triple, b: Triple): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a: Triple, b: Triple): Triple => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
export const minus = (a: Triple, b: Triple): Triple => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const scale = (a: Triple, factor: number): Triple => [a[0] * factor, a[1] * factor, a[2] * factor];
const length = (a: Triple): number => Math.sqrt(dot(a, a));
const unit = (a: Triple): Triple => {
  const norm = length(a);
  return norm === 1 ? a : [a[0] / norm, a[1] / norm, a[2] / norm];
};
const degrees = (radians: number): number => (radians * 180) / Math.PI;
const angle = (a: Triple, b: Triple): number => degrees(Math.atan2(length(cross(a, b)), dot(a, b)));

/** Three finite numbers as a point; undefined otherwise. */
export function triple(values: readonly number[] | undefined): Triple | undefined {
  if (values?.length !== 3 || !values.every(Number.isFinite)) return undefined;
  return [values[0]!, values[1]!, values[2]!];
}

/** Cosines may be written with four decimals: this far from unit length or a right angle they are still meant. */
const COSINE_TOLERANCE = 1e-3;

/**
 * The axes of ImageOrientationPatient (row cosines, then column cosines), made orthonormal.
 * Undefined when they are not six numbers, not of unit length or not at right angles.
 * @see PS3.3 C.7.6.2.1.1
 */
export function sliceAxes(ImageOrientationPatient: readonly number[] | undefined): SliceAxes | undefined {
  const row = triple(ImageOrientationPatient?.slice(0, 3));
  const column = triple(ImageOrientationPatient?.slice(3));
  if (!row || !column) return undefined;
  const isOrthonormal =
    Math.abs(length(row) - 1) < COSINE_TOLERANCE &&
    Math.abs(length(column) - 1) < COSINE_TOLERANCE &&
    Math.abs(dot(row, column)) < COSINE_TOLERANCE;
  if (!isOrthonormal) return undefined;
  const normal = unit(cross(row, column));
  const straightRow = unit(row);
  return { row: straightRow, column: unit(cross(normal, straightRow)), normal };
}

/** Voxel index (x, y, z; fractions allowed) to LPS mm of that point; integer indices are voxel centres. */
export function indexToPatient({ origin, spacing, direction: d }: Grid, index: Triple): Triple {
  const [a, b, c] = [index[0] * spacing[0], index[1] * spacing[1], index[2] * spacing[2]];
  return [
    origin[0] + d[0]! * a + d[1]! * b + d[2]! * c,
    origin[1] + d[3]! * a + d[4]! * b + d[5]! * c,
    origin[2] + d[6]! * a + d[7]! * b + d[8]! * c,
  ];
}

/** LPS mm to voxel index (x, y, z; fractions allowed); the directions of the grid are taken as orthonormal. */
export function patientToIndex({ origin, spacing, direction: d }: Grid, point: Triple): Triple {
  const [x, y, z] = minus(point, origin);
  return [
    (d[0]! * x + d[3]! * y + d[6]! * z) / spacing[0],
    (d[1]! * x + d[4]! * y + d[7]! * z) / spacing[1],
    (d[2]! * x + d[5]! * y + d[8]! * z) / spacing[2],
  ];
}

/** Signed distance of a point along the third direction of a grid, mm; not from its origin. */
export const alongThird = ({ direction: d }: Grid, point: Triple): number =>
  d[2]! * point[0] + d[5]! * point[1] + d[8]! * point[2];

/** One slice, as its header has it. */
export type Slice = Readonly<{
  position: Triple;
  axes: SliceAxes;
  /** [between rows, between columns], mm */
  pixelSpacing: readonly [number, number];
  FrameOfReferenceUID: string | undefined;
  sliceThicknessMm: number | null;
  gantryTiltDegrees: number | null;
}>;

/** Signed distance of a position along the normal, mm. */
export const along = (normal: Triple, position: Triple): number => dot(normal, position);

/**
 * The order of slices along the normal of the first one, lowest first: indices into `slices`.
 * Equal positions keep the order they came in.
 */
export function sliceOrder(slices: readonly Slice[]): number[] {
  const normal = slices[0]?.axes.normal;
  if (!normal) return [];
  const keys = slices.map(({ position }) => along(normal, position));
  return slices.map((_, i) => i).sort((a, b) => keys[a]! - keys[b]! || a - b);
}

/** Positions closer than this are one position, mm. */
const SAME_POSITION_MM = 1e-3;
/** A step of one and a half medians has room for a slice that is not there. */
const GAP_STEPS = 1.5;

/**
 * The geometry of slices that are already sorted along the normal (mm, degrees, LPS).
 * One slice: sliceSpacingMm is its thickness, or 1 when that is not given either; angles between slices are 0.
 */
export function seriesGeometry(sorted: readonly Slice[]): SeriesGeometry {
  const first = sorted[0]!;
  const { normal } = first.axes;
  const positions = sorted.map(({ position }) => along(normal, position));
  const steps = positions.slice(1).map((position, i) => position - positions[i]!);
  const median = medianOf(steps.filter((step) => step >= SAME_POSITION_MM));
  const isGap = (step: number): boolean => median > 0 && step >= GAP_STEPS * median;
  const regular = steps.filter((step) => step >= SAME_POSITION_MM && !isGap(step));
  return {
    sliceCount: sorted.length,
    sliceSpacingMm: meanStep(positions) ?? first.sliceThicknessMm ?? 1,
    sliceThicknessMm: first.sliceThicknessMm,
    pixelSpacingMm: first.pixelSpacing,
    normalToZDegrees: degrees(Math.atan2(Math.hypot(normal[0], normal[1]), Math.abs(normal[2]))),
    orientationSpreadDegrees: orientationSpread(sorted),
    gantryTiltDegrees: first.gantryTiltDegrees,
    shearDegrees: shear(sorted, normal),
    gaps: steps.flatMap((step, afterSlice) =>
      isGap(step) ? [{ afterSlice, missing: Math.round(step / median) - 1 }] : [],
    ),
    stepDeviationMm: regular.reduce((worst, step) => Math.max(worst, Math.abs(step - median)), 0),
    duplicatePositions: steps.filter((step) => step < SAME_POSITION_MM).length,
    isUniform: sorted.every((slice) => isLike(slice, first)),
  };
}

/** (last - first) / (n - 1) as ITK's series reader has it; undefined for one slice or one position. */
function meanStep(positions: readonly number[]): number | undefined {
  const step = (positions.at(-1)! - positions[0]!) / (positions.length - 1);
  return step > SAME_POSITION_MM ? step : undefined;
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function orientationSpread(slices: readonly Slice[]): number {
  const distinct = new Map(slices.map(({ axes: { normal } }) => [normal.join(), normal]));
  const normals = [...distinct.values()];
  let widest = 0;
  for (const [i, a] of normals.entries())
    for (const b of normals.slice(i + 1)) widest = Math.max(widest, angle(a, b));
  return widest;
}

/** Only slices beyond half the stack count: near the first one, rounded positions would look like a tilt. */
function shear(sorted: readonly Slice[], normal: Triple): number {
  const first = sorted[0]!.position;
  const reach = along(normal, minus(sorted.at(-1)!.position, first)) / 2;
  const far = sorted
    .map(({ position }) => minus(position, first))
    .filter((way) => along(normal, way) >= reach);
  return far.reduce((worst, way) => (length(way) > 0 ? Math.max(worst, angle(way, normal)) : worst), 0);
}

const UNIFORM_TOLERANCE = 1e-4;
const isNear = (a: readonly number[], b: readonly number[]): boolean =>
  a.every((value, i) => Math.abs(value - b[i]!) <= UNIFORM_TOLERANCE);

const isLike = (slice: Slice, first: Slice): boolean =>
  isNear(slice.pixelSpacing, first.pixelSpacing) &&
  isNear(slice.axes.row, first.axes.row) &&
  isNear(slice.axes.column, first.axes.column) &&
  slice.FrameOfReferenceUID === first.FrameOfReferenceUID;

/**
 * The grid of slices sorted along the normal: origin is the first slice, x runs along a row, y along a column, z along
 * the normal. The third direction is the step vector times the reciprocal of its length, which may be one ulp short
 * of a unit vector: the reference values were computed on such grids.
 */
export function gridOf(
  sorted: readonly Slice[],
  columns: number,
  rows: number,
  sliceSpacingMm: number,
): Grid {
  const { axes, pixelSpacing, position } = sorted[0]!;
  const step = scale(axes.normal, sliceSpacingMm);
  const third = scale(step, 1 / length(step));
  return {
    size: [columns, rows, sorted.length],
    spacing: [pixelSpacing[1], pixelSpacing[0], sliceSpacingMm],
    origin: position,
    direction: [0, 1, 2].flatMap((i) => [axes.row[i]!, axes.column[i]!, third[i]!]),
  };
}
