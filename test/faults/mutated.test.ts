/**
 * Damaged inputs of every kind that comes from outside. EARSHOT_MUTATIONS: how many of all kinds together (default: 2,000 of
 * each, fewer of what is slow), e.g. 1000000; EARSHOT_SEED: another sequence. With more than a few thousand of each, V8's coverage says which inputs
 * reach something new, and those are damaged further.
 */

import { readdirSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stowServer } from '../../adapters/dicomweb/stow.ts';
import { openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import { namedRandom } from '../../src/demo/random.ts';
import { readFileMeta } from '../../src/dicom/parse-part10.ts';
import { asFault } from '../../src/fault.ts';
import { startBlockCoverage } from '../support/block-coverage.ts';
import { ctSlice, datasetOf } from '../support/ct-slice.ts';
import { hammer } from '../support/hammer.ts';
import { Killable } from '../support/killable.ts';
import { keptLog } from '../support/log.ts';
import { metricOf } from '../support/metric.ts';
import { mutated } from '../support/mutate.ts';
import type { Reader } from '../support/reader.ts';
import { readersOfBytes } from '../support/readers-of-bytes.ts';
import { READERS_OF_TEXT } from '../support/readers-of-text.ts';
import { PACS } from '../support/running-service.ts';
import { associateRq, releaseRq, ScriptedPeer, storePdus } from '../support/scripted-peer.ts';
import { BOUNDARY, MULTIPART, multipart } from '../support/stow.ts';
import { asDeflated, asRle } from '../support/transcode.ts';
import { until } from '../support/until.ts';

const READERS: readonly Reader[] = [...(await readersOfBytes()), ...READERS_OF_TEXT];
/** Files, requests and streams to what runs are slower. */
const SLOW_SHARE = 0.1;
const SLOW_KINDS = 3;
const ALL = Number(process.env['EARSHOT_MUTATIONS'] ?? 0);
const SHARES = READERS.reduce((sum, { share = 1 }) => sum + share, SLOW_SHARE * SLOW_KINDS);
const EACH = ALL > 0 ? Math.ceil(ALL / SHARES) : 2000;
const SLOW_EACH = Math.ceil(EACH * SLOW_SHARE);
const SEED = process.env['EARSHOT_SEED'] ?? '20231';
const IS_GUIDED = EACH > 5000;
const TIMEOUT = 60_000 + EACH * 50;

/** Of one process for all inputs of a kind: what is garbage but not yet collected counts, too. */
const MOST_GROWN_MIB = 512;
const MOST_MS = 5000;
const others = READERS.flatMap(({ valid }) => valid);

describe('damaged input is refused with a code or read soundly, in bounded time and memory', () => {
  it.each(READERS)('$name', { timeout: TIMEOUT }, async (reader) => {
    await using coverage = IS_GUIDED ? await startBlockCoverage() : undefined;
    const inputs = Math.ceil(EACH * (reader.share ?? 1));
    const tally = await hammer(reader, { inputs, seed: SEED, others, coverage });
    process.stdout.write(`${reader.name}: ${JSON.stringify({ ...tally, covered: coverage?.total() })}\n`);
    expect(tally.bugs).toEqual([]);
    expect(tally.inputs).toBeGreaterThanOrEqual(inputs);
    // Both ways were tried, else nothing was tested.
    expect(tally.read).toBeGreaterThan(0);
    expect(Object.keys(tally.refused).length).toBeGreaterThan(0);
    expect(tally.slowestMs).toBeLessThan(MOST_MS);
    expect(tally.grownMiB).toBeLessThan(MOST_GROWN_MIB);
  });
});

const SLICE = ctSlice({ size: 16 });
const damaged = (kind: string, count: number, valid: readonly Buffer[]): Iterable<Buffer> => ({
  *[Symbol.iterator]() {
    for (let n = 0; n < count; n++) {
      const random = namedRandom(`${SEED}/${kind}/${n}`);
      yield mutated(valid[random.index(valid.length)] ?? SLICE, random, others);
    }
  },
});

describe('a data set that is damaged on its way', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'earshot-mutated-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is received whole or refused with a code, and leaves nothing behind', {
    timeout: TIMEOUT,
  }, async () => {
    const files = await openInstanceFiles(folder);
    const codes: Record<string, number> = {};
    for (const file of damaged('received', SLOW_EACH, [SLICE, asDeflated(SLICE), asRle(SLICE)])) {
      const {
        MediaStorageSOPClassUID: SOPClassUID = '',
        MediaStorageSOPInstanceUID: SOPInstanceUID = '',
        ...meta
      } = metaOf(file);
      const incoming = files.receive({
        SOPClassUID,
        SOPInstanceUID,
        TransferSyntaxUID: meta.TransferSyntaxUID,
      });
      for (let at = meta.datasetOffset; at < file.length; at += 1000)
        incoming.write(file.subarray(at, at + 1000));
      const code = await incoming.finish().then(
        () => 'received',
        (thrown: unknown) => asFault(thrown).code,
      );
      await incoming.discard();
      codes[code] = (codes[code] ?? 0) + 1;
    }
    process.stdout.write(`received: ${JSON.stringify(codes)}\n`);
    expect(codes['INTERNAL']).toBeUndefined();
    expect(codes['received']).toBeGreaterThan(0);
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
  });
});

