import { expect, it } from 'vitest';
import { reading } from '../../../src/startup/read-fault.ts';
import { readTimePoint } from '../../../src/startup/time-point.ts';
import { codeOf } from '../../support/code-of.ts';

const codeFor = (path: string) => codeOf(() => readTimePoint(path));

it('a path that leads nowhere is not found; what the disk does not give now may come later', () => {
  for (const path of ['/nowhere', '/dev/null/below', 'a\0b', `/${'a'.repeat(5000)}`])
    expect(codeFor(path), path).toBe('INPUT_NOT_FOUND');
  // the memory of a process has nothing at its beginning: EIO
  expect(codeFor('/proc/self/mem')).toBe('STORAGE_FAILED');
});

it.each(['EACCES', 'EIO', 'EMFILE', 'ESTALE', 'ENOMEM'])('%s may pass', (code) => {
  const read = () =>
    reading('a', () => {
      throw Object.assign(new Error(), { code, syscall: 'open' });
    });
  expect(codeOf(read)).toBe('STORAGE_FAILED');
});
