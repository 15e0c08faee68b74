import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DiffLine, lineDiff, MOST_LINES } from '../../../adapters/admin/line-diff.ts';

const signs = { same: ' ', removed: '-', added: '+' } as const;
const marked = (lines: readonly DiffLine[] | undefined): string =>
  (lines ?? []).map(({ kind, text }) => signs[kind] + text).join(' ');
const side = (lines: readonly DiffLine[] | undefined, hidden: DiffLine['kind']): string[] =>
  (lines ?? []).filter(({ kind }) => kind !== hidden).map(({ text }) => text);

test('a line that is replaced goes before its successor comes', () => {
  expect(marked(lineDiff('a\nb\nc', 'a\nx\nc'))).toBe(' a -b +x  c');
});

test('lines are put in, taken out and moved', () => {
  expect(marked(lineDiff('a\nc', 'a\nb\nc'))).toBe(' a +b  c');
  expect(marked(lineDiff('a\nb\nc', 'c'))).toBe('-a -b  c');
  expect(marked(lineDiff('a\nb', 'b\na'))).toBe('-a  b +a');
});

test('from nothing, to nothing, and the same', () => {
  expect(marked(lineDiff('', 'a\n'))).toBe('+a');
  expect(marked(lineDiff('a\n', ''))).toBe('-a');
  expect(marked(lineDiff('a\nb', 'a\nb'))).toBe(' a  b');
  expect(lineDiff('', '')).toEqual([]);
});

test('an end of line of another system is no difference', () => {
  expect(marked(lineDiff('a\r\nb\r\n', 'a\nb\n'))).toBe(' a  b');
});

test('both texts can be read from what differs, and nothing that could stay goes', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 });
  fc.assert(
    fc.property(text, text, (was, is) => {
      const found = lineDiff(was.join('\n'), is.join('\n'));
      expect(side(found, 'added')).toEqual(was);
      expect(side(found, 'removed')).toEqual(is);
      expect(found?.filter(({ kind }) => kind === 'same').length).toBe(longest(was, is));
    }),
    { seed: 6 },
  );
});

test('texts that are too long are not compared', () => {
  const long = 'a\n'.repeat(MOST_LINES + 1);
  expect(lineDiff(long, 'a')).toBeUndefined();
  expect(lineDiff('a', long)).toBeUndefined();
  const most = Array.from({ length: MOST_LINES }, (_, index) => `line ${index}`);
  expect(lineDiff(most.join('\n'), most.toReversed().join('\n'))?.length).toBe(2 * MOST_LINES - 1);
});

/** By its definition: the longest of all subsequences that both have. */
function longest(a: readonly string[], b: readonly string[]): number {
  const known = new Map<string, number>();
  const from = (row: number, column: number): number => {
    if (row === a.length || column === b.length) return 0;
    const key = `${row},${column}`;
    const found =
      known.get(key) ??
      (a[row] === b[column]
        ? 1 + from(row + 1, column + 1)
        : Math.max(from(row + 1, column), from(row, column + 1)));
    known.set(key, found);
    return found;
  };
  return from(0, 0);
}
