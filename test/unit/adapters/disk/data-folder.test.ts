import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataFolder } from '../../../../adapters/disk/data-folder.ts';

let root: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'earshot-folder-')));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const failing = () => Promise.reject(Object.assign(new Error('no'), { code: 'EIO' }));

describe('a disk that refuses to sync', () => {
  it('leaves the file that was there before, whole and with its bytes', async () => {
    const folder = dataFolder(root);
    await writeFile(join(root, 'first'), 'durable');
    await folder.settle(join(root, 'first'), 'reports/r.dcm', async () => undefined);
    await writeFile(join(root, 'second'), 'new');
    await expect(folder.settle(join(root, 'second'), 'reports/r.dcm', failing)).rejects.toThrow('no');
    expect(readFileSync(join(root, 'reports/r.dcm'), 'utf8')).toBe('durable');
    expect(existsSync(join(root, 'second'))).toBe(true);
  });

  it('leaves nothing under a new name, which nobody was told of', async () => {
    const folder = dataFolder(root);
    await writeFile(join(root, 'first'), 'new');
    await expect(folder.settle(join(root, 'first'), 'reports/r.dcm', failing)).rejects.toThrow('no');
    expect(existsSync(join(root, 'reports/r.dcm'))).toBe(false);
  });

  it('a file that replaces another is durable before it takes its name', async () => {
    const folder = dataFolder(root);
    await writeFile(join(root, 'first'), 'old');
    await folder.settle(join(root, 'first'), 'r.dcm', async () => undefined);
    await writeFile(join(root, 'second'), 'new');
    let seen = '';
    await folder.settle(join(root, 'second'), 'r.dcm', async () => {
      seen = readFileSync(join(root, 'r.dcm'), 'utf8');
    });
    expect(seen).toBe('old');
    expect(readFileSync(join(root, 'r.dcm'), 'utf8')).toBe('new');
  });
});
