import { element, type Frame, line } from './svg.ts';
import { label } from './svg-text.ts';

const LENGTHS_MM = [1, 2, 5, 10, 20, 50, 100, 200];

/** A bar of round length in the lower right corner of a picture: at most a third of its width. */
export function scaleBar({ x, y, width, height }: Frame, pixelsPerMm: number, size = 12): string {
  const mm = LENGTHS_MM.filter((length) => length * pixelsPerMm <= width / 3).at(-1);
  if (mm === undefined) return '';
  const end = x + width - 8;
  const start = end - mm * pixelsPerMm;
  const at = y + height - 8;
  const bars = (stroke: string, thickness: number): string =>
    [
      line(start, at, end, at, { stroke, 'stroke-width': thickness }),
      ...[start, end].map((tip) => line(tip, at - 5, tip, at + 1, { stroke, 'stroke-width': thickness })),
    ].join('');
  const text = `${mm} mm`;
  const plate = element('rect', {
    x: (start + end) / 2 - size * 1.9,
    y: at - size - 9,
    width: size * 3.8,
    height: size + 3,
    fill: '#000',
    'fill-opacity': 0.55,
  });
  return [
    bars('#000', 4),
    bars('#fff', 2),
    plate,
    label((start + end) / 2, at - 9, text, { size, anchor: 'middle' }),
  ].join('');
}
