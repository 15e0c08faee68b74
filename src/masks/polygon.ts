/** A polygon in index coordinates of one slice: x, y of each point; voxel centres are whole numbers. */
export type Polygon = Float64Array;

/** A stretch of one slice: bits of columns [x0, x0 + width) and rows [y0, y0 + height), row by row. */
export type Patch = Readonly<{
  x0: number;
  y0: number;
  width: number;
  height: number;
  bits: Uint8Array;
  count: number;
}>;

type Range = readonly [from: number, to: number];

const clamp = (value: number, size: number): number => Math.min(size, Math.max(0, value));

/** Whole numbers from the least to the greatest value at `offset`, one more each way for rounding, within 0 to size. */
function coveredRange(polygon: Polygon, offset: 0 | 1, size: number): Range {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = offset; i < polygon.length; i += 2) {
    min = Math.min(min, polygon[i]!);
    max = Math.max(max, polygon[i]!);
  }
  return [clamp(Math.floor(min) - 1, size), clamp(Math.ceil(max) + 1, size)];
}

/**
 * The voxel centres inside a polygon, by half-open even-odd: an edge toggles a centre (x, y) when
 * (y1 > y) != (y2 > y) and x < (x2 - x1) (y - y1) / (y2 - y1) + x1. PS3.3 C.8.8.6.3 counts centres on any edge as
 * inside; here those on a right or lower edge are outside, as in the reference masks. Clipped to columns x rows.
 */
export function fillPolygon(polygon: Polygon, columns: number, rows: number): Patch {
  const [x0, x1] = coveredRange(polygon, 0, columns);
  const [y0, y1] = coveredRange(polygon, 1, rows);
  const [width, height] = [Math.max(0, x1 - x0), Math.max(0, y1 - y0)];
  // toggles[y][k]: edges whose crossing lies beyond the first k centres of the row; one more than there are centres.
  const toggles = new Uint8Array((width + 1) * height);
  for (let i = 0, j = polygon.length - 2; i < polygon.length; j = i, i += 2)
    toggleEdge(toggles, [polygon[j]!, polygon[j + 1]!, polygon[i]!, polygon[i + 1]!], {
      x0,
      y0,
      width,
      height,
    });
  const bits = new Uint8Array(width * height);
  let count = 0;
  for (let y = 0; y < height; y++) {
    let inside = 0;
    for (let x = width - 1; x >= 0; x--) {
      inside ^= toggles[y * (width + 1) + x + 1]!;
      bits[y * width + x] = inside;
      count += inside;
    }
  }
  return { x0, y0, width, height, bits, count };
}

type Box = Readonly<{ x0: number; y0: number; width: number; height: number }>;

function toggleEdge(
  toggles: Uint8Array,
  [x1, y1, x2, y2]: readonly [number, number, number, number],
  { x0, y0, width, height }: Box,
): void {
  // (y1 > y) != (y2 > y) holds for the whole y with min <= y < max
  const from = Math.max(y0, Math.ceil(Math.min(y1, y2)));
  const to = Math.min(y0 + height, Math.ceil(Math.max(y1, y2)));
  for (let y = from; y < to; y++) {
    const crossing = ((x2 - x1) * (y - y1)) / (y2 - y1) + x1;
    const before = Math.min(width, Math.max(0, Math.ceil(crossing) - x0));
    toggles[(y - y0) * (width + 1) + before]! ^= 1;
  }
}

/** True when (x, y) is inside by the same rule. */
export function isInside(polygon: Polygon, x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = polygon.length - 2; i < polygon.length; j = i, i += 2) {
    const [x1, y1, x2, y2] = [polygon[j]!, polygon[j + 1]!, polygon[i]!, polygon[i + 1]!];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}

/** True when `inner` lies wholly inside `outer`: all its voxels, fewer of them, and all its corners. */
export function liesInside(
  inner: Readonly<{ polygon: Polygon; patch: Patch }>,
  outer: Readonly<{ polygon: Polygon; patch: Patch }>,
): boolean {
  if (inner.patch.count === 0 || inner.patch.count >= outer.patch.count) return false;
  for (let i = 0; i < inner.polygon.length; i += 2)
    if (!isInside(outer.polygon, inner.polygon[i]!, inner.polygon[i + 1]!)) return false;
  return coversPatch(outer.patch, inner.patch);
}

function coversPatch(outer: Patch, inner: Patch): boolean {
  for (let y = 0; y < inner.height; y++)
    for (let x = 0; x < inner.width; x++)
      if (inner.bits[y * inner.width + x] === 1 && bitAt(outer, x + inner.x0, y + inner.y0) === 0)
        return false;
  return true;
}

function bitAt({ x0, y0, width, height, bits }: Patch, x: number, y: number): number {
  const isWithin = x >= x0 && x < x0 + width && y >= y0 && y < y0 + height;
  return isWithin ? bits[(y - y0) * width + x - x0]! : 0;
}
