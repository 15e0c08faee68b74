import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ctSlice, datasetOf } from '../support/ct-slice.ts';
import { expectUnharmed, type Listener, startListener } from '../support/listener.ts';
import {
  associateRq,
  COMMAND_LAST,
  CT_IMAGE,
  DATA,
  pdu,
  pdv,
  releaseRq,
  ScriptedPeer,
  storeCommand,
  storePdus,
} from '../support/scripted-peer.ts';

const SLICE = ctSlice({ size: 128 });
const DATASET = datasetOf(SLICE);
const UID = '2.25.1.2.1';
const ARTIM_MS = 400;

let listener: Listener;
let port: number;

beforeEach(async () => {
  listener = await startListener({ limits: { artimMs: ARTIM_MS, idleMs: 800, pduMs: 400 } });
  port = listener.scp.port;
});
afterEach(async () => {
  await expectUnharmed(listener);
  await listener[Symbol.asyncDispose]();
});

describe('association', () => {
  it('PS3.8 9.3.4: an unknown called AE title is rejected 1/1/7 and the socket is closed', async () => {
    await using peer = await ScriptedPeer.connect(port);
    peer.send(associateRq({ called: 'SOMEBODY' }));
    expect([...((await peer.nextPdu()) ?? [])]).toEqual([3, 0, 0, 0, 0, 4, 0, 1, 1, 7]);
    await peer.closed();
  });

  it('a rejected peer that neither leaves nor reads is cut off', async () => {
    await using peer = await ScriptedPeer.connect(port, { allowHalfOpen: true });
    peer.send(associateRq({ called: 'SOMEBODY' }));
    await peer.nextPdu();
    // FIN came with the rejection; only writing shows whether the socket still lives behind it.
    const started = Date.now();
    while (!peer.isClosed && Date.now() - started < ARTIM_MS * 4) {
      peer.send(Buffer.alloc(1000));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(peer.isClosed).toBe(true);
  });

  it('a second A-ASSOCIATE-RQ ends the association', async () => {
    await using peer = await ScriptedPeer.associate(port);
    peer.send(associateRq());
    expect((await peer.nextPdu())?.[0]).toBe(0x07);
    await peer.closed();
  });

  it('item lengths that lie end the connection', async () => {
    await using peer = await ScriptedPeer.connect(port);
    const request = Buffer.from(associateRq());
    request.writeUInt16BE(0xffff, 6 + 68 + 2);
    peer.send(request);
    await peer.closed();
  });

  it('a peer that is not allowed to call hears 1/1/3, one too many 2/3/2', async () => {
    await using strict = await startListener(
      { maxAssociations: 1 },
      { acceptCaller: ({ callingAeTitle }) => (callingAeTitle === 'FRIEND' ? 'accept' : 'callingAeTitle') },
    );
    const rejection = async (calling: string) => {
      await using peer = await ScriptedPeer.connect(strict.scp.port);
      peer.send(associateRq({ calling }));
      return [...((await peer.nextPdu())?.subarray(7) ?? [])];
    };
    expect(await rejection('STRANGER')).toEqual([1, 1, 3]);
    await using friend = await ScriptedPeer.associate(strict.scp.port, { calling: 'FRIEND' });
    expect(friend.isClosed).toBe(false);
    expect(await rejection('FRIEND')).toEqual([2, 3, 2]);
  });
});

describe('bytes that are no DICOM', () => {
  const hostile: readonly (readonly [string, Buffer])[] = [
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['a TLS handshake', Buffer.from('16030100c8010000c4030300', 'hex')],
    ['a PDU of 4 GiB', pdu(1, Buffer.alloc(100_000), 0xfffffff0)],
    ['P-DATA before any association', pdu(4, pdv(1, COMMAND_LAST, storeCommand()))],
    ['an A-RELEASE-RQ before any association', releaseRq()],
  ];
  it.each(hostile)('%s: the connection ends at once', async (_name, bytes) => {
    // Its times are so long that the end is none of them.
    await using patient = await startListener({ limits: { artimMs: 30_000, idleMs: 30_000, pduMs: 30_000 } });
    await using peer = await ScriptedPeer.connect(patient.scp.port);
    peer.send(bytes);
    expect(await peer.closed(20_000)).toBeLessThan(20_000);
  });

  it('a peer that goes on writing to a closed door is not read', async () => {
    await using peer = await ScriptedPeer.connect(port, { allowHalfOpen: true });
    for (let times = 0; times < 50 && !peer.isClosed; times++) {
      peer.send(Buffer.alloc(65_536, 0x41));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(peer.isClosed).toBe(true);
  });

  it('a P-DATA longer than negotiated ends the association', async () => {
    await using peer = await ScriptedPeer.associate(port);
    peer.send(pdu(4, Buffer.alloc(10), 0x7fffffff));
    await peer.closed();
  });
});

describe('a peer that is slow or silent', () => {
  it('that connects and says nothing is cut off', async () => {
    await using peer = await ScriptedPeer.connect(port);
    expect(await peer.closed()).toBeLessThan(ARTIM_MS * 10);
  });

  it('that trickles its request byte by byte is cut off all the same', async () => {
    await using peer = await ScriptedPeer.connect(port);
    const request = associateRq();
    const started = Date.now();
    for (let at = 0; at < request.length && !peer.isClosed; at++) {
      peer.send(request.subarray(at, at + 1));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect(peer.isClosed).toBe(true);
    expect(Date.now() - started).toBeLessThan(ARTIM_MS * 10);
  });

  it('that trickles a P-DATA is cut off', async () => {
    await using peer = await ScriptedPeer.associate(port);
    const [command = Buffer.alloc(0), data = Buffer.alloc(0)] = storePdus({ SOPInstanceUID: UID }, DATASET);
    peer.send(command);
    for (let at = 0; at < data.length && !peer.isClosed; at++) {
      peer.send(data.subarray(at, at + 1));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect(peer.isClosed).toBe(true);
    expect(listener.stored).toEqual([]);
  });

  it('that associates and idles hears an A-ABORT', async () => {
    await using peer = await ScriptedPeer.associate(port);
    expect((await peer.nextPdu())?.[0]).toBe(0x07);
    await peer.closed();
  });

  it('that vanishes without FIN mid-dataset is given up', async () => {
    await using peer = await ScriptedPeer.associate(port);
    peer.send(...storePdus({ SOPInstanceUID: UID }, DATASET).slice(0, 2));
    await peer.closed();
    expect(listener.stored).toEqual([]);
  });
});

describe('messages out of order', () => {
  it('a PDV on a presentation context that was never proposed aborts', async () => {
    await using peer = await ScriptedPeer.associate(port);
    peer.send(pdu(4, pdv(99, COMMAND_LAST, storeCommand())));
    expect((await peer.nextPdu())?.[0]).toBe(0x07);
  });

  it('a PDV on a context that was rejected aborts', async () => {
    const unknown = '1.2.3.4.5.6';
    await using peer = await ScriptedPeer.associate(port, { abstractSyntaxes: [unknown, CT_IMAGE] });
    peer.send(...storePdus({ SOPClassUID: unknown }, DATASET));
    expect((await peer.nextPdu())?.[0]).toBe(0x07);
    expect(listener.stored).toEqual([]);
  });

  it('a garbage command set aborts instead of leaving the association hanging', async () => {
    await using peer = await ScriptedPeer.associate(port);
    peer.send(pdu(4, pdv(1, COMMAND_LAST, Buffer.from('zzzzzzzzzzzzzzzzzzzzzzzzzzzz'))));
    expect((await peer.nextPdu())?.[0]).toBe(0x07);
  });

  it('a dataset without a command aborts', async () => {
    await using peer = await ScriptedPeer.associate(port);
    peer.send(pdu(4, pdv(1, DATA, DATASET.subarray(0, 100))));
    expect((await peer.nextPdu())?.[0]).toBe(0x07);
  });

  it('PDV lengths that lie abort', async () => {
    await using peer = await ScriptedPeer.associate(port);
    const lying = pdv(1, COMMAND_LAST, storeCommand());
    lying.writeUInt32BE(0xffffff00, 0);
    peer.send(pdu(4, lying));
    expect((await peer.nextPdu())?.[0]).toBe(0x07);
  });

  it('a second request before the response aborts; what was complete may be stored, nothing is mixed up', async () => {
    await using peer = await ScriptedPeer.associate(port);
    peer.send(
      ...storePdus({ SOPInstanceUID: UID }, DATASET),
      ...storePdus({ SOPInstanceUID: '1.2.4', messageId: 2 }, DATASET),
    );
    await peer.closed();
    for (const { bytes } of listener.stored) expect(bytes).toBeGreaterThan(DATASET.length);
    expect(listener.stored.length).toBeLessThanOrEqual(1);
  });

  it.each([0x0020, 0x0021, 0x0010, 0x0110, 0x0130])(
    'PS3.7 annex C: request 0x%s is answered 0x0211',
    async (field) => {
      await using peer = await ScriptedPeer.associate(port);
      peer.send(...storePdus({ field, SOPInstanceUID: '1.2.3' }, DATASET.subarray(0, 500)));
      expect(await peer.answer()).toMatchObject({ field: field | 0x8000, status: 0x0211 });
      peer.send(...storePdus({ SOPInstanceUID: UID, messageId: 2 }, DATASET));
      expect((await peer.answer())?.status).toBe(0);
    },
  );
});

it('a hundred sockets that say nothing do not keep a peer out', async () => {
  const silent = await Promise.all(Array.from({ length: 100 }, () => ScriptedPeer.connect(port)));
  await using peer = await ScriptedPeer.associate(port);
  peer.send(...storePdus({ SOPInstanceUID: UID }, DATASET));
  expect((await peer.answer())?.status).toBe(0);
  await Promise.all(silent.map((one) => one.closed()));
});
