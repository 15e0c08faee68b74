/** Numbers and foreign text as people read them in the report. */

/** Six significant digits, as short as they go; at most 13 characters, a valid DS (PS3.5 table 6.2-1). */
export function sixDigits(value: number): string {
  const rounded = Number(value.toPrecision(6)) || 0;
  const plain = String(rounded);
  return plain.length <= 13 ? plain : rounded.toExponential();
}

/** Four decimals for sentences; six digits where four decimals would show nothing. */
export const fourDecimals = (value: number): string =>
  value !== 0 && Math.abs(value) < 0.001 ? sixDigits(value) : (Number(value.toFixed(4)) || 0).toFixed(4);

/**
 * A fraction in percent, two decimals, and more only where two would put the value on the wrong side of the cut-off:
 * the reader must see the same side as the classification of the unrounded value.
 */
export function percentText(fraction: number, cutOff?: number): string {
  for (let decimals = 2; decimals < 10 && cutOff !== undefined; decimals++) {
    const text = (fraction * 100).toFixed(decimals);
    const shownAtOrAbove = Number(text) >= Number((cutOff * 100).toFixed(decimals));
    if (shownAtOrAbove === fraction >= cutOff) return text;
  }
  return (fraction * 100).toFixed(2);
}

/** YYYYMMDD as YYYY-MM-DD; undefined when it is not a date (study dates may be empty or wrong). */
export function isoDate(date: string | undefined): string | undefined {
  const parts = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(date?.trim() ?? '');
  return parts ? `${parts[1]}-${parts[2]}-${parts[3]}` : undefined;
}

// Other control characters than tab, line feed and carriage return are forbidden in UT (PS3.5 6.1.3).
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

/** Foreign text made fit for a TEXT item: no control characters, well-formed Unicode, no outer blanks. */
export const cleanText = (text: string): string =>
  text
    .replace(CONTROL, ' ')
    .replace(/\p{Cs}/gu, '\ufffd')
    .trim();

/** On one line and at most `length` characters, ending in three dots when something was cut. */
export function clipped(text: string, length: number): string {
  const line = cleanText(text).replace(/\s+/g, ' ');
  return line.length <= length ? line : `${line.slice(0, length - 3).replace(/\p{Cs}/gu, '')}...`;
}

const UTF_8 = new TextEncoder();

/**
 * For an LO of ours: on one line and at most 64 bytes, because receivers count bytes where the standard counts characters
 * (PS3.5 table 6.2-1); ending in three dots when something was cut.
 */
export function shortLine(text: string): string {
  for (let length = 64; length > 3; length--) {
    const line = clipped(text, length);
    if (UTF_8.encode(line).length <= 64) return line;
  }
  return '';
}

/** Pieces of at most `length` characters whose concatenation is the text; none of it is lost, blank text gives none. */
export function chunks(text: string, length: number): readonly string[] {
  const cleaned = cleanText(text);
  const pieces: string[] = [];
  for (let start = 0; start < cleaned.length; ) {
    const end = start + length;
    const splitsPair = /[\ud800-\udbff]/.test(cleaned.charAt(end - 1)) && end < cleaned.length;
    pieces.push(cleaned.slice(start, splitsPair ? end - 1 : end));
    start = splitsPair ? end - 1 : end;
  }
  return pieces.filter((piece) => piece.trim() !== '');
}
