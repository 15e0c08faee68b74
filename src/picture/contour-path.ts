import type { PixelPolygon } from './key-view.ts';
import { element, rounded } from './svg.ts';

/** Bright, and as light in grey; drawn over black, so that it shows on anything. */
const CONTOUR = '#ffd84d';

/** More corners than any lesion has: a mask of noise must not become a page of megabytes. The longest outlines go first. */
const MOST_CORNERS = 20_000;

/** How image pixels lie on the page. */
export type Placing = Readonly<{ x: number; y: number; perColumn: number; perRow: number }>;

/** Outlines in pixels of an image, on the page. */
export function contourPath(
  contours: readonly PixelPolygon[],
  { x, y, perColumn, perRow }: Placing,
  width = 1.5,
  colour = CONTOUR,
): string {
  let corners = 0;
  const drawn = contours
    .toSorted((a, b) => b.length - a.length)
    .filter((polygon) => {
      corners += polygon.length;
      return corners <= MOST_CORNERS;
    });
  const d = drawn
    .map((polygon) =>
      polygon.map(([column, row]) => `${rounded(x + column * perColumn)} ${rounded(y + row * perRow)}`),
    )
    .map((points) => `M${points.join('L')}Z`)
    .join('');
  if (d === '') return '';
  const stroked = (stroke: string, strokeWidth: number): string =>
    element('path', { d, fill: 'none', stroke, 'stroke-width': strokeWidth, 'stroke-linejoin': 'round' });
  return stroked('#000', width + 2) + stroked(colour, width);
}

/** Smallest and largest corner of all outlines; undefined without any. */
export function extentOf(
  contours: readonly PixelPolygon[],
): Readonly<{ left: number; top: number; right: number; bottom: number }> | undefined {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [column, row] of contours.flat()) {
    left = Math.min(left, column);
    right = Math.max(right, column);
    top = Math.min(top, row);
    bottom = Math.max(bottom, row);
  }
  return left <= right ? { left, top, right, bottom } : undefined;
}
