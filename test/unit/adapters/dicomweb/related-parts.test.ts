import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundaryOf, relatedParts } from '../../../../adapters/dicomweb/related-parts.ts';

const BOUNDARY = 'b-1';

async function partsOf(body: Buffer, cuts: readonly number[] = []): Promise<Buffer[]> {
  async function* chunks() {
    const at = [...new Set([0, ...cuts.map((cut) => cut % (body.length + 1)), body.length])].sort(
      (a, b) => a - b,
    );
    for (let i = 1; i < at.length; i++) yield body.subarray(at[i - 1], at[i]);
  }
  const parts: Buffer[] = [];
  for await (const event of relatedParts(chunks(), BOUNDARY)) {
    if (event.kind === 'start') parts.push(Buffer.alloc(0));
    if (event.kind === 'data') parts.push(Buffer.concat([parts.pop() ?? Buffer.alloc(0), event.bytes]));
  }
  return parts;
}
const bodyOf = (parts: readonly Uint8Array[], preamble = ''): Buffer =>
  Buffer.concat([
    Buffer.from(preamble),
    ...parts.flatMap((part, index) => [
      Buffer.from(
        `${index === 0 && preamble === '' ? '' : '\r\n'}--${BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n`,
      ),
      part,
    ]),
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  ]);

describe('multipart/related (RFC 2387)', () => {
  it('gives the same parts however the network cuts them, also where a part looks like a delimiter', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .constantFrom('\r\n--b-', '\r\n--b-2', '\r\n\r\n', '--b-1', '\r\n--b')
        .map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(bytes, { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(2000)),
        async (parts, cuts) => {
          const got = await partsOf(bodyOf(parts), cuts);
          expect(got.map((part) => part.toString('hex'))).toEqual(
            parts.map((part) => Buffer.from(part).toString('hex')),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('passes over a preamble, and what follows the closing delimiter', async () => {
    const body = Buffer.concat([bodyOf([Buffer.from('x')], 'words'), Buffer.from('--b-1\r\n\r\nnot a part')]);
    expect((await partsOf(body)).map(String)).toEqual(['x']);
  });

  it('a body that ends early is RETRIEVE_INCOMPLETE, one without end to its headers RETRIEVE_REFUSED', async () => {
    const whole = bodyOf([Buffer.from('x'.repeat(100))]);
    await expect(partsOf(whole.subarray(0, -10))).rejects.toMatchObject({ code: 'RETRIEVE_INCOMPLETE' });
    const endless = Buffer.from(`--${BOUNDARY}\r\nX: ${'y'.repeat(20_000)}`);
    await expect(partsOf(endless)).rejects.toMatchObject({ code: 'RETRIEVE_REFUSED' });
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
