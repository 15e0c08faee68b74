/** Values as colours, and the ticks of scales. */

export type Range = Readonly<{ minimum: number; maximum: number }>;

/** Viridis (S. van der Walt, N. Smith; CC0) in equal steps: its lightness grows evenly, so that it reads in grey as well. */
const VIRIDIS = [
  [68, 1, 84],
  [71, 45, 123],
  [59, 82, 139],
  [44, 114, 142],
  [33, 145, 140],
  [40, 174, 128],
  [94, 201, 98],
  [173, 220, 48],
  [253, 231, 37],
] as const;

type Rgb = readonly [red: number, green: number, blue: number];

/** The colour of a fraction from 0 to 1; what is beyond has the colour of the end. */
export function colourOf(fraction: number): Rgb {
  const at = Math.min(1, Math.max(0, fraction || 0)) * (VIRIDIS.length - 1);
  const below = Math.min(Math.floor(at), VIRIDIS.length - 2);
  const from = VIRIDIS[below] ?? VIRIDIS[0];
  const to = VIRIDIS[below + 1] ?? from;
  const mixed = (channel: 0 | 1 | 2): number =>
    Math.round(from[channel] + (to[channel] - from[channel]) * (at - below));
  return [mixed(0), mixed(1), mixed(2)];
}

/** Red, green and blue of each value. */
export function coloured(values: ArrayLike<number>, { minimum, maximum }: Range): Uint8Array {
  const rgb = new Uint8Array(values.length * 3);
  const span = maximum - minimum || 1;
  for (let i = 0; i < values.length; i++) rgb.set(colourOf(((values[i] ?? 0) - minimum) / span), 3 * i);
  return rgb;
}

/** Round numbers from the first at or above the minimum, at most `most` of them. */
export function ticks({ minimum, maximum }: Range, most: number): readonly number[] {
  const span = maximum - minimum;
  if (!(span > 0) || !Number.isFinite(span)) return [minimum];
  const magnitude = 10 ** Math.floor(Math.log10(span / most));
  const step = [1, 2, 5, 10, 20].map((n) => n * magnitude).find((n) => span / n <= most - 1) ?? span;
  const first = Math.ceil(minimum / step - 1e-9);
  const last = Math.floor(maximum / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}
