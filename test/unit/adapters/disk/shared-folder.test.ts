import { mkdir, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openInstanceFiles } from '../../../../adapters/disk/instance-files.ts';
import { ctSlice } from '../../../support/ct-slice.ts';

const FILE = ctSlice({ size: 32 });
const PLACE = 'instances/a/b.dcm';
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'earshot-shared-'));
  await mkdir(join(dataDir, 'instances/a'), { recursive: true });
  await writeFile(join(dataDir, PLACE), FILE);
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const open = (seconds: number) =>
  openInstanceFiles(dataDir, { isBeside: true, shared: { jobSeconds: seconds, readSeconds: seconds } });
const path = () => join(dataDir, PLACE);
/** The file is not to be seen for so long. */
async function hideFor(milliseconds: number): Promise<Promise<void>> {
  await rename(path(), `${path()}.hidden`);
  return pause(milliseconds).then(() => rename(`${path()}.hidden`, path()));
}
const never = new AbortController().signal;

describe('a folder that other machines write to', () => {
  it('shows what is there at once', async () => {
    const files = await open(30);
    expect(await files.awaited?.([{ file: PLACE, bytes: FILE.length }], never)).toEqual([]);
  });

  it('is waited for where a file is not seen, or not whole, yet', async () => {
    const files = await open(30);
    const shown = hideFor(200);
    await pause(20);
    expect(await files.awaited?.([{ file: PLACE, bytes: FILE.length }], never)).toEqual([]);
    await shown;
    await truncate(path(), 100);
    const whole = pause(200).then(() => writeFile(path(), FILE));
    expect(await files.awaited?.([{ file: PLACE, bytes: FILE.length }], never)).toEqual([]);
    await whole;
  });

  it('tells what is still not seen, or not whole, in the end', async () => {
    const files = await open(0.2);
    const wanted = [{ file: 'instances/a/c.dcm' }, { file: PLACE, bytes: FILE.length + 1 }, { file: PLACE }];
    expect(await files.awaited?.(wanted, never)).toEqual(['instances/a/c.dcm', PLACE]);
  });

  it('is waited for no longer than its job runs', async () => {
    const files = await open(30);
    const stop = new AbortController();
    const waiting = files.awaited?.([{ file: 'instances/a/c.dcm' }], stop.signal);
    setTimeout(() => stop.abort(new Error('stop')), 50);
    await expect(waiting).rejects.toThrow();
  });

  it('is read when the file is seen; one that is not is a coded fault after a while', async () => {
    const files = await open(30);
    const shown = hideFor(200);
    await pause(20);
    expect(Buffer.from(await files.read(PLACE)).equals(FILE)).toBe(true);
    await shown;
    const again = hideFor(200);
    await pause(20);
    expect((await files.header(PLACE)).Rows).toBe(32);
    await again;
    const hasty = await open(0.1);
    await expect(hasty.read('instances/a/c.dcm')).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
  });
});

it('a folder of one machine is not waited for', async () => {
  const files = await openInstanceFiles(dataDir, { isBeside: true });
  expect(files.awaited).toBeUndefined();
  const began = performance.now();
  await expect(files.read('instances/a/c.dcm')).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
  expect(performance.now() - began).toBeLessThan(1000);
});
