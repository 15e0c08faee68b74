/** A DIMSE archive that answers each C-STORE with the status it was told to, and keeps nothing. Built by hand, as in PS3.8 9.3. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { COMMAND_LAST, commandSet, element, pdu, pdv } from './scripted-peer.ts';

/** `silent`: the association is accepted, the object is taken, and no answer comes. */
export type Reply = Readonly<{ status: number; comment?: string }> | 'silent';
export type ScriptedArchive = AsyncDisposable &
  Readonly<{ port: number /** C-STORE requests so far */; attempts(): number }>;

/** `script` is asked for every C-STORE, counted from 1 over all associations. */
export async function startScriptedArchive(script: (attempt: number) => Reply): Promise<ScriptedArchive> {
  const sockets = new Set<Socket>();
  let attempts = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    converse(socket, () => {
      attempts += 1;
      return script(attempts);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    attempts: () => attempts,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function converse(socket: Socket, nextReply: () => Reply): void {
  let received: Buffer = Buffer.alloc(0);
  let store: Buffer | undefined;
  const onPdu = (type: number, body: Buffer): void => {
    if (type === 0x01) socket.write(associateAc(body));
    if (type === 0x05) socket.end(pdu(0x06, Buffer.alloc(4)));
    if (type !== 0x04) return;
    store = onData(body, store);
    if (isLastOfDataset(body) && store) answer(socket, store, body[4] ?? 1, nextReply());
  };
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 6 && received.length >= 6 + received.readUInt32BE(2)) {
      const end = 6 + received.readUInt32BE(2);
      const [type = 0, body] = [received[0], received.subarray(6, end)];
      received = received.subarray(end);
      onPdu(type, body);
    }
  });
}

/** The command of the C-STORE that is under way. */
function onData(body: Buffer, before: Buffer | undefined): Buffer | undefined {
  const isCommand = ((body[5] ?? 0) & 1) === 1;
  return isCommand ? Buffer.from(body.subarray(6, 4 + body.readUInt32BE(0))) : before;
}

/** Several PDVs may share one PDU: the last one tells. */
function isLastOfDataset(body: Buffer): boolean {
  let control = 0;
  for (let at = 0; at + 6 <= body.length; at += 4 + body.readUInt32BE(at)) control = body[at + 5] ?? 0;
  return control === 2;
}

function answer(socket: Socket, store: Buffer, contextId: number, reply: Reply): void {
  if (reply === 'silent') return;
  const values = new Map<number, Buffer>();
  for (let at = 0; at + 8 <= store.length; at += 8 + store.readUInt32LE(at + 4)) {
    values.set(store.readUInt16LE(at + 2), store.subarray(at + 8, at + 8 + store.readUInt32LE(at + 4)));
  }
  const number = (value: number) => Buffer.from([value & 255, value >> 8]);
  const comment = reply.comment ?? '';
  const command = commandSet([
    element(0x0002, values.get(0x0002) ?? Buffer.alloc(0)),
    element(0x0100, number(0x8001)),
    element(0x0120, values.get(0x0110) ?? number(1)),
    element(0x0800, number(0x0101)),
    element(0x0900, number(reply.status)),
    ...(comment ? [element(0x0902, Buffer.from(comment.padEnd(comment.length + (comment.length % 2))))] : []),
    element(0x1000, values.get(0x1000) ?? Buffer.alloc(0)),
  ]);
  socket.write(pdu(0x04, pdv(contextId, COMMAND_LAST, command)));
}

/** Accepts presentation contexts with the first transfer syntax that they offer: every one, or those that are wanted. */
export function associateAc(
  request: Buffer,
  isWanted: (abstractSyntax: string, transferSyntax: string) => boolean = () => true,
): Buffer {
  const item = (type: number, body: Buffer): Buffer =>
    Buffer.concat([Buffer.from([type, 0, body.length >> 8, body.length & 255]), body]);
  const answered: Buffer[] = [];
  for (let at = 68; at + 4 <= request.length; at += 4 + request.readUInt16BE(at + 2)) {
    const body = request.subarray(at + 4, at + 4 + request.readUInt16BE(at + 2));
    if (request[at] !== 0x20) continue;
    const afterAbstract = 8 + body.readUInt16BE(6);
    const syntax = body.subarray(afterAbstract + 4, afterAbstract + 4 + body.readUInt16BE(afterAbstract + 2));
    const abstract = body.subarray(8, afterAbstract).toString('latin1');
    const result = isWanted(abstract, syntax.toString('latin1')) ? 0 : 4;
    answered.push(item(0x21, Buffer.concat([Buffer.from([body[0] ?? 1, 0, result, 0]), item(0x40, syntax)])));
  }
  const application = item(0x10, Buffer.from('1.2.840.10008.3.1.1.1'));
  const maximum = item(0x51, Buffer.from([0, 0, 0x40, 0]));
  const user = item(0x50, Buffer.concat([maximum, item(0x52, Buffer.from('1.2.3.4'))]));
  return pdu(0x02, Buffer.concat([request.subarray(0, 68), application, ...answered, user]));
}
