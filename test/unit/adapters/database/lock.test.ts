import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockDataDir } from '../../../../adapters/database/lock.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-lock-'));
  file = join(folder, 'service.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

const mode = (): string => (statSync(file).mode & 0o777).toString(8);

describe('the lock of a data folder', () => {
  it('can be opened by its owner alone: who may read a file may lock it, and keep the service from starting', () => {
    lockDataDir(file)[Symbol.dispose]();
    expect(mode()).toBe('600');
  });

  it('is closed to others too when an older version made it', () => {
    writeFileSync(file, '');
    chmodSync(file, 0o644);
    lockDataDir(file)[Symbol.dispose]();
    expect(mode()).toBe('600');
  });

  it('is held by one at a time', () => {
    const held = lockDataDir(file);
    expect(() => lockDataDir(file)).toThrow('DATA_DIR_LOCKED');
    held[Symbol.dispose]();
    lockDataDir(file)[Symbol.dispose]();
  });
});
