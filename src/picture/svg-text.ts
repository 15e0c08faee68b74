/** Text on the page. Whatever it says, it stays text, on its line and within its width. */
import { cleanText } from '../sr/wording.ts';
import { IDEOGRAPHIC, textWidth } from './font-metrics.ts';
import { element } from './svg.ts';

/** Families of the bundled fonts; the second one has the Chinese and Japanese letters. */
const LATIN = 'DejaVu Sans Condensed';
const CHINESE = 'Noto Sans S Chinese';

/** More of a foreign text is never looked at: what is longer would not fit anyway. */
const LONGEST = 4000;

/** Marks that turn the direction of what follows, and what XML 1.0 forbids. */
const INVISIBLE =
  /[\u0080-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]/g;

/** One line of foreign text: no control characters, no direction marks, no towers of accents. */
export function oneLine(text: string): string {
  return cleanText(text.slice(0, LONGEST))
    .replace(INVISIBLE, '')
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
    .replace(/\s+/g, ' ')
    .trim();
}

export const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');

/** The line, cut to the width with an ellipsis. */
export function fitted(text: string, width: number, size: number, isBold = false): string {
  const line = oneLine(text);
  if (textWidth(line, size, isBold) <= width) return line;
  const room = width - textWidth('…', size, isBold);
  let kept = '';
  let taken = 0;
  for (const character of line) {
    taken += textWidth(character, size, isBold);
    if (taken > room) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

const IDEOGRAPH = IDEOGRAPHIC.source;
/** An ideograph with the punctuation that closes it, or letters up to the next blank or ideograph; blanks go before. */
const WORDS = new RegExp(`\\s*(?:${IDEOGRAPH}|(?:(?!${IDEOGRAPH})\\S)+)[，。、；：？！）]*`, 'gu');

/** The text broken into at most `most` lines of that width, between words or ideographs; what is left over ends in an ellipsis. */
export function wrapped(
  text: string,
  width: number,
  size: number,
  most: number,
  isBold = false,
): readonly string[] {
  const words = oneLine(text).match(WORDS) ?? [];
  const lines: string[] = [];
  let line = '';
  for (const [index, word] of words.entries()) {
    if (line === '' || textWidth(line + word, size, isBold) <= width) {
      line += line === '' ? word.trimStart() : word;
      continue;
    }
    if (lines.length === most - 1)
      return [...lines, fitted(line + words.slice(index).join(''), width, size, isBold)];
    lines.push(fitted(line, width, size, isBold));
    line = word.trimStart();
  }
  return line === '' ? lines : [...lines, fitted(line, width, size, isBold)];
}

export type TextStyle = Readonly<{
  size: number;
  fill?: string;
  isBold?: boolean;
  anchor?: 'start' | 'middle' | 'end';
  /** px that the text may take; longer text is cut. Absent: the text is our own and fits. */
  width?: number;
}>;

export const FOREGROUND = '#f4f4f4';
export const SECONDARY = '#c3c8ce';
export const FAINT = '#7a828c';

/** A line of text with its baseline at x, y. */
export function label(x: number, y: number, text: string, style: TextStyle): string {
  const { size, fill = FOREGROUND, isBold = false, anchor = 'start', width } = style;
  const shown = width === undefined ? oneLine(text) : fitted(text, width, size, isBold);
  if (shown === '') return '';
  // one font for the whole line: a renderer that falls back for some letters forgets the weight of the others
  const family = IDEOGRAPHIC.test(shown) ? CHINESE : LATIN;
  return element(
    'text',
    {
      x,
      y,
      fill,
      'font-family': family,
      'font-size': size,
      'font-weight': isBold ? 'bold' : undefined,
      'text-anchor': anchor === 'start' ? undefined : anchor,
    },
    escaped(shown),
  );
}
