import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const files = readdirSync(new URL('test', root), { recursive: true, encoding: 'utf8' });
const names = new Set(files.map((file) => basename(file)));

it.each(['SECURITY', 'RELIABILITY'])('docs/%s.md names test files that are there', (page) => {
  const text = readFileSync(new URL(`docs/${page}.md`, root), 'utf8');
  const named = [...text.matchAll(/`([\w./-]+\.(?:test|contract)\.ts)`/g)].map(([, file = '']) => file);
  expect(named.length).toBeGreaterThan(20);
  const missing = named.filter((file) =>
    file.includes('/')
      ? !existsSync(new URL(file.startsWith('test/') ? file : `test/${file}`, root))
      : !names.has(file),
  );
  expect(missing).toEqual([]);
});

describe('the tables of threats in docs/SECURITY.md', () => {
  const page = readFileSync(new URL('docs/SECURITY.md', root), 'utf8');
  type Row = Readonly<{ of: string; threat: string; done: string; shown: string; open: string }>;
  const rowsOf = (kind: string): Row[] => {
    const [, body = ''] = page.split(
      `| ${kind} | Threat | What is done | Shown by | Open |\n|---|---|---|---|---|\n`,
    );
    const lines = body.slice(0, body.indexOf('\n\n')).split('\n');
    let last = '';
    return lines.map((line) => {
      const cells = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
      const [of = '', threat = '', done = '', shown = '', open = ''] = cells;
      expect(cells, line).toHaveLength(5);
      last = of || last;
      return { of: last, threat, done, shown, open };
    });
  };
  const lettersOf = (threat: string): string[] =>
    [...threat.matchAll(/(?:^|[,;] )([STRIDE])(?=[,:;]|$)/g)].map(([, letter = '']) => letter);

  it.each([
    ['Port', 14],
    ['File', 16],
    ['Container', 6],
  ])('%s: each has an answer to all six, and a dash a reason', (kind, atLeast) => {
    const rows = rowsOf(kind);
    const names = [...new Set(rows.map(({ of }) => of))];
    expect(names.length).toBeGreaterThanOrEqual(atLeast);
    for (const name of names) {
      const letters = rows.filter(({ of }) => of === name).flatMap(({ threat }) => lettersOf(threat));
      expect([...new Set(letters)].sort().join(''), name).toBe('DEIRST');
    }
    for (const { of, threat, done, shown, open } of rows) {
      const where = `${of}, ${threat}`;
      expect(open, where).not.toBe('');
      if (done === '—') expect(open, where).not.toBe('—');
      else if (!done.startsWith('as ')) expect(shown, where).not.toBe('');
    }
  });
});
