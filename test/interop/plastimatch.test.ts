/** Masks that plastimatch rasterises and RTSTRUCTs that it writes. Its rule is ours on these: no voxel may differ. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inflate } from '../../adapters/threads/inflate.ts';
import { describeMask } from '../../src/masks/describe.ts';
import { maskOnVolume } from '../../src/masks/mask-on-volume.ts';
import { masksOfSeries } from '../../src/matching/mask-of-series.ts';
import { parseImageFile } from '../../src/volume/formats/image-file.ts';
import { type CtVolume, volumeFromInstances } from '../../src/volume/from-instances.ts';
import type { Mask } from '../../src/volume/volume.ts';
import { runChild } from '../support/child.ts';
import { whyNotInstalled } from '../support/installed.ts';
import { describeWithReference } from '../support/reference.ts';
import { writeNrrd } from '../support/write-nrrd.ts';

const missing = whyNotInstalled('plastimatch');
const SCANS = ['lung-pair/baseline', 'lung-pair/followup', 'sts-042', 'sts-008'] as const;

describeWithReference(`plastimatch${missing ? ` ${missing}` : ''}`, (reference) => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'earshot-plastimatch-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const of = (scan: string, ...path: string[]) => join(reference, 'dicom', scan, ...path);
  async function ctOf(scan: string): Promise<CtVolume> {
    const names = await readdir(of(scan, 'ct'));
    const files = await Promise.all(names.map((name) => readFile(of(scan, 'ct', name))));
    return volumeFromInstances(files.length, (i) => files[i]!);
  }
  async function plastimatch(...args: string[]): Promise<void> {
    const { status, output } = await runChild('plastimatch', ['convert', ...args]);
    expect(status, output).toBe(0);
  }
  const differing = (a: Uint8Array, b: ArrayLike<number>): number =>
    a.reduce((sum, voxel, i) => sum + Number(voxel !== b[i]), 0);

  it.skipIf(missing).each(SCANS)('%s: its raster of an RTSTRUCT is ours, voxel for voxel', async (scan) => {
    const into = join(folder, scan.replace('/', '-'));
    const rtstruct = of(scan, 'rs.dcm');
    await plastimatch(
      ...['--input', rtstruct, '--referenced-ct', of(scan, 'ct')],
      ...['--output-prefix', into, '--prefix-format', 'nrrd'],
    );
    const bytes = await readFile(rtstruct);
    const region = describeMask(bytes).regions.find(({ contourOrFrameCount }) => contourOrFrameCount > 0);
    const file = join(into, `${region?.name}.nrrd`);
    const { voxels } = parseImageFile(await readFile(file), file, inflate);
    const { mask } = maskOnVolume(bytes, region?.number ?? 0, await ctOf(scan));
    expect(voxels).toHaveLength(mask.voxels.length);
    expect(differing(mask.voxels, voxels)).toBe(0);
  });

  /** The reference mask with a square hole in some of its slices, and an island in the hole of one. */
  function withHoles(mask: Mask): Mask {
    const voxels = mask.voxels.slice();
    const [nx, ny, nz] = mask.size;
    const pixels = nx * ny;
    const middle = (z: number) => voxels.subarray(z * pixels, (z + 1) * pixels);
    const drawn = Array.from({ length: nz }, (_, z) => z).filter((z) => middle(z).includes(1));
    for (const z of drawn.slice(8, 12)) {
      const slice = middle(z);
      const inside = [...slice.keys()].filter((i) => isDeepInside(slice, i, nx, 9));
      const centre = inside[inside.length >> 1] ?? 0;
      square(slice, centre, nx, 6, 0);
      square(slice, centre, nx, 2, 1);
    }
    return { ...mask, voxels };
  }
  const square = (slice: Uint8Array, centre: number, nx: number, reach: number, value: 0 | 1): void => {
    for (let y = -reach; y <= reach; y++)
      slice.fill(value, centre + y * nx - reach, centre + y * nx + reach + 1);
  };
  const isDeepInside = (slice: Uint8Array, at: number, nx: number, reach: number): boolean => {
    for (let y = -reach; y <= reach; y++)
      if (slice.subarray(at + y * nx - reach, at + y * nx + reach + 1).includes(0)) return false;
    return true;
  };

  it.skipIf(missing).each(['solid', 'with holes and islands (keyholes)'])(
    'a mask that it turns into an RTSTRUCT comes back as it was: %s',
    async (kind) => {
      const scan = 'lung-pair/baseline';
      const ct = await ctOf(scan);
      const drawn = maskOnVolume(await readFile(of(scan, 'rs.dcm')), 1, ct).mask;
      const mask = kind === 'solid' ? drawn : withHoles(drawn);
      expect(differing(mask.voxels, drawn.voxels) > 0).toBe(kind !== 'solid');
      const image = join(folder, `${kind.slice(0, 5)}.nrrd`);
      const into = join(folder, `rt-${kind.slice(0, 5)}`);
      writeNrrd(image, mask);
      await plastimatch('--input-ss-img', image, '--referenced-ct', of(scan, 'ct'), '--output-dicom', into);
      const [name = ''] = (await readdir(into)).filter((each) => each.startsWith('rtss'));
      const bytes = await readFile(join(into, name));
      const description = describeMask(bytes);
      expect(description).toMatchObject({ kind: 'RTSTRUCT', Manufacturer: 'Plastimatch' });
      const { header, instances } = ct;
      const series = {
        SeriesInstanceUID: header.SeriesInstanceUID,
        header,
        SOPInstanceUIDs: instances.map(({ SOPInstanceUID }) => SOPInstanceUID),
      };
      expect(masksOfSeries({ ctSeries: [series], masks: [description] }).candidates).toHaveLength(1);
      const back = maskOnVolume(bytes, description.regions[0]?.number ?? 0, ct);
      expect(differing(back.mask.voxels, mask.voxels)).toBe(0);
    },
  );
});
