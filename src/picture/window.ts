/** Grey values as they are shown. */

/** Of the paper, HU. */
const LUNG_WINDOW = { WindowCenter: -500, WindowWidth: 1500 } as const;

/**
 * Grey values in a window as 8 bit, 0 black: VOI LUT function LINEAR, rounded to the nearest.
 * @see PS3.3 C.11.2.1.2.1
 */
export function windowed(
  values: ArrayLike<number>,
  { WindowCenter, WindowWidth }: Readonly<{ WindowCenter: number; WindowWidth: number }> = LUNG_WINDOW,
): Uint8Array {
  const shown = new Uint8ClampedArray(values.length);
  const perStep = 255 / (WindowWidth - 1);
  const middle = WindowCenter - 0.5;
  for (let i = 0; i < values.length; i++) {
    // what is beyond the window, NaN too, is clamped by the array
    shown[i] = ((values[i] ?? Number.NaN) - middle) * perStep + 127.5;
  }
  return new Uint8Array(shown.buffer);
}
