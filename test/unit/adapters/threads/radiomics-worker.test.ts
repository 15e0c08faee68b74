import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startRadiomicsPool } from '../../../../adapters/threads/radiomics-pool.ts';

it('a mask larger than a thread may read is held as unreadable, and the thread lives on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-worker-'));
  const file = join(folder, 'mask.dcm');
  await writeFile(file, '');
  await truncate(file, 2 ** 30 + 1);
  await using pool = startRadiomicsPool({ size: 1 });
  const { signal } = new AbortController();
  await expect(pool.describeMask(file, signal)).rejects.toMatchObject({ code: 'MASK_UNREADABLE' });
  await expect(pool.describeMask(join(folder, 'none'), signal)).rejects.toMatchObject({
    code: 'STORAGE_FAILED',
  });
  await rm(folder, { recursive: true });
}, 30_000);
