/**
 * Peers that hold connections, trickle or flood, and studies that come in every order: an honest sender is served meanwhile, and
 * nothing is left of it afterwards. Slices are tiny, but as many as EARSHOT_SLICES says (default 1000) to a study.
 */
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendFiles } from '../../adapters/dimse/sender.ts';
import { asFault } from '../../src/fault.ts';
import { ctSlice, datasetOf } from '../support/ct-slice.ts';
import { expectKept } from '../support/expect-kept.ts';
import { PACS, type RunningService, startService } from '../support/running-service.ts';
import { say } from '../support/say.ts';
import { associateRq, ScriptedPeer, storePdus } from '../support/scripted-peer.ts';
import { stow } from '../support/stow.ts';
import { until } from '../support/until.ts';

const SLICES = Number(process.env['EARSHOT_SLICES'] ?? 1000);
/** More than a sender of this process may be held up by its neighbours. */
const IDLE_SECONDS = 5;
const OTHER_HOST = '127.0.0.2';
const MOST_GROWN_MIB = 200;
/** For two objects by C-STORE and one by STOW-RS while others abuse the doors; other test files run beside this one. */
const MOST_HONEST_MS = 15_000;

let earshot: RunningService;
beforeAll(async () => {
  earshot = await startService({
    dimse: {
      host: '127.0.0.1',
      port: 0,
      maxAssociations: 130,
      maxAssociationsPerHost: 110,
      idleSeconds: IDLE_SECONDS,
    },
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
  await until('an empty folder', async () => earshot.incoming().length === 0 || undefined);
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
      expect(await honestSender()).toBeLessThan(MOST_HONEST_MS);
      // Then each hears an A-ABORT.
      await Promise.all(open.map((peer) => peer.closed((IDLE_SECONDS + 10) * 1000)));
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
          expect(await honestSender()).toBeLessThan(MOST_HONEST_MS);
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
      const honest = honestSender();
      await Promise.all([...flood, honest]);
      expect(await honest).toBeLessThan(MOST_HONEST_MS);
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
        expect(await honestSender()).toBeLessThan(MOST_HONEST_MS);
        expect((await fetch(`http://127.0.0.1:${earshot.service.httpPort}/healthz`)).status).toBe(200);
      } finally {
        clearInterval(drops);
        for (const socket of sockets) socket.destroy();
      }
    }),
  );
});

/** Over one association; the statuses of the answers. */
async function sendOver(files: readonly Buffer[], to = earshot): Promise<(number | null)[]> {
  const { dimsePort: port } = to.service;
  const node = { name: 'earshot', host: '127.0.0.1', port, aeTitle: 'EARSHOT', roles: [] };
  const answers = await sendFiles(node, files, { callingAeTitle: PACS });
  return answers.map(({ status }) => status);
}

/** Slices of a patient of its own, whose ID has nine characters. */
function filesOf(study: string, PatientID: string, count: number): Buffer[] {
  return Array.from({ length: count }, (_, index) => {
    const file = ctSlice({ study, index, size: 4 });
    file.write(PatientID, file.indexOf('RECEIVE-1'), 'latin1');
    return file;
  });
}

it(
  'a hundred associations at once that all send are all served, and every byte of it is kept',
  {
    timeout: 120_000,
  },
  () =>
    leavingNothing(async () => {
      const studies = Array.from({ length: 100 }, (_, at) => `2.25.702.${at + 1}`);
      const all = studies.map((study, at) => filesOf(study, `H-${String(at).padStart(7, '0')}`, 5));
      const statuses = await Promise.all(all.map((files) => sendOver(files)));
      expect(statuses.flat()).toEqual(new Array(500).fill(0));
      for (const [at, study] of studies.entries()) await expectKept(earshot, study, all[at] ?? []);
    }),
);

it('of sixty senders of one host under the shipped limits some are rejected and come again: nothing is lost', {
  timeout: 120_000,
}, async () => {
  await using shipped = await startService({
    nodes: [{ name: 'scanner', aeTitle: PACS, roles: ['source'] }],
  });
  const told: Record<string, number> = {};
  const sendUntilTaken = async (files: readonly Buffer[]): Promise<(number | null)[]> => {
    for (;;) {
      try {
        return await sendOver(files, shipped);
      } catch (thrown) {
        const { code } = asFault(thrown);
        told[code] = (told[code] ?? 0) + 1;
        await pause(200);
      }
    }
  };
  const studies = Array.from({ length: 60 }, (_, at) => `2.25.703.${at + 1}`);
  const all = studies.map((study, at) => filesOf(study, `S-${String(at).padStart(7, '0')}`, 5));
  const statuses = await Promise.all(all.map(sendUntilTaken));
  say(`sixty senders under the shipped limits, of which were told to come again: ${JSON.stringify(told)}`);
  expect(statuses.flat()).toEqual(new Array(300).fill(0));
  expect(told['PEER_REJECTED']).toBeGreaterThan(0);
  for (const [at, study] of studies.entries()) await expectKept(shipped, study, all[at] ?? []);
  expect(shipped.incoming()).toEqual([]);
});

/** The same order on every machine, and no order that anybody would send in. */
const shuffled = <Item>(items: readonly Item[]): Item[] =>
  items
    .map((item, index) => ({ item, key: Math.imul(index + 1, 2_654_435_761) >>> 0 }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);

describe('a study of a thousand slices, interleaved with another and out of order', () => {
  // At the same time: each has a study of its own.
  it.concurrent.each([1, 5, 50])(
    'over %i associations: one case, and every instance once, to the last byte',
    { timeout: 240_000 },
    async (associations) => {
      const [large, small] = [`2.25.71${associations}.1`, `2.25.71${associations}.2`];
      const patient = (which: number): string => `R-${which}-${String(associations).padStart(5, '0')}`;
      const [slices, others] = [filesOf(large, patient(1), SLICES), filesOf(small, patient(2), 50)];
      const files = shuffled([...slices, ...others]);
      // Some come twice, the second time over the association of the last ones.
      const all = [...files, ...files.slice(0, 20)];
      const share = Math.ceil(all.length / associations);
      const statuses = await Promise.all(
        Array.from({ length: associations }, (_, k) => sendOver(all.slice(k * share, (k + 1) * share))),
      );
      expect(statuses.flat()).toEqual(new Array(SLICES + 70).fill(0));

      for (const [study, PatientID, sent] of [
        [large, patient(1), slices],
        [small, patient(2), others],
      ] as const) {
        await expectKept(earshot, study, sent);
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
