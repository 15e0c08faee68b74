import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenedFiles, openInstanceFiles } from '../../../../adapters/disk/instance-files.ts';
import { readFileMeta } from '../../../../src/dicom/parse-part10.ts';
import { readPart10 } from '../../../../src/dicom/part10.ts';
import { isAsStored } from '../../../../src/dicom/stored-digest.ts';
import { ctSlice, datasetOf } from '../../../support/ct-slice.ts';

const [EXPLICIT, DEFLATED] = ['1.2.840.10008.1.2.1', '1.2.840.10008.1.2.1.99'];
const slice = ctSlice({ size: 64 });
let folder: string;
let files: OpenedFiles;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-as-received-'));
  files = await openInstanceFiles(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As it came, in chunks; where it lies. */
async function received(name: string, TransferSyntaxUID: string, dataset: Uint8Array): Promise<string> {
  const { SOPClassUID, SOPInstanceUID } = readPart10(slice) as Record<string, string>;
  const incoming = files.receive({
    SOPClassUID: SOPClassUID!,
    SOPInstanceUID: SOPInstanceUID!,
    TransferSyntaxUID,
  });
  for (let at = 0; at < dataset.length; at += 1000) incoming.write(dataset.subarray(at, at + 1000));
  await incoming.finish();
  return incoming.keep(`instances/1/2/${name}.dcm`, `later/${name}.dcm`);
}

/** What the file and the bytes in memory are taken for, after `change`. */
async function judged(place: string, change: (bytes: Buffer) => Uint8Array): Promise<boolean> {
  const path = join(folder, place);
  const bytes = change(readFileSync(path));
  writeFileSync(path, bytes);
  const isAsReceived = await files.isAsReceived(place);
  expect(isAsStored(bytes)).toBe(isAsReceived);
  return isAsReceived;
}

const datasetAt = (bytes: Buffer): number => readFileMeta(bytes)!.datasetOffset;
const flip = (bytes: Buffer, at: number): Buffer => {
  bytes[at] = ~bytes[at]! & 255;
  return bytes;
};

describe.each([
  ['explicit', EXPLICIT, datasetOf(slice)],
  ['deflated', DEFLATED, deflateRawSync(datasetOf(slice))],
] as const)('an object that was received, %s', (name, syntax, dataset) => {
  it.each([
    ['untouched', true, (bytes: Buffer) => bytes],
    ['with the first byte of its dataset changed', false, (bytes: Buffer) => flip(bytes, datasetAt(bytes))],
    ['with its last byte changed', false, (bytes: Buffer) => flip(bytes, bytes.length - 1)],
    ['cut off', false, (bytes: Buffer) => bytes.subarray(0, -2)],
    ['longer', false, (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(2)])],
    [
      'whose digest was never written',
      false,
      (bytes: Buffer) => bytes.fill(0, datasetAt(bytes) - 32, datasetAt(bytes)),
    ],
    ['that is empty, which its reader refuses', true, () => Buffer.alloc(0)],
    ['in whose place another program has put one', true, () => slice],
  ] as const)('%s: %s', async (what, isExpected, change) => {
    const place = await received(`${name}-${what.length}-${isExpected}`, syntax, dataset);
    expect(await judged(place, change)).toBe(isExpected);
  });
});

it('an object that is gone is not as received', async () => {
  expect(await files.isAsReceived('instances/1/2/none.dcm')).toBe(false);
});
