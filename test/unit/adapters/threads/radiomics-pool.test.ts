import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startRadiomicsPool } from '../../../../adapters/threads/radiomics-pool.ts';
import { EAR_2023 } from '../../../../src/radiomics/profile.ts';
import { COLUMNS, ctFile, ROWS, rtstructFile, segFile } from '../../../support/mask-fixtures.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-pool-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const never = (): AbortSignal => new AbortController().signal;

const scripted = new URL('../../../support/scripted-worker.js', import.meta.url);

describe('the pool of computing threads', { timeout: 60_000 }, () => {
  it('describes a mask from its path, in a thread that runs from TypeScript source', async () => {
    await using pool = startRadiomicsPool({ size: 1, isWarmedUp: false });
    const mask = file('rs.dcm', rtstructFile([]));
    expect(await pool.describeMask(mask, never())).toMatchObject({
      kind: 'RTSTRUCT',
      SOPInstanceUID: '2.25.60',
    });
  });

  it('writes the regions that are measured as a file, from paths', async () => {
    await using pool = startRadiomicsPool({ size: 1, isWarmedUp: false });
    const images = [0, 1, 2].map((i) => file(`ct${i}.dcm`, ctFile(i)));
    const bits = Array.from({ length: ROWS * COLUMNS }, (_, i) => i % 2);
    const mask = file('seg.dcm', segFile([{ segment: 2, slice: 1, bits }]));
    const typeCode = { CodeValue: '108369006', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Neoplasm' };
    const region = { label: 'Lesion 2', trackingId: 'Lesion 2', trackingUid: '2.25.80.2', typeCode };
    const request = {
      images,
      regions: [{ ...region, mask: { file: mask, region: 2 } }],
      installation: { name: 'EARSHOT', softwareVersion: '0.1.0' },
      completed: { date: '20260105', time: '101112' },
      belongsTo: '2.25.77',
    };
    const { bytes, SOPInstanceUID } = await pool.segmentation(request, never());
    expect(await pool.describeMask(file('own.dcm', bytes), never())).toMatchObject({
      kind: 'SEG',
      SOPInstanceUID,
      regions: [{ name: 'Lesion 2', contourOrFrameCount: 1 }],
    });
    const nothing = { ...request, images: [] };
    await expect(pool.segmentation(nothing, never())).rejects.toMatchObject({ code: 'IMAGE_GEOMETRY' });
  });

  it('a fault crosses the thread with its code and detail', async () => {
    await using pool = startRadiomicsPool({ size: 1, isWarmedUp: false });
    const notDicom = file('x.dcm', new Uint8Array(500));
    await expect(pool.describeMask(notDicom, never())).rejects.toMatchObject({
      name: 'Fault',
      code: 'DICOM_UNPARSABLE',
      detail: 'no DICM prefix',
      disposition: 'refuse',
    });
    await expect(pool.describeMask(join(folder, 'absent.dcm'), never())).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
    });
    const request = { images: [], mask: { file: notDicom, region: 1 }, features: [], settings: EAR_2023 };
    await expect(pool.measure(request, never())).rejects.toMatchObject({ code: 'IMAGE_GEOMETRY' });
  });

  it.each(['crash', 'throw'])('a thread that ends by %s fails its own question only', async (how) => {
    await using pool = startRadiomicsPool({ size: 1, entry: scripted });
    const [broken, next] = await Promise.allSettled([
      pool.describeMask(how, never()),
      pool.describeMask('ok', never()),
    ]);
    expect(broken).toMatchObject({ status: 'rejected', reason: { code: 'WORKER_FAILED' } });
    expect(next).toMatchObject({ status: 'fulfilled', value: { label: 'ok' } });
  });

  it('a thread that cannot be started has not seen the question, and says so', async () => {
    const missing = new URL('../../../support/no-such-worker.js', import.meta.url);
    await using pool = startRadiomicsPool({ size: 1, entry: missing });
    const answers = await Promise.allSettled(
      ['ok', 'ok too'].map((name) => pool.describeMask(name, never())),
    );
    expect(answers.map((answer) => (answer as PromiseRejectedResult).reason.code)).toEqual([
      'WORKER_NOT_STARTED',
      'WORKER_NOT_STARTED',
    ]);
  });

  it('a computation that hangs is ended at its time limit, and the next one runs', async () => {
    await using pool = startRadiomicsPool({ size: 1, timeoutSeconds: 3, entry: scripted });
    await expect(pool.describeMask('hang', never())).rejects.toMatchObject({ code: 'WORKER_TIMEOUT' });
    expect(await pool.describeMask('ok', never())).toMatchObject({ label: 'ok' });
  });

  it('an abort ends a running computation and takes a waiting one out of the queue', async () => {
    await using pool = startRadiomicsPool({ size: 1, entry: scripted });
    const [running, waiting] = [new AbortController(), new AbortController()];
    const answers = Promise.allSettled([
      pool.describeMask('hang', running.signal),
      pool.describeMask('waiting', waiting.signal),
      pool.describeMask('ok', never()),
    ]);
    waiting.abort(new Error('not wanted'));
    setTimeout(() => running.abort(new Error('stopped')), 300);
    expect(await answers).toMatchObject([
      { status: 'rejected', reason: { message: 'stopped' } },
      { status: 'rejected', reason: { message: 'not wanted' } },
      { status: 'fulfilled', value: { label: 'ok' } },
    ]);
  });

  it('more questions than threads wait for their turn', async () => {
    await using pool = startRadiomicsPool({ size: 2, entry: scripted });
    const names = Array.from({ length: 7 }, (_, i) => `ok ${i}`);
    const answers = await Promise.all(names.map((name) => pool.describeMask(name, never())));
    expect(answers.map(({ label }) => label)).toEqual(names);
  });

  it('after disposal nothing is taken, and what ran or waited is rejected', async () => {
    const pool = startRadiomicsPool({ size: 1, entry: scripted });
    const open = Promise.allSettled([
      pool.describeMask('hang', never()),
      pool.describeMask('waiting', never()),
    ]);
    await pool[Symbol.asyncDispose]();
    expect(await open).toMatchObject([
      { reason: { code: 'WORKER_FAILED' } },
      { reason: { code: 'WORKER_FAILED' } },
    ]);
    await expect(pool.describeMask('late', never())).rejects.toMatchObject({ code: 'WORKER_FAILED' });
  });

  it('a thread that has nothing to do is ended when asked for, and the next question starts another', async () => {
    await using pool = startRadiomicsPool({ size: 1, entry: scripted, idleSeconds: 0.05 });
    expect(await pool.describeMask('first', never())).toEqual({ label: 'first' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const [second, third] = ['second', 'third'].map((name) => pool.describeMask(name, never()));
    expect(await second).toEqual({ label: 'second' });
    expect(await third).toEqual({ label: 'third' });
  });
});
