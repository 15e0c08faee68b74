/** SVG as text. Names are ours; values are numbers or were escaped before. */
import { encode } from 'fast-png';

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** A rectangle on the page, px. */
export type Frame = Readonly<{ x: number; y: number; width: number; height: number }>;

/** Hundredths of a pixel are enough, and the same text on every machine. */
export const rounded = (value: number): string => String(Math.round(value * 100) / 100 || 0);

export function element(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? rounded(value) : value}"`)
    .join('');
  return content === '' ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

export const line = (x1: number, y1: number, x2: number, y2: number, attributes: Attributes): string =>
  element('line', { x1, y1, x2, y2, ...attributes });

/** Nothing that is drawn inside is seen outside of the frame. `id` is unique on the page. */
export function clippedTo(frame: Frame, id: string, content: string): string {
  const path = element('clipPath', { id }, element('rect', { ...frame }));
  return path + element('g', { 'clip-path': `url(#${id})` }, content);
}

/** 8-bit pixels, row by row: grey, or red, green, blue. */
export type Pixels = Readonly<{ columns: number; rows: number; channels: 1 | 3; data: Uint8Array }>;

/** The pixels, stretched to the frame. */
export function picture({ x, y, width, height }: Frame, { columns, rows, channels, data }: Pixels): string {
  const png = encode({ width: columns, height: rows, channels, depth: 8, data }, { zlib: { level: 1 } });
  const href = `data:image/png;base64,${Buffer.from(png.buffer, png.byteOffset, png.byteLength).toString('base64')}`;
  return element('image', { x, y, width, height, preserveAspectRatio: 'none', 'xlink:href': href });
}
