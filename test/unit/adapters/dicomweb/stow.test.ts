import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type StowLimits, type StowWorld, stowServer } from '../../../../adapters/dicomweb/stow.ts';
import { Fault } from '../../../../src/fault.ts';
import type { IncomingInstance, Received } from '../../../../src/ports.ts';
import { ctSlice, datasetOf } from '../../../support/ct-slice.ts';
import { keptLog } from '../../../support/log.ts';
import { BOUNDARY, MULTIPART, multipart } from '../../../support/stow.ts';

const LIMITS: StowLimits = { maxRequests: 4, maxRequestBytes: 1e9, maxParts: 100, idleSeconds: 5 };
const STUDY = '2.25.60';

/** A disk in memory that can be told to be full, slow or broken. */
function scripted({
  room = async () => true,
  slow = false,
  breaks,
}: {
  room?: () => Promise<boolean>;
  slow?: boolean;
  breaks?: Error;
} = {}) {
  const objects: { pieces: Buffer[]; state: 'open' | 'kept' | 'discarded' }[] = [];
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const log = keptLog();
  const counts = { ignored: 0, refused: 0 };
  const world: StowWorld = {
    openIncoming: () => {
      const one: (typeof objects)[number] = { pieces: [], state: 'open' };
      objects.push(one);
      return {
        write: (chunk) => {
          one.pieces.push(Buffer.from(chunk));
          return !slow;
        },
        drained: () => gate,
        finish: async () => ({ header: { StudyInstanceUID: STUDY } }) as unknown as Received,
        keep: async (place) => {
          one.state = 'kept';
          return place;
        },
        content: async () => new Uint8Array(),
        discard: async () => {
          if (one.state === 'open') one.state = 'discarded';
        },
      } satisfies IncomingInstance;
    },
    receive: async (incoming) => {
      await incoming.finish();
      if (breaks) throw breaks;
      await incoming.keep('anywhere');
    },
    hasRoom: room,
    onIgnored: () => {
      counts.ignored += 1;
    },
    onRefused: () => {
      counts.refused += 1;
    },
    log,
  };
  return { world, objects, counts, log, release: () => release() };
}

const request = (body: PassThrough, headers: Record<string, string> = {}) => ({
  headers: { 'content-type': MULTIPART, ...headers },
  body,
  study: undefined,
  from: 'scanner',
  peer: 'scanner',
});
const bodyOf = (bytes: Uint8Array): PassThrough => {
  const body = new PassThrough();
  body.end(bytes);
  return body;
};
const slices = (count: number) =>
  Array.from({ length: count }, (_, index) => ctSlice({ study: STUDY, index, size: 16 }));

