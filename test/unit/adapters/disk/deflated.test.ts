import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openInstanceFiles } from '../../../../adapters/disk/instance-files.ts';
import { readHeader } from '../../../../src/dicom/read-header.ts';
import type { InstanceFiles } from '../../../../src/ports.ts';
import { ctSlice, datasetOf } from '../../../support/ct-slice.ts';
import { asDeflated, DEFLATED } from '../../../support/transcode.ts';

let root: string;
let files: InstanceFiles;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'earshot-deflated-'));
  files = await openInstanceFiles(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const slice = ctSlice({ size: 128 });
const { SOPClassUID, SOPInstanceUID } = readHeader(slice)!.header;
const incoming = () => files.receive({ SOPClassUID, SOPInstanceUID, TransferSyntaxUID: DEFLATED });
async function receive(dataset: Buffer) {
  const object = incoming();
  for (let at = 0; at < dataset.length; at += 1000) object.write(dataset.subarray(at, at + 1000));
  return object.finish().then(
    async ({ header }) => {
      await object.keep('kept.dcm');
      return header;
    },
    async (thrown) => {
      await object.discard();
      throw thrown;
    },
  );
}

describe('a deflated object that is received (PS3.5 A.5)', () => {
  const deflated = datasetOf(asDeflated(slice));

  it('has the header of the one that it was made of, and is stored as it came', async () => {
    const header = await receive(deflated);
    expect(header).toEqual({ ...readHeader(slice)!.header, TransferSyntaxUID: DEFLATED });
    expect(datasetOf(await readFile(join(root, 'kept.dcm'))).equals(deflated)).toBe(true);
  });

  it('has it again when it is read from its place', async () => {
    const header = await receive(deflated);
    expect(await files.header('kept.dcm')).toEqual(header);
  });

  it("may be padded behind its stream: what is there is nobody's", async () => {
    const padded = Buffer.concat([deflated, Buffer.alloc(2 ** 20)]);
    expect((await receive(padded)).SOPInstanceUID).toBe(SOPInstanceUID);
  });

  it('is refused when its stream is cut off, or what it holds is', async () => {
    await expect(receive(deflated.subarray(0, -200))).rejects.toMatchObject({ code: 'DICOM_TRUNCATED' });
    const half = deflateRawSync(datasetOf(slice).subarray(0, -2000));
    await expect(receive(half)).rejects.toMatchObject({ code: 'DICOM_TRUNCATED' });
  });

  it('is refused when it is not deflated, or no data set', async () => {
    await expect(receive(datasetOf(slice))).rejects.toMatchObject({ code: 'DICOM_UNPARSABLE' });
    await expect(receive(deflateRawSync(Buffer.alloc(4000, 1)))).rejects.toMatchObject({
      code: 'DICOM_UNPARSABLE',
    });
  });

  it('is refused when it unpacks without end, and memory stays flat', async () => {
    const bomb = deflateRawSync(Buffer.concat([datasetOf(slice), Buffer.alloc(700 * 2 ** 20)]), { level: 1 });
    const before = process.memoryUsage().rss;
    await expect(receive(bomb)).rejects.toMatchObject({ code: 'DICOM_TOO_LARGE' });
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
  }, 60_000);
});
