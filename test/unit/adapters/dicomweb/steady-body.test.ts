import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { steadily } from '../../../../adapters/dicomweb/steady-body.ts';
import { Fault } from '../../../../src/fault.ts';

const LIMITS = { maxBytes: 1000, idleMs: 100, minBytesPerSecond: 1000 };
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** What was read, and the code that reading ended with. */
async function read(body: PassThrough, limits = LIMITS, perChunkMs = 0): Promise<[number, string]> {
  let bytes = 0;
  try {
    for await (const chunk of steadily(body, limits)) {
      bytes += chunk.length;
      if (perChunkMs > 0) await pause(perChunkMs);
    }
    return [bytes, 'end'];
  } catch (thrown) {
    return [bytes, thrown instanceof Fault ? thrown.code : String(thrown)];
  }
}

describe('the body of a request', () => {
  it('is read to its end', async () => {
    const body = new PassThrough();
    body.write(Buffer.alloc(300));
    body.end(Buffer.alloc(700));
    expect(await read(body)).toEqual([1000, 'end']);
  });

  it('above its limit is REQUEST_TOO_LARGE, and the rest can still be drained', async () => {
    const body = new PassThrough();
    body.write(Buffer.alloc(1001));
    expect(await read(body)).toEqual([0, 'REQUEST_TOO_LARGE']);
    expect(body.destroyed).toBe(false);
    body.resume();
    body.end(Buffer.alloc(10));
    await new Promise((done) => body.once('end', done));
  });

  it('that stands still is REQUEST_TOO_SLOW', async () => {
    const body = new PassThrough();
    body.write(Buffer.alloc(500));
    expect(await read(body)).toEqual([500, 'REQUEST_TOO_SLOW']);
  });

  it('that trickles is REQUEST_TOO_SLOW, though it never stands still for long', async () => {
    const body = new PassThrough();
    const drops = setInterval(() => body.write('x'), 10);
    const [bytes, end] = await read(body);
    clearInterval(drops);
    expect(end).toBe('REQUEST_TOO_SLOW');
    expect(bytes).toBeLessThan(200);
  });

  it('is not slow when it is the reader that takes its time', async () => {
    const body = new PassThrough();
    body.write(Buffer.alloc(10));
    setTimeout(() => body.end(Buffer.alloc(10)), 50);
    expect(await read(body, LIMITS, 300)).toEqual([20, 'end']);
  });

  it('that ends before it is complete is REQUEST_CUT', async () => {
    const body = new PassThrough();
    body.write(Buffer.alloc(10));
    setTimeout(() => body.destroy(new Error('aborted')), 20);
    expect(await read(body)).toEqual([10, 'REQUEST_CUT']);
    expect((await read(body))[1]).toBe('REQUEST_CUT');
  });
});
