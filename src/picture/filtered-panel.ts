import { coloured, colourOf, type Range, ticks } from './colour-scale.ts';
import { contourPath } from './contour-path.ts';
import type { KeyView, PixelPolygon } from './key-view.ts';
import type { Messages } from './messages.ts';
import type { PageContent } from './page-content.ts';
import { scaleBar } from './scale-bar.ts';
import { border } from './slice-panel.ts';
import { clippedTo, type Frame, line, picture } from './svg.ts';
import { FOREGROUND, label, SECONDARY } from './svg-text.ts';

type Filtered = NonNullable<KeyView['filtered']>;

/** The filtered lesions of both time points, as large as each other on the page, and the one scale of their colours. */
export function filteredPanels(
  { baseline, followUp }: PageContent,
  [before, after]: readonly [Frame, Frame],
  scale: Frame,
  messages: Messages,
): string {
  const both = [baseline.view.filtered, followUp.view.filtered].filter((filtered) => filtered !== undefined);
  const range = rangeOf(both);
  const pixelsPerMm = Math.min(...both.map((filtered) => fitting(filtered, before)));
  const one = (filtered: Filtered | undefined, frame: Frame, id: string): string =>
    filtered && range
      ? border(frame) + clippedTo(frame, id, lesion(filtered, frame, pixelsPerMm, range))
      : border(frame) + missing(frame, messages);
  return [
    one(baseline.view.filtered, before, 'filtered-baseline'),
    one(followUp.view.filtered, after, 'filtered-follow-up'),
    range ? colourBar(range, scale, messages) : '',
  ].join('');
}

const missing = ({ x, y, width, height }: Frame, { noFiltered }: Messages): string =>
  label(x + width / 2, y + height / 2, noFiltered, { size: 13, fill: SECONDARY, anchor: 'middle', width });

const fitting = (
  { columns, rows, pixelSpacingMm: [mmPerRow, mmPerColumn] }: Filtered,
  frame: Frame,
): number => Math.min(frame.width / (columns * mmPerColumn), frame.height / (rows * mmPerRow));

function lesion(filtered: Filtered, frame: Frame, pixelsPerMm: number, range: Range): string {
  const { columns, rows, values, contours } = filtered;
  const [mmPerRow, mmPerColumn] = filtered.pixelSpacingMm;
  const width = columns * mmPerColumn * pixelsPerMm;
  const height = rows * mmPerRow * pixelsPerMm;
  const x = frame.x + (frame.width - width) / 2;
  const y = frame.y + (frame.height - height) / 2;
  return [
    picture({ x, y, width, height }, { columns, rows, channels: 3, data: coloured(values, range) }),
    contourPath(contours, { x, y, perColumn: width / columns, perRow: height / rows }, 2, FOREGROUND),
    scaleBar(frame, pixelsPerMm),
  ].join('');
}

/** Of the range inside, this share is added at each end as far as the surroundings go. */
const SURROUNDINGS = 0.2;

/**
 * What the colours stand for: the values inside the lesions, which the number is made of, and zero, which is no structure;
 * of the surroundings a little more, the rest of them has the colour of the end. Undefined without any value.
 */
export function rangeOf(all: readonly Filtered[]): Range | undefined {
  const everything = extremes(all.map(({ values }) => values));
  const inside = extremes(all.map(valuesInside)) ?? everything;
  if (!inside || !everything) return undefined;
  const minimum = Math.min(inside.minimum, 0);
  const maximum = Math.max(inside.maximum, 0);
  const more = (maximum - minimum) * SURROUNDINGS;
  return {
    minimum: Math.max(minimum - more, Math.min(minimum, everything.minimum)),
    maximum: Math.min(maximum + more, Math.max(maximum, everything.maximum)),
  };
}

function extremes(lists: readonly ArrayLike<number>[]): Range | undefined {
  let [minimum, maximum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const values of lists) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? Number.NaN;
      if (!Number.isFinite(value)) continue;
      minimum = Math.min(minimum, value);
      maximum = Math.max(maximum, value);
    }
  }
  return minimum <= maximum ? { minimum, maximum } : undefined;
}

function valuesInside({ columns, rows, values, contours }: Filtered): readonly number[] {
  const inside: number[] = [];
  for (let row = 0; row < rows; row++) {
    const crossings = crossingsOf(contours, row + 0.5);
    for (let k = 0; k + 1 < crossings.length; k += 2) {
      for (
        let column = Math.ceil((crossings[k] ?? 0) - 0.5);
        column + 0.5 < (crossings[k + 1] ?? 0);
        column++
      )
        if (column >= 0 && column < columns) inside.push(values[row * columns + column] ?? 0);
    }
  }
  return inside;
}

/** Where the outlines cross a horizontal line, ascending. */
function crossingsOf(contours: readonly PixelPolygon[], at: number): readonly number[] {
  const crossings: number[] = [];
  for (const polygon of contours) {
    for (const [index, [x2, y2]] of polygon.entries()) {
      const [x1, y1] = polygon.at(index - 1) ?? [x2, y2];
      if (y1 > at !== y2 > at) crossings.push(x1 + ((at - y1) / (y2 - y1)) * (x2 - x1));
    }
  }
  return crossings.sort((a, b) => a - b);
}

const STEPS = 64;

function colourBar(range: Range, { x, y, width }: Frame, { sameScale }: Messages): string {
  const data = Uint8Array.from({ length: STEPS }, (_, k) => k).reduce(
    (rgb, k) => {
      rgb.set(colourOf(k / (STEPS - 1)), 3 * k);
      return rgb;
    },
    new Uint8Array(3 * STEPS),
  );
  const span = range.maximum - range.minimum || 1;
  const marks = ticks(range, 7).map((value) => {
    const at = x + ((value - range.minimum) / span) * width;
    return (
      line(at, y + 12, at, y + 17, { stroke: FOREGROUND, 'stroke-width': 1 }) +
      label(Math.min(x + width - 14, Math.max(x + 14, at)), y + 30, minus(value), {
        size: 12,
        anchor: 'middle',
      })
    );
  });
  return [
    picture({ x, y, width, height: 12 }, { columns: STEPS, rows: 1, channels: 3, data }),
    ...marks,
    label(x + width / 2, y + 47, sameScale, { size: 12, fill: SECONDARY, anchor: 'middle', width }),
  ].join('');
}

/** A number with a proper minus sign. */
export const minus = (value: number | string): string => String(value).replace('-', '\u2212');
