import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { startRadiomicsPool } from '../../../../adapters/threads/radiomics-pool.ts';
import { view } from '../../../../src/picture/view.ts';
import { EAR_2023 } from '../../../../src/radiomics/profile.ts';
import { phantomCase } from '../../../support/phantom-case.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-view-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('the view of a lesion crosses the thread as it was made', async () => {
  const { ct, mask } = phantomCase('VIEW').baseline;
  const put = (name: string, bytes: Uint8Array): string => {
    const file = join(folder, name);
    writeFileSync(file, bytes);
    return file;
  };
  const files = new Map([...ct, mask].map((bytes, k) => [put(`${k}.dcm`, bytes), bytes]));
  const paths = [...files.keys()];
  const request = {
    images: paths.slice(0, -1),
    mask: { file: paths.at(-1)!, region: 1 },
    settings: EAR_2023,
    feature: 'log-sigma-3-0-mm-3D_glcm_DifferenceVariance',
  };
  await using pool = startRadiomicsPool({ size: 1, isWarmedUp: false });
  const { signal } = new AbortController();
  const shown = await pool.view(request, signal);
  expect(shown).toEqual(view(request, (path) => files.get(path)!));
  expect(shown.SOPInstanceUID).toMatch(/^[\d.]+$/);
  expect(shown.filtered?.contours.length).toBeGreaterThan(0);
  await expect(pool.view({ ...request, mask: { ...request.mask, region: 9 } }, signal)).rejects.toMatchObject(
    {
      code: 'MASK_NO_REGION',
    },
  );
}, 30_000);
