/**
 * Peers that hold connections, trickle or flood, and studies that come in every order: an honest sender is served meanwhile, and
 * nothing is left of it afterwards. Slices are tiny, but as many as EARSHOT_SLICES says (default 1000) to a study.
 */
import { readdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendFiles } from '../../adapters/dimse/sender.ts';
import { ctSlice, datasetOf } from '../support/ct-slice.ts';
import { PACS, type RunningService, startService } from '../support/running-service.ts';
import { associateRq, ScriptedPeer, storePdus } from '../support/scripted-peer.ts';
import { stow } from '../support/stow.ts';
import { until } from '../support/until.ts';

const SLICES = Number(process.env['EARSHOT_SLICES'] ?? 1000);
const OTHER_HOST = '127.0.0.2';
const MOST_GROWN_MIB = 200;

let earshot: RunningService;
beforeAll(async () => {
  earshot = await startService({
    dimse: { host: '127.0.0.1', port: 0, maxAssociations: 130, maxAssociationsPerHost: 110, idleSeconds: 2 },
    completeness: { quietPeriodSeconds: 8 },
    nodes: [{ name: 'scanner', aeTitle: PACS, roles: ['source'] }],
    http: { host: '127.0.0.1', port: 0, stow: { idleSeconds: 1 } },
  });
}, 60_000);
afterAll(() => earshot[Symbol.asyncDispose]());

const descriptors = (): number => readdirSync('/proc/self/fd').length;
const residentMiB = (): number => process.memoryUsage.rss() / 2 ** 20;

/** Runs an abuse; afterwards as few descriptors are open as before, and memory has not grown with it. */
async function leavingNothing(abuse: () => Promise<void>): Promise<void> {
  const before = { descriptors: descriptors(), resident: residentMiB() };
  await abuse();
  await until('descriptors to be closed', async () => descriptors() <= before.descriptors + 2 || undefined);
  expect(residentMiB() - before.resident).toBeLessThan(MOST_GROWN_MIB);
  expect(earshot.incoming()).toEqual([]);
}

let honestStudies = 0;
/** A study of two slices by C-STORE and one by STOW-RS, from another host; milliseconds until both were acknowledged. */
async function honestSender(): Promise<number> {
  honestStudies += 1;
  const study = `2.25.700.${honestStudies}`;
  const started = performance.now();
  await using peer = await ScriptedPeer.associate(earshot.service.dimsePort, { calling: PACS }, OTHER_HOST);
  for (const index of [0, 1]) {
    const SOPInstanceUID = `${study}.2.${index + 1}`;
    peer.send(
      ...storePdus({ SOPInstanceUID, messageId: index + 1 }, datasetOf(ctSlice({ study, index, size: 8 }))),
    );
    expect((await peer.answer())?.status).toBe(0);
  }
  const file = ctSlice({ study, index: 2, size: 8 });
  expect(
    (await stow([file], { port: earshot.service.httpPort, headers: { Connection: 'close' } })).status,
  ).toBe(200);
  return performance.now() - started;
}

describe('while the doors are abused an honest sender is served, and nothing is left afterwards', () => {
  it('associations that were opened and are never released', { timeout: 60_000 }, () =>
    leavingNothing(async () => {
      const open = await Promise.all(
        Array.from({ length: 100 }, () =>
          ScriptedPeer.associate(earshot.service.dimsePort, { calling: PACS }),
        ),
      );
      expect(await honestSender()).toBeLessThan(5000);
      // After two idle seconds each hears an A-ABORT.
      await Promise.all(open.map((peer) => peer.closed(10_000)));
      for (const peer of open) await peer[Symbol.asyncDispose]();
    }),
  );

  it(
    'associations that come and break in the middle of an object, a hundred at a time',
    { timeout: 60_000 },
    () =>
      leavingNothing(async () => {
        const dataset = datasetOf(ctSlice({ study: '2.25.701', size: 64 }));
        for (let round = 0; round < 5; round++) {
          const peers = await Promise.all(
            Array.from({ length: 100 }, () =>
              ScriptedPeer.associate(earshot.service.dimsePort, { calling: PACS }),
            ),
          );
          for (const peer of peers) {
            peer.send(
              ...storePdus({ SOPInstanceUID: '2.25.701.2.1' }, dataset, { fragment: 2000 }).slice(0, 3),
            );
          }
          expect(await honestSender()).toBeLessThan(5000);
          for (const { socket } of peers) socket.resetAndDestroy();
        }
      }),
  );

  it('association requests in a flood, many more than there is room for', { timeout: 60_000 }, () =>
    leavingNothing(async () => {
      const answers: (number | undefined)[] = [];
      const flood = Array.from({ length: 600 }, async () => {
        const peer = await ScriptedPeer.connect(earshot.service.dimsePort).catch(() => undefined);
        peer?.send(associateRq({ calling: PACS }));
        answers.push((await peer?.nextPdu(10_000).catch(() => undefined))?.[0]);
        await peer?.[Symbol.asyncDispose]();
      });
      await Promise.all([...flood, honestSender()]);
      expect(answers).toHaveLength(600);
      expect(answers.filter((type) => type === 2).length).toBeGreaterThan(100);
    }),
  );

  it('HTTP connections that say nothing, or say it byte by byte', { timeout: 60_000 }, () =>
    leavingNothing(async () => {
      const sockets: Socket[] = [];
      for (let count = 0; count < 300; count++) {
        const socket = connect({
          port: earshot.service.httpPort,
          host: '127.0.0.1',
          localAddress: '127.0.0.9',
        });
        socket.on('error', () => undefined);
        sockets.push(socket);
        if (count % 50 === 49) await new Promise((done) => setTimeout(done, 20));
      }
      const head = Buffer.from(
        'POST /dicom-web/studies HTTP/1.1\r\nHost: earshot\r\nContent-Type: application/dicom\r\n',
      );
      let sent = 0;
      const drops = setInterval(() => {
        const byte = head.subarray(sent, sent + 1);
        sent += 1;
        for (const socket of sockets) if (socket.writable) socket.write(byte);
      }, 20);
      try {
        expect(await honestSender()).toBeLessThan(5000);
        expect((await fetch(`http://127.0.0.1:${earshot.service.httpPort}/healthz`)).status).toBe(200);
      } finally {
        clearInterval(drops);
        for (const socket of sockets) socket.destroy();
      }
    }),
  );
});

