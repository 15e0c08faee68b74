/** Pictures that were looked at and agreed on, at half size; `UPDATE=1` makes them anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { decode, encode } from 'fast-png';

export type RgbImage = Readonly<{ columns: number; rows: number; rgb: Uint8Array }>;

/** How far two pictures of one size are apart. */
export type Difference = Readonly<{
  /** mean absolute difference of the samples, of 255 */
  mean: number;
  /** share of pixels of which a sample differs by more than 16 */
  share: number;
}>;

/** Each pixel the mean of four. */
export function halved({ columns, rows, rgb }: RgbImage): RgbImage {
  const [halfColumns, halfRows] = [columns >> 1, rows >> 1];
  const half = new Uint8Array(halfColumns * halfRows * 3);
  const at = (column: number, row: number, channel: number): number =>
    rgb[(row * columns + column) * 3 + channel]!;
  for (let i = 0; i < half.length; i++) {
    const channel = i % 3;
    const column = 2 * (((i - channel) / 3) % halfColumns);
    const row = 2 * Math.floor(i / 3 / halfColumns);
    const sum =
      at(column, row, channel) +
      at(column + 1, row, channel) +
      at(column, row + 1, channel) +
      at(column + 1, row + 1, channel);
    half[i] = Math.round(sum / 4);
  }
  return { columns: halfColumns, rows: halfRows, rgb: half };
}

/** Pictures of different sizes have nothing in common. */
export function difference(a: RgbImage, b: RgbImage): Difference {
  if (a.columns !== b.columns || a.rows !== b.rows) return { mean: 255, share: 1 };
  let sum = 0;
  let differing = 0;
  for (let i = 0; i < a.rgb.length; i += 3) {
    const samples = [0, 1, 2].map((channel) => Math.abs(a.rgb[i + channel]! - b.rgb[i + channel]!));
    sum += samples[0]! + samples[1]! + samples[2]!;
    if (Math.max(...samples) > 16) differing++;
  }
  return { mean: sum / a.rgb.length, share: (3 * differing) / a.rgb.length };
}

const fileOf = (name: string): URL => new URL(`../fixtures/picture/${name}.png`, import.meta.url);

export function golden(name: string, picture: RgbImage): RgbImage {
  if (process.env['UPDATE']) {
    const { columns: width, rows: height, rgb: data } = picture;
    writeFileSync(
      fileOf(name),
      encode({ width, height, data, channels: 3, depth: 8 }, { zlib: { level: 9 } }),
    );
  }
  const { width, height, data } = decode(readFileSync(fileOf(name)));
  return { columns: width, rows: height, rgb: Uint8Array.from(data) };
}
