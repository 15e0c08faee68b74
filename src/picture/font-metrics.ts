/** How wide text will be, known without the fonts: src composes, an adapter renders. */

/** Advance widths of U+0020 to U+007E in hundredths of an em: DejaVu Sans Condensed 2.37, regular and bold. */
const REGULAR = [
  29, 36, 41, 75, 57, 85, 70, 25, 35, 35, 45, 75, 29, 32, 29, 30, 57, 57, 57, 57, 57, 57, 57, 57, 57, 57, 30,
  30, 75, 75, 75, 48, 90, 62, 62, 63, 69, 57, 52, 70, 68, 27, 27, 59, 50, 78, 67, 71, 54, 71, 63, 57, 55, 66,
  62, 89, 62, 55, 62, 35, 30, 35, 75, 45, 45, 55, 57, 49, 57, 55, 32, 57, 57, 25, 25, 52, 25, 88, 57, 55, 57,
  57, 37, 47, 35, 57, 53, 74, 53, 53, 47, 57, 30, 57, 75,
];
const BOLD = [
  31, 41, 47, 75, 63, 90, 78, 28, 41, 41, 47, 75, 34, 37, 34, 33, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 36,
  36, 75, 75, 75, 52, 90, 70, 69, 66, 75, 61, 61, 74, 75, 33, 33, 70, 57, 90, 75, 76, 66, 76, 69, 65, 61, 73,
  70, 99, 69, 65, 65, 41, 33, 41, 75, 45, 45, 61, 64, 53, 64, 61, 39, 64, 64, 31, 31, 60, 31, 94, 64, 62, 64,
  64, 44, 54, 43, 64, 59, 83, 58, 59, 52, 64, 33, 64, 75,
];

/** Written in the second font: CJK symbols, kana, ideographs, full-width forms, and Hangul, which no bundled font has. */
export const IDEOGRAPHIC =
  /[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\u{20000}-\u{3ffff}]/u;

/** Width in px at `sizePx`; of letters beyond ASCII a little more than most have. */
export function textWidth(text: string, sizePx: number, isBold = false): number {
  let hundredths = 0;
  for (const character of text) hundredths += advance(character, isBold);
  return (hundredths * sizePx) / 100;
}

function advance(character: string, isBold: boolean): number {
  const known = (isBold ? BOLD : REGULAR)[(character.codePointAt(0) ?? 0) - 0x20];
  if (known !== undefined) return known;
  if (/\p{M}/u.test(character)) return 0;
  if (IDEOGRAPHIC.test(character)) return 100;
  return (/[\u00a0-\u1eff]/.test(character) ? 65 : 80) * (isBold ? 1.12 : 1);
}