/** The same order on every machine, and no order that anybody would send in. */
const shuffled = <Item>(items: readonly Item[]): Item[] =>
  items
    .map((item, index) => ({ item, key: Math.imul(index + 1, 2_654_435_761) >>> 0 }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);

/** Slices of a patient of its own, whose ID has nine characters. */
function filesOf(study: string, PatientID: string, count: number): Buffer[] {
  return Array.from({ length: count }, (_, index) => {
    const file = ctSlice({ study, index, size: 4 });
    file.write(PatientID, file.indexOf('RECEIVE-1'), 'latin1');
    return file;
  });
}

/** Names of the objects on the disk, of one study. */
const onDisk = (study: string): Promise<string[]> =>
  readdir(join(earshot.dataDir, 'instances', study, `${study}.1`));

async function sendOver(associations: number, files: readonly Buffer[]): Promise<(number | null)[]> {
  const node = {
    name: 'earshot',
    host: '127.0.0.1',
    port: earshot.service.dimsePort,
    aeTitle: 'EARSHOT',
    roles: [],
  };
  const share = Math.ceil(files.length / associations);
  const answers = await Promise.all(
    Array.from({ length: associations }, (_, k) =>
      sendFiles(node, files.slice(k * share, (k + 1) * share), { callingAeTitle: PACS }),
    ),
  );
  return answers.flat().map(({ status }) => status);
}

describe('a study of a thousand slices, interleaved with another and out of order', () => {
  // At the same time: each has a study of its own.
  it.concurrent.each([1, 5, 50])(
    'over %i associations: one case, and every instance once',
    { timeout: 240_000 },
    async (associations) => {
      const [large, small] = [`2.25.71${associations}.1`, `2.25.71${associations}.2`];
      const patient = (which: number): string => `R-${which}-${String(associations).padStart(5, '0')}`;
      const files = shuffled([...filesOf(large, patient(1), SLICES), ...filesOf(small, patient(2), 50)]);
      // Some come twice, on another association than the first time.
      const again = files.slice(0, 20);
      const statuses = await sendOver(associations, [...files, ...again]);
      expect(statuses).toHaveLength(SLICES + 70);
      expect(statuses.filter((status) => status !== 0)).toEqual([]);

      for (const [study, PatientID, count] of [
        [large, patient(1), SLICES],
        [small, patient(2), 50],
      ] as const) {
        const names = Array.from({ length: count }, (_, index) => `${study}.2.${index + 1}.dcm`);
        expect((await onDisk(study)).sort()).toEqual(names.sort());
        const rows = await earshot.service.world.catalogue.instancesOfSeries(study, `${study}.1`);
        expect(rows).toHaveLength(count);
        const closed = await until('a case that is looked at', async () => {
          const events = await earshot.service.world.catalogue.eventsOf(study);
          const found = events.filter(({ kind }) => kind === 'state.complete');
          return found.length > 0 ? found : undefined;
        });
        expect(closed).toHaveLength(1);
        const cases = await earshot.service.world.catalogue.studiesOfPatient(PatientID);
        expect(cases.map(({ StudyInstanceUID }) => StudyInstanceUID)).toEqual([study]);
      }
    },
  );
});
