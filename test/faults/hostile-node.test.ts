/** Nodes that we call and that answer as no node should: without an end, with lengths that nobody has room for, or not in DICOM at all. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dicomWebDestination } from '../../adapters/dicomweb/destination.ts';
import { echo } from '../../adapters/dimse/echo.ts';
import { findStudies } from '../../adapters/dimse/query.ts';
import { sendFiles } from '../../adapters/dimse/sender.ts';
import type { Node } from '../../src/ports.ts';
import { ctSlice } from '../support/ct-slice.ts';
import { associateAc } from '../support/scripted-archive.ts';
import {
  COMMAND_LAST,
  DATA,
  DATA_LAST,
  onEveryPdu,
  pdu,
  pdv,
  storeCommand,
} from '../support/scripted-peer.ts';

const OPTIONS = { callingAeTitle: 'EARSHOT', timeoutSeconds: 60 };
const PENDING_WITH_DATASET = storeCommand({ field: 0x8020, hasDataset: true });
const CHUNK = Buffer.alloc(100_000);
const MIB = 2 ** 20;

/** What the node says to the request for an association, and to what follows; then `more`, again and again. */
type Script = Readonly<{ association?: Buffer; answer?: Buffer; more?: Buffer }>;

const SCRIPTS: Readonly<Record<string, Script & { reason: string; mostMiB: number }>> = {
  'announces a PDU of 4 GiB and goes on sending it': {
    answer: pdu(0x04, Buffer.alloc(0), 0xffff_fff0),
    more: CHUNK,
    reason: 'PDU length',
    mostMiB: 16,
  },
  'announces an A-ASSOCIATE-AC of 1 GiB': {
    association: pdu(0x02, Buffer.alloc(0), 2 ** 30),
    more: CHUNK,
    reason: 'PDU length',
    mostMiB: 16,
  },
  'answers with a data set that has no end': {
    answer: pdu(0x04, pdv(1, COMMAND_LAST, PENDING_WITH_DATASET)),
    more: pdu(0x04, pdv(1, DATA, CHUNK)),
    reason: 'answers without an end',
    mostMiB: 1 + 16,
  },
  'answers one question with thousands of data sets': {
    answer: pdu(0x04, pdv(1, COMMAND_LAST, PENDING_WITH_DATASET)),
    more: Buffer.concat([
      pdu(0x04, pdv(1, DATA_LAST, CHUNK)),
      pdu(0x04, pdv(1, COMMAND_LAST, PENDING_WITH_DATASET)),
    ]),
    reason: 'answers without an end',
    mostMiB: 16 + 16,
  },
  'sends an object that has no end, unasked': {
    answer: pdu(0x04, pdv(1, COMMAND_LAST, storeCommand())),
    more: pdu(0x04, pdv(1, DATA, CHUNK)),
    reason: 'unexpected request',
    mostMiB: 16,
  },
  'answers with a command set that has no end': {
    answer: pdu(0x04, pdv(1, 1, CHUNK)),
    more: pdu(0x04, pdv(1, 1, CHUNK)),
    reason: 'command set',
    mostMiB: 16,
  },
  'is a web server': {
    association: Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'),
    reason: 'unexpected PDU',
    mostMiB: 1,
  },
  'asks for an association in its answer': {
    answer: pdu(0x01, Buffer.alloc(68)),
    reason: 'unexpected PDU',
    mostMiB: 1,
  },
};

const ASKING: Readonly<Record<string, (node: Node) => Promise<unknown>>> = {
  'C-ECHO': (node) => echo(node, OPTIONS),
  'C-FIND': (node) => findStudies(node, { PatientID: 'P' }, OPTIONS, new AbortController().signal),
  'C-STORE': (node) => sendFiles(node, [ctSlice({ size: 8 })], { callingAeTitle: 'EARSHOT' }),
};

describe.each(Object.entries(SCRIPTS))('a node that %s', (_, { reason, mostMiB, ...script }) => {
  it.each(Object.entries(ASKING))(
    'is given up by %s with a code, after a bounded number of bytes',
    async (_of, ask) => {
      await using node = await hostileNode(script);
      await expect(ask(node)).rejects.toMatchObject({ code: 'PEER_PROTOCOL', detail: reason });
      expect(node.sent()).toBeLessThan(mostMiB * MIB);
    },
  );
});

describe('a node whose name nobody knows', () => {
  const host = 'pacs.invalid';

  it.each(Object.entries(ASKING))('cannot be reached by %s, which is tried again', async (_of, ask) => {
    const node = { name: 'unknown', roles: [], aeTitle: 'UNKNOWN', host, port: 104 };
    await expect(ask(node)).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
  });

  it('cannot be reached by STOW-RS, which is tried again', async () => {
    const node: Node = { name: 'unknown', roles: ['destination'], dicomWeb: `http://${host}/dicom-web` };
    const folder = await mkdtemp(join(tmpdir(), 'earshot-unknown-'));
    const file = join(folder, 'object.dcm');
    await writeFile(file, ctSlice({ size: 8 }));
    const sent = dicomWebDestination(node, { timeoutSeconds: 10 }).send(file, new AbortController().signal);
    await expect(sent).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
    await rm(folder, { recursive: true });
  });
});

async function hostileNode(script: Script): Promise<Node & AsyncDisposable & { sent(): number }> {
  let sent = 0;
  const sockets = new Set<Socket>();
  const say = (socket: Socket, words: Buffer): void => {
    if (socket.destroyed) return;
    sent += words.length;
    const { more } = script;
    socket.write(words, (error) => {
      if (!error && more) say(socket, more);
    });
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let hasAnswered = false;
    onEveryPdu(socket, (type, body) => {
      if (type === 0x01 && script.association) say(socket, script.association);
      else if (type === 0x01) socket.write(associateAc(body));
      // A request may be of several PDUs.
      else if (type === 0x04 && script.answer && !hasAnswered) {
        hasAnswered = true;
        say(socket, script.answer);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    name: 'hostile',
    roles: ['archive'],
    aeTitle: 'HOSTILE',
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    sent: () => sent,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
