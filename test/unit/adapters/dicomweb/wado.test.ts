import { describe, expect, it } from 'vitest';
import { boundaryOf, receiveParts } from '../../../../adapters/dicomweb/wado.ts';
import { Fault } from '../../../../src/fault.ts';
import type { IncomingInstance, Intake } from '../../../../src/ports.ts';
import { ctSlice, datasetOf } from '../../../support/ct-slice.ts';

const BOUNDARY = 'b-1';
const bodyOf = (parts: readonly Uint8Array[]): Buffer =>
  Buffer.concat([
    ...parts.flatMap((part) => [
      Buffer.from(`\r\n--${BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n`),
      part,
    ]),
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  ]);
async function* inPieces(body: Buffer, size: number) {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}

/** Keeps datasets in memory; `refuse` fails the object of that number. */
function intake(refuse?: number) {
  const kept: Buffer[] = [];
  let dropped = 0;
  const door: Intake = {
    open: () => {
      const chunks: Buffer[] = [];
      const incoming = {
        write: (chunk: Uint8Array) => chunks.push(Buffer.from(chunk)) > 0,
        drained: async () => undefined,
        content: async () => new Uint8Array(),
        discard: async () => {
          dropped += 1;
        },
        finish: async () => {
          kept.push(Buffer.concat(chunks));
          return { header: { StudyInstanceUID: '2.25.1' } };
        },
      };
      return incoming as unknown as IncomingInstance;
    },
    receive: async (incoming) => {
      if (kept.length === refuse) throw new Fault('STORAGE_FAILED');
      await incoming.finish();
    },
  };
  return { kept, door, dropped: () => dropped };
}
const receiving = (body: Buffer, door: Intake, size = 700) =>
  receiveParts(inPieces(body, size), BOUNDARY, door, 'archive');

describe('the answer to Retrieve Series (PS3.18 10.4)', () => {
  const slices = [0, 1, 2].map((index) => ctSlice({ index, size: 16 }));

  it.each([1, 97, 100_000])('gives every dataset as it was sent, in pieces of %i bytes', async (size) => {
    const { kept, door } = intake();
    await receiving(bodyOf(slices), door, size);
    expect(kept.map((bytes) => bytes.toString('hex'))).toEqual(
      slices.map((slice) => datasetOf(slice).toString('hex')),
    );
  });
  it('that ends early is RETRIEVE_INCOMPLETE: what came whole is kept, the cut object dropped', async () => {
    const { kept, door, dropped } = intake();
    const whole = bodyOf(slices);
    await expect(receiving(whole.subarray(0, -300), door)).rejects.toMatchObject({
      code: 'RETRIEVE_INCOMPLETE',
    });
    expect(kept).toHaveLength(2);
    expect(dropped()).toBeGreaterThan(0);
  });
  it('that is no multipart is RETRIEVE_REFUSED', async () => {
    const endless = Buffer.from(`--${BOUNDARY}\r\nX: ${'y'.repeat(20_000)}`);
    await expect(receiving(endless, intake().door)).rejects.toMatchObject({ code: 'RETRIEVE_REFUSED' });
  });
  it('with an object that cannot be kept brings the others, and then says so', async () => {
    const { kept, door } = intake(2);
    await expect(receiving(bodyOf(slices), door)).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
    expect(kept).toHaveLength(2);
  });
  it.each([
    ['multipart/related; type="application/dicom"; boundary=abc', 'abc'],
    ['Multipart/Related;boundary="a b;c"; type="application/dicom"', 'a b;c'],
    ['application/dicom; boundary=abc', undefined],
    ['multipart/related', undefined],
    [null, undefined],
  ])('the boundary of %j', (contentType, boundary) => {
    expect(boundaryOf(contentType)).toBe(boundary);
  });
});
