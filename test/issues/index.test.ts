import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const rows = readFileSync(new URL('test/issues/README.md', root), 'utf8')
  .split('\n')
  .filter((line) => /^\| \d+ \|/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, number = '', pain = '', file = '', title = '']) => ({ number, pain, file, title }));

test('the 25 pains are all there, each once', () => {
  expect(rows.map(({ number }) => Number(number))).toEqual(Array.from({ length: 25 }, (_, k) => k + 1));
});
test.each(rows)('$number: $pain', ({ file, title, number }) => {
  const source = readFileSync(new URL(file, root), 'utf8');
  expect(source).toContain(title);
  if (title === '') expect(file).toMatch(new RegExp(`test/issues/${number.padStart(2, '0')}-`));
});
