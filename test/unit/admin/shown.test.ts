import { expect, test } from 'vitest';
import { Shown, visible } from '../../../adapters/admin/shown.tsx';

const htmlOf = (value: string): string => String(Shown({ value }));

test('markup in a name stands as text', () => {
  expect(htmlOf('<script>alert(1)</script>^A&B"')).toBe(
    '<bdi>&lt;script&gt;alert(1)&lt;/script&gt;^A&amp;B&quot;</bdi>',
  );
});

test('controls and marks that turn the direction of writing are shown as their code points', () => {
  expect(visible('a\u0000b\u202ec\u2066d\ufeff')).toBe('a⟨U+0000⟩b⟨U+202E⟩c⟨U+2066⟩d⟨U+FEFF⟩');
});

test('a description of 64 KB is cut, and never within a character', () => {
  const cut = visible('😀'.repeat(32_768));
  expect(cut.length).toBeLessThan(210);
  expect(cut.endsWith('😀…')).toBe(true);
});
