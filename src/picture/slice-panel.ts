import { contourPath, extentOf } from './contour-path.ts';
import type { GreyImage, KeyView } from './key-view.ts';
import type { PageTimePoint } from './page-content.ts';
import { scaleBar } from './scale-bar.ts';
import { element, type Frame, picture } from './svg.ts';
import { FAINT, FOREGROUND, label } from './svg-text.ts';

/** Around the lesion in the magnified part, mm, and its smallest side. */
const MARGIN_MM = 8;
const SMALLEST_MM = 30;
/** Side of the magnified part on the page, as a share of the picture's. */
const INSET_SHARE = 0.36;

/** Part of an image in whole pixels. */
type Part = Readonly<{ column: number; row: number; columns: number; rows: number }>;

/** The key slice of a time point: its contour, the lesion magnified in the corner farthest from it, and both scale bars. */
export function slicePanel({ view }: PageTimePoint, frame: Frame): string {
  const { image, pixelSpacingMm, contours } = view;
  const [mmPerRow, mmPerColumn] = pixelSpacingMm;
  const pixelsPerMm = Math.min(
    frame.width / (image.columns * mmPerColumn),
    frame.height / (image.rows * mmPerRow),
  );
  const width = image.columns * mmPerColumn * pixelsPerMm;
  const height = image.rows * mmPerRow * pixelsPerMm;
  const shown: Frame = {
    x: frame.x + (frame.width - width) / 2,
    y: frame.y + (frame.height - height) / 2,
    width,
    height,
  };
  const placing = { x: shown.x, y: shown.y, perColumn: width / image.columns, perRow: height / image.rows };
  return [
    border(frame),
    picture(shown, { ...image, channels: 1, data: image.pixels }),
    contourPath(contours, placing, 1.2),
    inset(view, frame, shown),
    directions(view, frame),
    scaleBar(frame, pixelsPerMm),
  ].join('');
}

export const border = (frame: Frame): string =>
  element('rect', { ...frame, fill: '#000', stroke: FAINT, 'stroke-width': 1 });

const OPPOSITE: Readonly<Record<string, string>> = { L: 'R', R: 'L', A: 'P', P: 'A', H: 'F', F: 'H' };

/** Where left and front of the patient are: at the edges, as every viewer has them. */
function directions({ PatientOrientation }: KeyView, { x, y, width, height }: Frame): string {
  if (!PatientOrientation) return '';
  const [row, column] = PatientOrientation;
  const style = { size: 13, isBold: true } as const;
  const edge = (at: readonly [number, number], text: string | undefined): string =>
    text ? halo(at[0], at[1], text, style) : '';
  return edge([x + 10, y + height / 2], OPPOSITE[row]) + edge([x + width / 2, y + 16], OPPOSITE[column]);
}

/** A letter with a dark plate behind it. */
function halo(
  x: number,
  y: number,
  text: string,
  style: Readonly<{ size: number; isBold: boolean }>,
): string {
  const plate = element('rect', {
    x: x - 7,
    y: y - 12,
    width: 14,
    height: 15,
    fill: '#000',
    'fill-opacity': 0.55,
  });
  return plate + label(x, y, text, { ...style, anchor: 'middle' });
}

/** The lesion magnified, framed; a thin frame on the slice shows which part it is. */
function inset(view: KeyView, frame: Frame, shown: Frame): string {
  const part = partAround(view);
  if (!part) return '';
  const [mmPerRow, mmPerColumn] = view.pixelSpacingMm;
  const size = frame.width * INSET_SHARE;
  const pixelsPerMm = Math.min(size / (part.columns * mmPerColumn), size / (part.rows * mmPerRow));
  const width = part.columns * mmPerColumn * pixelsPerMm;
  const height = part.rows * mmPerRow * pixelsPerMm;
  const { columns, rows } = view.image;
  const isLeft = (part.column + part.columns / 2) * 2 > columns;
  const isTop = (part.row + part.rows / 2) * 2 > rows;
  // the scale bar of the slice keeps the lower right corner
  const place: Frame = {
    x: isLeft ? frame.x + 1 : frame.x + frame.width - width - 1,
    y: isTop || !isLeft ? frame.y + 1 : frame.y + frame.height - height - 1,
    width,
    height,
  };
  const perColumn = width / part.columns;
  const perRow = height / part.rows;
  const source: Frame = {
    x: shown.x + (part.column / columns) * shown.width,
    y: shown.y + (part.row / rows) * shown.height,
    width: (part.columns / columns) * shown.width,
    height: (part.rows / rows) * shown.height,
  };
  // a lesion that fills the slice is seen well enough, and must not be covered
  if (overlap(place, source)) return '';
  return [
    element('rect', {
      ...source,
      fill: 'none',
      stroke: FOREGROUND,
      'stroke-width': 1,
      'stroke-dasharray': '3 3',
    }),
    picture(place, cut(view.image, part)),
    contourPath(view.contours, {
      x: place.x - part.column * perColumn,
      y: place.y - part.row * perRow,
      perColumn,
      perRow,
    }),
    element('rect', { ...place, fill: 'none', stroke: FOREGROUND, 'stroke-width': 1 }),
    scaleBar(place, pixelsPerMm, 11),
  ].join('');
}

const overlap = (a: Frame, b: Frame): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** The pixels around the contours, about square in mm, within the image. */
function partAround({ contours, pixelSpacingMm, image }: KeyView): Part | undefined {
  const extent = extentOf(contours);
  if (!extent) return undefined;
  const [mmPerRow, mmPerColumn] = pixelSpacingMm;
  const widthMm = (extent.right - extent.left) * mmPerColumn;
  const heightMm = (extent.bottom - extent.top) * mmPerRow;
  const sideMm = Math.max(SMALLEST_MM, Math.max(widthMm, heightMm) + 2 * MARGIN_MM);
  const [column, columns] = span((extent.left + extent.right) / 2, sideMm / mmPerColumn, image.columns);
  const [row, rows] = span((extent.top + extent.bottom) / 2, sideMm / mmPerRow, image.rows);
  return { column, row, columns, rows };
}

/** First index and count of `wanted` pixels around `middle`, moved into 0 to `most`. */
function span(middle: number, wanted: number, most: number): readonly [number, number] {
  const count = Math.min(most, Math.max(1, Math.round(wanted)));
  const start = Math.min(most - count, Math.max(0, Math.round(middle - count / 2)));
  return [start, count];
}

function cut({ columns, pixels }: GreyImage, part: Part) {
  const data = new Uint8Array(part.columns * part.rows);
  for (let row = 0; row < part.rows; row++) {
    const from = (part.row + row) * columns + part.column;
    data.set(pixels.subarray(from, from + part.columns), row * part.columns);
  }
  return { columns: part.columns, rows: part.rows, channels: 1, data } as const;
}
