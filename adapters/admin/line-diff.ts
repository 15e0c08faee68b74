/** What differs between two texts, line by line: the longest common subsequence stays. */

export type DiffLine = Readonly<{ kind: 'same' | 'removed' | 'added'; text: string }>;

/** The table of the comparison grows with the square of this. */
export const MOST_LINES = 3000;

/** Undefined: one of the texts has more than `MOST_LINES` lines. */
export function lineDiff(before: string, after: string): readonly DiffLine[] | undefined {
  const [was, is] = [linesOf(before), linesOf(after)];
  if (was.length > MOST_LINES || is.length > MOST_LINES) return undefined;
  const head = commonHead(was, is);
  const tail = commonTail(was.slice(head), is.slice(head));
  return [
    ...was.slice(0, head).map(same),
    ...middle(was.slice(head, was.length - tail), is.slice(head, is.length - tail)),
    ...was.slice(was.length - tail).map(same),
  ];
}

const same = (text: string): DiffLine => ({ kind: 'same', text });

/** An end of line at the end begins no further line. */
function linesOf(text: string): string[] {
  if (text === '') return [];
  const lines = text.split(/\r?\n/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function commonHead(a: readonly string[], b: readonly string[]): number {
  const most = Math.min(a.length, b.length);
  let count = 0;
  while (count < most && a[count] === b[count]) count += 1;
  return count;
}

function commonTail(a: readonly string[], b: readonly string[]): number {
  const most = Math.min(a.length, b.length);
  let count = 0;
  while (count < most && a[a.length - 1 - count] === b[b.length - 1 - count]) count += 1;
  return count;
}

/** Where lines were replaced, those that go stand before those that come. */
function middle(was: readonly string[], is: readonly string[]): DiffLine[] {
  const width = is.length + 1;
  const lengths = commonLengths(was, is);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  const found: DiffLine[] = [];
  let [row, column] = [0, 0];
  while (row < was.length || column < is.length) {
    const [old, fresh] = [was[row], is[column]];
    if (old !== undefined && old === fresh) {
      found.push(same(old));
      [row, column] = [row + 1, column + 1];
    } else if (old !== undefined && (fresh === undefined || at(row + 1, column) >= at(row, column + 1))) {
      found.push({ kind: 'removed', text: old });
      row += 1;
    } else {
      found.push({ kind: 'added', text: fresh ?? '' });
      column += 1;
    }
  }
  return found;
}

/** How many lines the ends of both texts from there on have in common. */
function commonLengths(was: readonly string[], is: readonly string[]): Uint16Array {
  const width = is.length + 1;
  const lengths = new Uint16Array((was.length + 1) * width);
  for (let row = was.length - 1; row >= 0; row -= 1) {
    for (let column = is.length - 1; column >= 0; column -= 1) {
      const below = (row + 1) * width + column;
      lengths[row * width + column] =
        was[row] === is[column]
          ? (lengths[below + 1] ?? 0) + 1
          : Math.max(lengths[below] ?? 0, lengths[row * width + column + 1] ?? 0);
    }
  }
  return lengths;
}
