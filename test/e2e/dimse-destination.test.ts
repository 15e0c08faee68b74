import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dimseDestination } from '../../adapters/dimse/destination.ts';
import { echo } from '../../adapters/dimse/echo.ts';
import { startReceivingArchive } from '../../adapters/dimse/receiving-archive.ts';
import { openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import { Fault, type FaultCode } from '../../src/fault.ts';
import type { Node } from '../../src/ports.ts';
import { ctSlice, datasetOf } from '../support/ct-slice.ts';
import { freePort } from '../support/free-port.ts';
import { startListener } from '../support/listener.ts';

const SLICE = ctSlice({ size: 300 });
const never = new AbortController().signal;
let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earshot-destination-'));
  file = join(folder, 'report.dcm');
  await writeFile(file, SLICE);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const node = (port: number, aeTitle = 'EARSHOT'): Node => ({
  name: 'pacs',
  roles: ['destination'],
  host: '127.0.0.1',
  port,
  aeTitle,
});
const sendTo = (to: Node, signal: AbortSignal = never, timeoutSeconds = 5) =>
  dimseDestination(to, { callingAeTitle: 'EARSHOT', timeoutSeconds }).send(file, signal);
const faultOf = (work: Promise<unknown>): Promise<Fault | undefined> =>
  work.then(
    () => undefined,
    (thrown: unknown) => (thrown instanceof Fault ? thrown : new Fault('INTERNAL', String(thrown))),
  );

/** A peer that is no DICOM peer: each connection is handed to `behave`. */
async function withServer(
  behave: (socket: Socket) => void,
  body: (port: number) => Promise<void>,
): Promise<void> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    behave(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await body((server.address() as AddressInfo).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

it('the archive keeps what a destination sends, byte for byte, and says success', async () => {
  const files = await openInstanceFiles(join(folder, 'archive'));
  const kept: string[] = [];
  await using archive = await startReceivingArchive({
    aeTitle: 'ARCHIVE',
    host: '127.0.0.1',
    port: 0,
    files,
    onReceived: (_received, place) => kept.push(place),
  });
  const answer = await sendTo(node(archive.port, 'ARCHIVE'));
  expect(answer).toEqual({ status: 0, comment: undefined, warning: false });
  expect(kept).toEqual(['instances/2.25.1/2.25.1.2.1.dcm']);
  const stored = await readFile(files.absolute(kept[0]!));
  expect(datasetOf(stored).equals(datasetOf(SLICE))).toBe(true);
});

describe('a peer that does not take the object', () => {
  const refusals: readonly (readonly [FaultCode, FaultCode, string])[] = [
    ['STORAGE_FULL', 'PEER_BUSY', '0xA700'],
    ['SOP_CLASS_MISMATCH', 'PEER_REFUSED', '0xA900'],
    ['DICOM_UNPARSABLE', 'PEER_REFUSED', '0xC000'],
    ['INTERNAL', 'PEER_BUSY', '0x0110'],
  ];
  it.each(refusals)('its %s is our %s, with its status and comment', async (theirs, ours, status) => {
    await using peer = await startListener({}, { receive: () => Promise.reject(new Fault(theirs)) });
    const fault = await faultOf(sendTo(node(peer.scp.port)));
    expect(fault?.code).toBe(ours);
    expect(fault?.detail).toContain(status);
    expect(fault?.detail).toContain(theirs);
  });

  it('an unknown AE title: PEER_REJECTED, permanent, and the reason', async () => {
    await using peer = await startListener();
    const fault = await faultOf(sendTo(node(peer.scp.port, 'OTHER')));
    expect(fault?.code).toBe('PEER_REJECTED');
    expect(fault?.detail).toBe('permanent: called AE title not recognised');
  });

  it('a peer with no association left: PEER_REJECTED, transient', async () => {
    await using peer = await startListener({ maxAssociations: 0 });
    const fault = await faultOf(sendTo(node(peer.scp.port)));
    expect(fault?.detail).toBe('transient: local limit exceeded');
  });

  it('a SOP class that the peer does not accept: PEER_NO_CONTEXT', async () => {
    await using peer = await startListener({}, { policy: () => undefined });
    expect((await faultOf(sendTo(node(peer.scp.port))))?.code).toBe('PEER_NO_CONTEXT');
  });

  it('a peer that takes Implicit VR only gets no bytes of another encoding: PEER_NO_CONTEXT', async () => {
    await using peer = await startListener(
      {},
      { policy: () => ({ keep: true, transferSyntaxes: ['1.2.840.10008.1.2'] }) },
    );
    expect((await faultOf(sendTo(node(peer.scp.port))))?.code).toBe('PEER_NO_CONTEXT');
    expect(peer.stored).toEqual([]);
  });
});

describe('a peer that is not well', () => {
  it('nobody listens: PEER_UNREACHABLE', async () => {
    const fault = await faultOf(sendTo(node(await freePort())));
    expect(fault?.code).toBe('PEER_UNREACHABLE');
    expect(fault?.detail).toBe('ECONNREFUSED');
  });

  it('it closes without a word: that is a failure, not a success', async () => {
    await withServer(
      (socket) => socket.end(),
      async (port) => expect((await faultOf(sendTo(node(port))))?.code).toBe('PEER_UNREACHABLE'),
    );
  });

  it('it answers in another language: PEER_PROTOCOL', async () => {
    await withServer(
      (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      async (port) => expect((await faultOf(sendTo(node(port))))?.code).toBe('PEER_PROTOCOL'),
    );
  });

  it('it dies before its final response: PEER_UNREACHABLE', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await using peer = await startListener({}, { receive: () => held });
    const work = faultOf(sendTo(node(peer.scp.port)));
    await expect.poll(() => peer.scp.openAssociations()[0]?.isStoring).toBe(true);
    const ended = peer.scp[Symbol.asyncDispose]();
    expect((await work)?.code).toBe('PEER_UNREACHABLE');
    release();
    await ended;
  });

  it('it says nothing: PEER_TIMEOUT after the time that was set', async () => {
    await withServer(
      () => undefined,
      async (port) => {
        const started = Date.now();
        expect((await faultOf(sendTo(node(port), never, 0.3)))?.code).toBe('PEER_TIMEOUT');
        expect(Date.now() - started).toBeLessThan(2000);
      },
    );
  });

  it('the sending is called off', async () => {
    await withServer(
      () => undefined,
      async (port) => {
        const abort = new AbortController();
        const work = faultOf(sendTo(node(port), abort.signal));
        abort.abort();
        expect((await work)?.code).toBe('PEER_TIMEOUT');
        expect((await faultOf(sendTo(node(port), abort.signal)))?.code).toBe('PEER_TIMEOUT');
      },
    );
  });
});

describe('the file', () => {
  it('that is not there: INPUT_NOT_FOUND', async () => {
    const destination = dimseDestination(node(1), { callingAeTitle: 'EARSHOT' });
    expect((await faultOf(destination.send(join(folder, 'none.dcm'), never)))?.code).toBe('INPUT_NOT_FOUND');
  });

  it('that is no DICOM: DICOM_UNPARSABLE', async () => {
    const odd = join(folder, 'odd.dcm');
    await writeFile(odd, 'no DICOM');
    const destination = dimseDestination(node(1), { callingAeTitle: 'EARSHOT' });
    expect((await faultOf(destination.send(odd, never)))?.code).toBe('DICOM_UNPARSABLE');
  });
});

describe('C-ECHO', () => {
  it('tells how long it took', async () => {
    await using peer = await startListener();
    expect(await echo(node(peer.scp.port), { callingAeTitle: 'EARSHOT' })).toBeGreaterThan(0);
  });

  it('names what is wrong', async () => {
    await using peer = await startListener();
    const fault = await faultOf(echo(node(peer.scp.port, 'OTHER'), { callingAeTitle: 'EARSHOT' }));
    expect(fault?.code).toBe('PEER_REJECTED');
    const incomplete: Node = { name: 'web', roles: [], dicomWeb: 'https://pacs.example' };
    expect((await faultOf(echo(incomplete, { callingAeTitle: 'EARSHOT' })))?.code).toBe('CONFIG_INVALID');
  });
});
