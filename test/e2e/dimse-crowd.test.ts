import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { echo } from '../../adapters/dimse/echo.ts';
import { makeCertificates } from '../support/certificates.ts';
import { ctSlice, datasetOf } from '../support/ct-slice.ts';
import { whyNotInstalled } from '../support/installed.ts';
import { eventually, expectUnharmed, type Listener, startListener } from '../support/listener.ts';
import { associateRq, releaseRq, ScriptedPeer, storePdus } from '../support/scripted-peer.ts';

const OTHER = '127.0.0.2';
const LOCAL_LIMIT = [3, 0, 0, 0, 0, 4, 0, 2, 3, 2];
const ACCEPTED = 0x02;
const DATASET = datasetOf(ctSlice({ size: 16 }));

const times = <T>(count: number, make: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, make));
const left = (peers: readonly ScriptedPeer[]): number => peers.filter(({ isClosed }) => !isClosed).length;

let listener: Listener;
let port: number;
const peers: ScriptedPeer[] = [];
const silent = async (from?: string): Promise<ScriptedPeer> => {
  const peer = await ScriptedPeer.connect(port, from === undefined ? {} : { from });
  peers.push(peer);
  return peer;
};
/** The answer to an association request. */
const asked = async (from?: string): Promise<number[]> => {
  const peer = await silent(from);
  peer.send(associateRq());
  return [...((await peer.nextPdu()) ?? [])];
};

// No time limit is met in these tests: what lets others through is room, not patience.
const PATIENT = { artimMs: 60_000, idleMs: 60_000, pduMs: 60_000 };

async function listen(options: Parameters<typeof startListener>[0] = {}) {
  listener = await startListener({ limits: PATIENT, ...options });
  port = listener.scp.port;
}

beforeEach(() => listen());
afterEach(async () => {
  for (const peer of peers.splice(0)) await peer[Symbol.asyncDispose]();
  await expectUnharmed(listener);
  await listener[Symbol.asyncDispose]();
});

describe('a host that opens connections and says nothing', () => {
  it('keeps nobody out, not even itself: those that have stood longest are closed', async () => {
    const crowd = await times(300, silent);
    expect((await asked(OTHER))[0]).toBe(ACCEPTED);
    expect((await asked())[0]).toBe(ACCEPTED);
    await eventually('most of them closed', () => left(crowd) <= 32);
    expect(crowd.at(-1)?.isClosed).toBe(false);
    expect(crowd[0]?.isClosed).toBe(true);
  });

  it('closes no connection of another host that waits a little, nor an association', async () => {
    const slow = await silent(OTHER);
    await using storing = await ScriptedPeer.associate(port);
    await times(200, silent);
    slow.send(associateRq());
    expect((await slow.nextPdu())?.[0]).toBe(ACCEPTED);
    storing.send(...storePdus({ SOPInstanceUID: '2.25.1.2.1' }, DATASET));
    expect((await storing.answer())?.status).toBe(0);
  });

  it('and is many hosts: who calls with a request is heard all the same', async () => {
    for (let host = 3; host < 30; host++) await times(10, () => silent(`127.0.0.${host}`));
    expect((await asked(OTHER))[0]).toBe(ACCEPTED);
    await eventually('the sockets without an association to be few', () => left(peers) <= 65);
  });
});

describe('a host that opens associations and asks nothing', () => {
  it('gets half of them, is told so by 2/3/2 at once, and the others get in', async () => {
    await listener[Symbol.asyncDispose]();
    await listen({ maxAssociations: 50 });
    const answers = await times(120, () => asked());
    expect(answers.filter(([type]) => type === ACCEPTED)).toHaveLength(25);
    for (const answer of answers.filter(([type]) => type !== ACCEPTED)) expect(answer).toEqual(LOCAL_LIMIT);
    for (let count = 0; count < 25; count++) expect((await asked(OTHER))[0]).toBe(ACCEPTED);
    expect(await asked(OTHER)).toEqual(LOCAL_LIMIT);
    expect(await asked('127.0.0.3')).toEqual(LOCAL_LIMIT);
    expect(listener.scp.openAssociations()).toHaveLength(50);
    for (const peer of peers.splice(0)) await peer[Symbol.asyncDispose]();
    await eventually('no association open', () => listener.scp.openAssociations().length === 0);
  });

  it('gets as many as are configured, and one more when it has released one', async () => {
    await listener[Symbol.asyncDispose]();
    await listen({ maxAssociations: 10, maxAssociationsPerHost: 2 });
    expect((await asked())[0]).toBe(ACCEPTED);
    expect((await asked())[0]).toBe(ACCEPTED);
    expect(await asked()).toEqual(LOCAL_LIMIT);
    expect((await asked(OTHER))[0]).toBe(ACCEPTED);
    peers[0]?.send(releaseRq());
    expect((await peers[0]?.nextPdu())?.[0]).toBe(0x06);
    expect((await asked())[0]).toBe(ACCEPTED);
    expect(await asked()).toEqual(LOCAL_LIMIT);
  });
});

it('one that sends half a request and stops is closed in a short time', async () => {
  await listener[Symbol.asyncDispose]();
  await listen({ limits: { ...PATIENT, artimMs: 300 } });
  const half = await silent();
  half.send(associateRq().subarray(0, 40));
  expect(await half.closed()).toBeLessThan(1500);
});

const missing = whyNotInstalled('openssl');
it.skipIf(missing)(
  missing ?? 'over TLS, connections that never begin the handshake keep nobody out',
  async () => {
    using made = makeCertificates();
    const { cert, key } = made.signed('hospital', 'earshot');
    const pem = (file: string): string => readFileSync(file, 'utf8');
    await listener[Symbol.asyncDispose]();
    await listen({ tls: { cert: pem(cert), key: pem(key), ca: [], clientCertificate: 'none' } });
    const crowd = await times(300, silent);
    const node = { name: 'ours', roles: [], host: '127.0.0.1', port, aeTitle: 'EARSHOT' };
    const tls = { ca: [pem(made.authority('hospital'))] };
    const call = () => echo({ ...node, tls }, { callingAeTitle: 'TEST', timeoutSeconds: 5 });
    expect(await call()).toBeGreaterThan(0);
    await eventually('most of them closed', () => left(crowd) <= 32);
    // Connections that have gone are not counted: more of them than there is room for come one after the other.
    for (let count = 0; count < 70; count++) expect(await call()).toBeGreaterThan(0);
    await listener[Symbol.asyncDispose]();
    await listen();
  },
);