/** As the sender of an undamaged one would announce it, where the damage hit the file meta information. */
function metaOf(file: Buffer): NonNullable<ReturnType<typeof readFileMeta>> {
  const whole = readFileMeta(SLICE);
  if (!whole) throw new Error('no file meta information');
  try {
    return readFileMeta(file) ?? whole;
  } catch {
    return whole;
  }
}

describe('a Store request that is damaged', () => {
  it('is answered, and leaves nothing open', { timeout: TIMEOUT }, async () => {
    const open = new Set<object>();
    const log = keptLog();
    const server = stowServer(
      { maxRequests: 4, maxRequestBytes: 1e9, maxParts: 100, idleSeconds: 5 },
      {
        openIncoming: () => {
          const one = {
            write: () => true,
            drained: async () => undefined,
            finish: async () => ({ header: { StudyInstanceUID: '2.25.1' } }) as never,
            keep: async (place: string) => place,
            content: async () => new Uint8Array(),
            discard: async () => void open.delete(one),
          };
          open.add(one);
          return one;
        },
        receive: async (incoming) => void (await incoming.finish()),
        hasRoom: async () => true,
        log,
      },
    );
    const statuses: Record<number, number> = {};
    const bodies = [multipart([SLICE, ctSlice({ size: 8, index: 1 })]), SLICE];
    for (const bytes of damaged('requests', SLOW_EACH, bodies)) {
      const body = new PassThrough();
      body.end(bytes);
      const type = bytes.includes(BOUNDARY) ? MULTIPART : 'application/dicom';
      const request = { headers: { 'content-type': type }, body, study: undefined, from: 'x', peer: 'x' };
      const { status } = await server.store(request);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
    process.stdout.write(`requests: ${JSON.stringify(statuses)}\n`);
    expect(Object.keys(statuses).filter((status) => !['200', '202', '400', '409'].includes(status))).toEqual(
      [],
    );
    expect(statuses[200]).toBeGreaterThan(0);
    expect(open.size).toBe(0);
    expect(log.lines.filter(({ fields }) => JSON.stringify(fields).includes('INTERNAL'))).toEqual([]);
  });
});

describe('a stream of PDUs that is damaged', () => {
  let run: Killable;
  beforeAll(async () => {
    run = await Killable.start({ settings: { log: { level: 'info' } } });
  }, 60_000);
  afterAll(() => run[Symbol.asyncDispose]());

  const measured = async () => {
    const page = await run.earshot.metrics();
    return {
      descriptors: metricOf(page, 'process_open_fds'),
      residentMiB: metricOf(page, 'process_resident_memory_bytes') / 2 ** 20,
    };
  };

  it('ends its own association alone in a running service: an honest sender is served meanwhile, and nothing is left', {
    timeout: TIMEOUT * 4,
  }, async () => {
    const dataset = datasetOf(SLICE);
    const stored = storePdus({ SOPInstanceUID: '2.25.1.2.1' }, dataset, { fragment: 300 });
    const request = associateRq({ calling: PACS });
    const afterwards = Buffer.concat([...stored, releaseRq()]);
    /** Either the request is damaged, or what follows it. */
    const send = async (bytes: Buffer): Promise<void> => {
      const isRequest = bytes[0] === 1;
      const peer = isRequest
        ? await ScriptedPeer.connect(run.port)
        : await ScriptedPeer.associate(run.port, { calling: PACS });
      peer.socket.end(bytes);
      await peer.closed(30_000);
      await peer[Symbol.asyncDispose]();
    };
    const sendHonestly = async (): Promise<void> => {
      await using honest = await ScriptedPeer.associate(run.port, { calling: PACS }, '127.0.0.2');
      honest.send(...storePdus({ SOPInstanceUID: '2.25.1.2.1' }, dataset));
      expect((await honest.answer())?.status).toBe(0);
    };
    await sendHonestly();
    const before = await measured();
    const streams = [...damaged('streams', SLOW_EACH, [request, afterwards, afterwards])];
    for (let at = 0; at < streams.length; at += 20)
      await Promise.all([...streams.slice(at, at + 20).map(send), sendHonestly()]);

    const log = run.earshot.log();
    const given = new Set([...log.matchAll(/"reason":"([^"]+)"/g)].map(([, reason]) => reason));
    const after = await until('descriptors to be closed', async () => {
      const now = await measured();
      return now.descriptors <= before.descriptors + 2 ? now : undefined;
    });
    process.stdout.write(
      `streams: ${JSON.stringify({ sent: streams.length, given: [...given], before, after })}\n`,
    );
    expect(given.size).toBeGreaterThan(2);
    expect(log).not.toMatch(/internal error|"INTERNAL"/);
    expect(after.residentMiB - before.residentMiB).toBeLessThan(MOST_GROWN_MIB);
    expect(readdirSync(join(run.dataDir, 'incoming'))).toEqual([]);
  });
});
