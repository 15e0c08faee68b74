import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chunks,
  cleanText,
  clipped,
  fourDecimals,
  isoDate,
  percentText,
  shortLine,
  sixDigits,
} from '../../../src/sr/wording.ts';

describe('numbers for people', () => {
  it('a feature has six significant digits', () => {
    expect(sixDigits(2.4175123456789)).toBe('2.41751');
    expect(sixDigits(32110.4)).toBe('32110.4');
    expect(sixDigits(-0)).toBe('0');
  });

  it('any double fits the 16 characters of a DS', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(sixDigits(value).length).toBeLessThanOrEqual(16);
        expect(sixDigits(value)).toMatch(/^-?\d+(\.\d+)?(e[+-]\d+)?$/);
      }),
    );
  });

  it('a sentence shows four decimals, and never a rounded-away delta', () => {
    expect(fourDecimals(0.67468)).toBe('0.6747');
    expect(fourDecimals(-0.043773078297)).toBe('-0.0438');
    expect(fourDecimals(0.00001234)).toBe('0.00001234');
  });

  it('a probability has two decimals', () => {
    expect(percentText(0.655312, 0.4438)).toBe('65.53');
    expect(percentText(0.4438, 0.4438)).toBe('44.38');
  });

  it('a probability just below the cut-off never reads as if it had reached it', () => {
    expect(percentText(0.443799, 0.4438)).toBe('44.3799');
  });

  it('the shown probability is on the same side of the shown cut-off as the exact one', () => {
    const near = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((step) => 0.4438 + step * 1e-10);
    fc.assert(
      fc.property(near, (p) => {
        const shown = percentText(p, 0.4438);
        const decimals = shown.split('.')[1]!.length;
        expect(Number(shown) >= Number((44.38).toFixed(decimals))).toBe(p >= 0.4438);
      }),
    );
  });
});

describe('foreign text', () => {
  it('loses control characters and broken surrogates, keeps other scripts', () => {
    expect(cleanText('a\u0000b\u001bc 병변 \ud83d')).toBe('a b c 병변 \ufffd');
  });

  it('is clipped to one line', () => {
    expect(clipped('a\r\nb', 10)).toBe('a b');
    expect(clipped('x'.repeat(50), 10)).toBe(`${'x'.repeat(7)}...`);
    expect(clipped(`${'x'.repeat(6)}😀yyyy`, 10)).toBe(`${'x'.repeat(6)}...`);
  });

  it('is split into pieces that lose nothing and break no character', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 200 }),
        fc.integer({ min: 2, max: 20 }),
        (text, length) => {
          const pieces = chunks(text, length);
          for (const piece of pieces) {
            expect(piece.length).toBeLessThanOrEqual(length);
            expect(piece).toBe(cleanTail(piece));
          }
        },
      ),
    );
    expect(chunks('abcdef', 4)).toEqual(['abcd', 'ef']);
    expect(chunks('abc😀def', 4).join('')).toBe('abc😀def');
    expect(chunks('   ', 4)).toEqual([]);
  });
});

/** What the piece is without unpaired surrogates. */
const cleanTail = (piece: string): string => piece.replace(/\p{Cs}/gu, '');

describe('study dates', () => {
  it.each([
    ['20250102', '2025-01-02'],
    ['2025.01.02', '2025-01-02'],
    ['', undefined],
    ['2025', undefined],
    [undefined, undefined],
  ])('%j reads as %j', (date, text) => {
    expect(isoDate(date)).toBe(text);
  });
});

describe('a short line for an LO', () => {
  it('has at most 64 bytes in UTF-8, and is what was given where that fits', () => {
    const bytes = (text: string) => new TextEncoder().encode(text).length;
    expect(shortLine('No probability can be given.')).toBe('No probability can be given.');
    expect(shortLine('无法给出概率。')).toBe('无法给出概率。');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        const line = shortLine(text);
        expect(bytes(line)).toBeLessThanOrEqual(64);
        if (line !== clipped(text, 64)) expect(line.endsWith('...') || line === '').toBe(true);
      }),
    );
  });
});
