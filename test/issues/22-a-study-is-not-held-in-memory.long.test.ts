/** Receivers that kept whole objects, or whole requests, in memory have crashed on large studies. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ctSlice } from '../support/ct-slice.ts';
import { type EarshotProcess, earshotProcess } from '../support/earshot-process.ts';
import { freePort } from '../support/free-port.ts';
import { BOUNDARY, MULTIPART, openStow } from '../support/stow.ts';

const MIB = 2 ** 20;
const PART = `--${BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n`;
const END = `--${BOUNDARY}--\r\n`;

const folder = mkdtempSync(join(tmpdir(), 'earshot-memory-'));
let earshot: EarshotProcess;
let port: number;
beforeAll(async () => {
  port = await freePort();
  earshot = earshotProcess(folder, {
    dimse: { aeTitle: 'EARSHOT', host: '127.0.0.1', port: await freePort() },
    http: { host: '127.0.0.1', port },
    completeness: { quietPeriodSeconds: 600 },
    nodes: [],
  });
  await earshot.start();
}, 60_000);
afterAll(async () => {
  await earshot.stop();
  rmSync(folder, { recursive: true, force: true });
});

const metric = async (name: string): Promise<number> =>
  Number(
    (await earshot.metrics())
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.split(' ')[1],
  );
const residentMiB = async () => (await metric('process_resident_memory_bytes')) / MIB;

/** Sends pieces as fast as they are taken; the answer's status, and the most memory that was in use meanwhile. */
async function sendWatched(pieces: Iterable<Buffer | string>): Promise<{ status: number; peakMiB: number }> {
  let peakMiB = 0;
  const watch = setInterval(async () => {
    peakMiB = Math.max(peakMiB, await residentMiB().catch(() => 0));
  }, 100);
  const sending = request({
    port,
    host: '127.0.0.1',
    method: 'POST',
    path: '/dicom-web/studies',
    headers: { 'Content-Type': MULTIPART },
  });
  const status = new Promise<number>((resolve, reject) => {
    sending.on('error', reject);
    sending.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
  });
  for (const piece of pieces)
    if (!sending.write(piece)) await new Promise((done) => sending.once('drain', done));
  sending.end();
  const answered = await status;
  clearInterval(watch);
  return { status: answered, peakMiB };
}

/** `count` slices of half a MiB: one, under as many UIDs. */
function* slices(count: number): Generator<Buffer | string> {
  const uid = (index: number) => `2.25.90.2.${10_001 + index}`;
  const first = ctSlice({ study: '2.25.90', index: 10_000, size: 512 });
  const places: number[] = [];
  for (let at = first.indexOf(uid(0)); at >= 0; at = first.indexOf(uid(0), at + 1)) places.push(at);
  for (let index = 0; index < count; index++) {
    const file = Buffer.from(first);
    for (const at of places) file.write(uid(index), at, 'latin1');
    yield PART;
    yield file;
    yield '\r\n';
  }
  yield END;
}

/** One object whose pixels have so many MiB. */
function* large(mib: number): Generator<Buffer | string> {
  const file = ctSlice({ study: '2.25.91', size: 16 });
  const head = file.subarray(0, file.length - 16 * 16 * 2);
  head.writeUInt32LE(mib * MIB, head.length - 4);
  yield PART;
  yield head;
  for (let sent = 0; sent < mib; sent++) yield Buffer.alloc(MIB, sent);
  yield '\r\n';
  yield END;
}

describe('a study that comes by STOW-RS (PS3.18 10.5) is not held in memory', () => {
  it('300 slices in one request, and one object of 300 MiB, take no more than a small one', async () => {
    await sendWatched(slices(10));
    const before = await residentMiB();
    const many = await sendWatched(slices(300));
    expect(many.status).toBe(200);
    const one = await sendWatched(large(300));
    expect(one.status).toBe(200);
    expect(Math.max(many.peakMiB, one.peakMiB) - before).toBeLessThan(120);
    expect(await metric('earshot_instances_received_total{result="added"}')).toBe(301);
  }, 120_000);

  it('and a service that is killed in the middle of a request starts clean and takes it again', async () => {
    const half = openStow(port);
    half.request.on('error', () => undefined);
    const pieces = Array.from(slices(310)).map((piece) => Buffer.from(piece));
    for (const piece of pieces.slice(300 * 3, 305 * 3 + 1)) half.request.write(piece);
    half.request.write(pieces[305 * 3 + 1]?.subarray(0, 300_000));
    await new Promise((done) => setTimeout(done, 500));
    await earshot.stop('SIGKILL');
    await expect(half.answer).rejects.toThrow();
    await earshot.start();
    expect(readdirSync(join(folder, 'data', 'incoming'))).toEqual([]);
    expect((await sendWatched(slices(310))).status).toBe(200);
    const added = await metric('earshot_instances_received_total{result="added"}');
    const known = await metric('earshot_instances_received_total{result="duplicate"}');
    expect(added + known).toBe(310);
    // Those acknowledged before are known: none is lost.
    expect(known).toBeGreaterThanOrEqual(300);
  }, 120_000);
});