describe('PS3.18 10.5: a Store request', () => {
  it('stops being read while the disk is behind, and goes on when it has caught up', async () => {
    const disk = scripted({ slow: true });
    const server = stowServer(LIMITS, disk.world);
    const body = new PassThrough({ highWaterMark: 16 * 1024 });
    const answer = server.store(request(body));
    const all = multipart([ctSlice({ study: STUDY, size: 1024 })]);
    let taken = 0;
    for (let at = 0; at < all.length; at += 16 * 1024) {
      if (!body.write(all.subarray(at, at + 16 * 1024))) {
        const drained = new Promise((done) => body.once('drain', () => done('drained')));
        const still = new Promise((done) => setTimeout(done, 100, 'still'));
        if ((await Promise.race([drained, still])) === 'still') {
          disk.release();
          taken = at;
          await drained;
        }
      }
    }
    body.end();
    expect((await answer).status).toBe(200);
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(256 * 1024);
    expect(disk.objects.map(({ state }) => state)).toEqual(['kept']);
  });

  it('whose disk fills on the way says which instances are stored; nothing stored at all is 507', async () => {
    let asked = 0;
    const disk = scripted({ room: async () => ++asked <= 3 });
    const server = stowServer(LIMITS, disk.world);
    const some = await server.store(request(bodyOf(multipart(slices(4)))));
    expect(some.status).toBe(202);
    expect(JSON.parse(some.body)['00081198'].Value[0]['00081197'].Value).toEqual([0xa700]);
    // There is room when the request begins, and none for its instances.
    asked = 2;
    const full = scripted({ room: async () => ++asked <= 3 });
    const refused = await stowServer(LIMITS, full.world).store(request(bodyOf(multipart(slices(3)))));
    expect([refused.status, refused.headers['Retry-After']]).toEqual([507, '60']);
    expect(full.objects).toEqual([]);
  });

  it.each(['STORAGE_FAILED', 'DATABASE_FAILED', 'CATALOGUE_DAMAGED'] as const)(
    'of which nothing could be kept for %s may be sent again: 503 with Retry-After, 0xA700 for each',
    async (code) => {
      const disk = scripted({ breaks: new Fault(code) });
      const answer = await stowServer(LIMITS, disk.world).store(request(bodyOf(multipart(slices(2)))));
      expect([answer.status, answer.headers['Retry-After']]).toEqual([503, '60']);
      expect(JSON.parse(answer.body)['00081198'].Value[1]['00081197'].Value).toEqual([0xa700]);
      // One that can never be stored is among them: the same request would not succeed.
      const mixed = multipart([...slices(1), Buffer.from('nothing')]);
      expect((await stowServer(LIMITS, disk.world).store(request(bodyOf(mixed)))).status).toBe(409);
    },
  );

  it('shows nothing of what goes wrong inside: 0x0110, and no text', async () => {
    const disk = scripted({ breaks: new Error('SECRETNAME is in this text') });
    const answer = await stowServer(LIMITS, disk.world).store(request(bodyOf(multipart(slices(2)))));
    expect(answer.status).toBe(409);
    expect(JSON.parse(answer.body)['00081198'].Value[0]['00081197'].Value).toEqual([0x0110]);
    expect(JSON.stringify([answer, disk.log.lines])).not.toContain('SECRETNAME');
    expect(disk.objects.map(({ state }) => state)).toEqual(['discarded', 'discarded']);
    expect(disk.counts.refused).toBe(2);
    expect(disk.log.lines).toEqual([
      { level: 'warn', event: 'stow.failed', fields: { from: 'scanner', code: 'INTERNAL', count: 2 } },
    ]);
  });

  it('hands on the dataset alone, whatever the pieces that it came in', async () => {
    const files = slices(2);
    const body = multipart(files);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: body.length }), { maxLength: 30 }),
        async (cuts) => {
          const disk = scripted();
          const stream = new PassThrough();
          const answer = stowServer(LIMITS, disk.world).store(request(stream));
          let from = 0;
          for (const to of [...cuts.sort((a, b) => a - b), body.length]) {
            if (to > from) stream.write(body.subarray(from, to));
            from = to;
            await Promise.resolve();
          }
          stream.end();
          expect((await answer).status).toBe(200);
          const kept = disk.objects.map(({ pieces }) => Buffer.concat(pieces).toString('hex'));
          expect(kept).toEqual(files.map((file) => datasetOf(file).toString('hex')));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('of any bytes at all is answered, and leaves nothing open', async () => {
    const [file] = slices(1);
    const soup = fc
      .array(
        fc.oneof(
          fc.constantFrom(
            ...[`--${BOUNDARY}`, '\r\n', '\r\n\r\n', '--', 'Content-Type: application/dicom'].map(
              Buffer.from,
            ),
            file!,
            file!.subarray(0, 300),
            file!.subarray(0, 140),
            Buffer.alloc(128),
            Buffer.from('DICM'),
          ),
          fc.uint8Array({ maxLength: 40 }).map((some) => Buffer.from(some)),
        ),
        { maxLength: 20 },
      )
      .map((pieces) => Buffer.concat(pieces));
    const types = fc.constantFrom(MULTIPART, 'application/dicom');
    await fc.assert(
      fc.asyncProperty(soup, types, async (bytes, type) => {
        const disk = scripted();
        const server = stowServer(LIMITS, disk.world);
        const answer = await server.store(request(bodyOf(bytes), { 'content-type': type }));
        expect([200, 202, 400, 409]).toContain(answer.status);
        expect(disk.objects.every(({ state }) => state !== 'open')).toBe(true);
        expect(server.isStoringTo(STUDY)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('says to which study it stores while it runs, also before that instance is whole', async () => {
    const disk = scripted();
    const server = stowServer(LIMITS, disk.world);
    const body = new PassThrough();
    const all = multipart(slices(1));
    body.write(all.subarray(0, all.length - 100));
    const answer = server.store(request(body));
    await new Promise((done) => setTimeout(done, 20));
    expect([server.isStoringTo(STUDY), server.isStoringTo('2.25.1')]).toEqual([true, false]);
    body.end(all.subarray(all.length - 100));
    await answer;
    expect(server.isStoringTo(STUDY)).toBe(false);
  });

  it('that is cut drops its unfinished instance and keeps those that came whole', async () => {
    const disk = scripted();
    const body = new PassThrough();
    const all = multipart(slices(3));
    body.write(all.subarray(0, all.length - 200));
    const answer = stowServer(LIMITS, disk.world).store(request(body));
    await new Promise((done) => setTimeout(done, 20));
    body.destroy(new Fault('INTERNAL'));
    await answer;
    expect(disk.objects.map(({ state }) => state)).toEqual(['kept', 'kept', 'discarded']);
  });
});
