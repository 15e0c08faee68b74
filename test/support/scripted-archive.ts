/** A DIMSE archive that answers each C-STORE with the status it was told to, and keeps nothing. Built by hand, as in PS3.8 9.3. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { eventPdus } from './scripted-commitment.ts';
import { COMMAND_LAST, commandSet, DATA_LAST, element, onEveryPdu, pdu, pdv } from './scripted-peer.ts';

/** `silent`: the association is accepted, the object is taken, and no answer comes. */
export type Reply = Readonly<{ status: number; comment?: string }> | 'silent';
export type ScriptedArchive = AsyncDisposable &
  Readonly<{
    port: number;
    /** C-STORE requests so far */
    attempts(): number;
    /** Affected SOP Instance UIDs of the C-STORE requests so far, also of those that were answered with a failure or not at all */
    asked(): readonly string[];
  }>;

/** What it does beside C-STORE; without a function of that kind the answer is 0x0211, unrecognised operation. */
export type Services = Readonly<{
  /** N-ACTION; `events`: data sets of N-EVENT-REPORTs to send on the same association */
  action?(dataset: Buffer): Readonly<{ status: number; events?: readonly Buffer[] }>;
  /** C-FIND: a data set a match, and the final status */
  find?(identifier: Buffer): Readonly<{ matches: readonly Buffer[]; status: number }>;
  /** abstract syntaxes to refuse */
  refuses?: readonly string[];
  /** statuses of the responses to our N-EVENT-REPORTs */
  onEventAnswer?(status: number): void;
}>;

/** `script` is asked for every C-STORE, counted from 1 over all associations. */
export async function startScriptedArchive(
  script: (attempt: number) => Reply,
  services: Services = {},
): Promise<ScriptedArchive> {
  const sockets = new Set<Socket>();
  const asked: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    const nextReply = (SOPInstanceUID: string) => {
      asked.push(SOPInstanceUID);
      return script(asked.length);
    };
    converse(socket, nextReply, services);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    attempts: () => asked.length,
    asked: () => asked,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type NextReply = (SOPInstanceUID: string) => Reply;
type Message = { command: Buffer; dataset: Buffer };

function converse(socket: Socket, nextReply: NextReply, services: Services): void {
  let message: Message = { command: Buffer.alloc(0), dataset: Buffer.alloc(0) };
  const onPdu = (type: number, body: Buffer): void => {
    if (type === 0x01)
      socket.write(associateAc(body, (abstract) => !(services.refuses ?? []).includes(abstract)));
    if (type === 0x05) socket.end(pdu(0x06, Buffer.alloc(4)));
    if (type !== 0x04) return;
    if (!takePdvs(body, message)) return;
    const whole = message;
    message = { command: Buffer.alloc(0), dataset: Buffer.alloc(0) };
    answer(socket, whole, body[4] ?? 1, nextReply, services);
  };
  onEveryPdu(socket, onPdu);
}

/** Several PDVs may share one PDU. True when the message is whole. */
function takePdvs(body: Buffer, message: Message): boolean {
  let isWhole = false;
  for (let at = 0; at + 6 <= body.length; at += 4 + body.readUInt32BE(at)) {
    const control = body[at + 5] ?? 0;
    const fragment = body.subarray(at + 6, at + 4 + body.readUInt32BE(at));
    const part = (control & 1) === 1 ? 'command' : 'dataset';
    message[part] = Buffer.concat([message[part], fragment]);
    const hasDataset = () => values(message.command).get(0x0800)?.readUInt16LE() !== 0x0101;
    isWhole = (control & 2) === 2 && (part === 'dataset' || !hasDataset());
  }
  return isWhole;
}

/** The elements of a command set. */
function values(command: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; at + 8 <= command.length; at += 8 + command.readUInt32LE(at + 4)) {
    found.set(command.readUInt16LE(at + 2), command.subarray(at + 8, at + 8 + command.readUInt32LE(at + 4)));
  }
  return found;
}

const uidIn = (value: Buffer | undefined): string => (value?.toString('latin1') ?? '').replace(/\0$/, '');
const number = (value: number) => Buffer.from([value & 255, value >> 8]);
const STORE = 0x0001;
const FIND = 0x0020;
const ACTION = 0x0130;
const EVENT_ANSWER = 0x8100;
const PENDING = 0xff00;

function answer(
  socket: Socket,
  { command, dataset }: Message,
  contextId: number,
  nextReply: NextReply,
  services: Services,
): void {
  const asked = values(command);
  const field = asked.get(0x0100)?.readUInt16LE() ?? 0;
  const respond = ({ status, comment = '' }: Exclude<Reply, 'silent'>, match?: Buffer): void => {
    const response = commandSet([
      element(0x0002, asked.get(0x0002) ?? asked.get(0x0003) ?? Buffer.alloc(0)),
      element(0x0100, number(0x8000 | field)),
      element(0x0120, asked.get(0x0110) ?? number(1)),
      element(0x0800, number(match ? 1 : 0x0101)),
      element(0x0900, number(status)),
      ...(comment
        ? [element(0x0902, Buffer.from(comment.padEnd(comment.length + (comment.length % 2))))]
        : []),
      element(0x1000, asked.get(0x1000) ?? asked.get(0x1001) ?? Buffer.alloc(0)),
    ]);
    socket.write(pdu(0x04, pdv(contextId, COMMAND_LAST, response)));
    if (match) socket.write(pdu(0x04, pdv(contextId, DATA_LAST, match)));
  };
  if (field === EVENT_ANSWER) services.onEventAnswer?.(asked.get(0x0900)?.readUInt16LE() ?? -1);
  else if (field === STORE) {
    const reply = nextReply(uidIn(asked.get(0x1000)));
    if (reply !== 'silent') respond(reply);
  } else if (field === FIND && services.find) {
    const { matches, status } = services.find(dataset);
    for (const match of matches) respond({ status: PENDING }, match);
    respond({ status });
  } else if (field === ACTION && services.action) {
    const { status, events = [] } = services.action(dataset);
    respond({ status });
    for (const event of events) socket.write(Buffer.concat(eventPdus(event, { contextId })));
  } else respond({ status: 0x0211 });
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
    const abstract = body.subarray(8, afterAbstract).toString('latin1').replace(/\0$/, '');
    const result = isWanted(abstract, syntax.toString('latin1')) ? 0 : 4;
    answered.push(item(0x21, Buffer.concat([Buffer.from([body[0] ?? 1, 0, result, 0]), item(0x40, syntax)])));
  }
  const application = item(0x10, Buffer.from('1.2.840.10008.3.1.1.1'));
  const maximum = item(0x51, Buffer.from([0, 0, 0x40, 0]));
  const user = item(0x50, Buffer.concat([maximum, item(0x52, Buffer.from('1.2.3.4'))]));
  return pdu(0x02, Buffer.concat([request.subarray(0, 68), application, ...answered, user]));
}
