import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, it } from 'vitest';

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
