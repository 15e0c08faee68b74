/** A DIMSE archive that answers C-FIND and C-MOVE as it was told to, also as no archive should. Built by hand (PS3.7 9.3). */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { associateAc } from './scripted-archive.ts';
import { COMMAND_LAST, commandSet, DATA_LAST, element, onEveryPdu, pdu, pdv } from './scripted-peer.ts';

const IMPLICIT_LE = '1.2.840.10008.1.2';

/** By keyword; the tags below. */
export type Item = Readonly<Record<string, string>>;
/** `silent`: nothing comes. `pending`: pending responses come, for ever. `close`: the connection is closed. `junk`: an identifier that is none. */
type Misbehaviour = 'silent' | 'pending' | 'close' | 'junk';
export type FindReply = Misbehaviour | Readonly<{ answers: readonly Item[]; status?: number }>;
export type MoveReply =
  | Misbehaviour
  | Readonly<{ status: number; completed?: number; failed?: number; comment?: string }>;
export type QueryScript = Readonly<{
  find?(keys: Item): FindReply | Promise<FindReply>;
  /** May send objects before it answers. */
  move?(keys: Item, destination: string): MoveReply | Promise<MoveReply>;
  /** A-ASSOCIATE-RJ with this source and reason instead of an association. */
  reject?: readonly [source: number, reason: number];
}>;
export type ScriptedQueryArchive = AsyncDisposable & Readonly<{ port: number; finds: Item[]; moves: Item[] }>;

const TAGS: Readonly<Record<string, readonly [group: number, element: number]>> = {
  SOPInstanceUID: [0x0008, 0x0018],
  StudyDate: [0x0008, 0x0020],
  StudyTime: [0x0008, 0x0030],
  QueryRetrieveLevel: [0x0008, 0x0052],
  Modality: [0x0008, 0x0060],
  ModalitiesInStudy: [0x0008, 0x0061],
  PatientID: [0x0010, 0x0020],
  IssuerOfPatientID: [0x0010, 0x0021],
  StudyInstanceUID: [0x0020, 0x000d],
  SeriesInstanceUID: [0x0020, 0x000e],
  NumberOfSeriesRelatedInstances: [0x0020, 0x1209],
};

export async function startScriptedQueryArchive(script: QueryScript): Promise<ScriptedQueryArchive> {
  const sockets = new Set<Socket>();
  const [finds, moves]: [Item[], Item[]] = [[], []];
  const timers = new Set<NodeJS.Timeout>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    serve(socket, script, { finds, moves, timers });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    finds,
    moves,
    [Symbol.asyncDispose]: async () => {
      for (const timer of timers) clearInterval(timer);
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Kept = Readonly<{ finds: Item[]; moves: Item[]; timers: Set<NodeJS.Timeout> }>;

function serve(socket: Socket, script: QueryScript, kept: Kept): void {
  let command: Buffer = Buffer.alloc(0);
  let data: Buffer = Buffer.alloc(0);
  const onData = (body: Buffer): void => {
    for (let at = 0; at + 6 <= body.length; at += 4 + body.readUInt32BE(at)) {
      const fragment = body.subarray(at + 6, at + 4 + body.readUInt32BE(at));
      const control = body[at + 5] ?? 0;
      if ((control & 1) === 1) [command, data] = [Buffer.from(fragment), Buffer.alloc(0)];
      if (control === COMMAND_LAST && fieldOf(command) === C_ECHO)
        answerEcho(socket, body[at + 4] ?? 1, command);
      else data = Buffer.concat([data, fragment]);
      if (control === 2) void answer(socket, script, kept, { contextId: body[at + 4] ?? 1, command, data });
    }
  };
  const onPdu = (type: number, body: Buffer): void => {
    if (type === 0x01) socket.write(associationAnswer(body, script));
    if (type === 0x05) socket.end(pdu(0x06, Buffer.alloc(4)));
    if (type === 0x04) onData(body);
  };
  onEveryPdu(socket, onPdu);
}

/** Implicit VR Little Endian only, so that identifiers can be written by hand. */
const associationAnswer = (request: Buffer, { reject }: QueryScript): Buffer =>
  reject
    ? pdu(0x03, Buffer.from([0, 1, ...reject]))
    : associateAc(request, (_abstract, syntax) => syntax === IMPLICIT_LE);

const C_ECHO = 0x0030;
const fieldOf = (command: Buffer): number => elementsOf(command).get('0,256')?.readUInt16LE(0) ?? 0;

function answerEcho(socket: Socket, contextId: number, command: Buffer): void {
  const values = elementsOf(command);
  const set = commandSet([
    element(0x0002, values.get('0,2') ?? Buffer.alloc(0)),
    element(0x0100, number(C_ECHO | 0x8000)),
    element(0x0120, values.get('0,272') ?? number(1)),
    element(0x0800, number(0x0101)),
    element(0x0900, number(0)),
  ]);
  socket.write(pdu(0x04, pdv(contextId, COMMAND_LAST, set)));
}

type Request = Readonly<{ contextId: number; command: Buffer; data: Buffer }>;

async function answer(
  socket: Socket,
  script: QueryScript,
  { finds, moves, timers }: Kept,
  { contextId, command, data }: Request,
): Promise<void> {
  const values = elementsOf(command);
  const field = fieldOf(command);
  const keys = itemOf(elementsOf(data));
  const isFind = field === 0x0020;
  (isFind ? finds : moves).push(keys);
  const destination = (values.get('0,1536')?.toString('latin1') ?? '').trim();
  const reply = isFind
    ? ((await script.find?.(keys)) ?? { answers: [] })
    : ((await script.move?.(keys, destination)) ?? { status: 0 });
  const respond = (status: number, more: readonly Buffer[] = [], item?: Item): void => {
    const set = commandSet([
      element(0x0002, values.get('0,2') ?? Buffer.alloc(0)),
      element(0x0100, number(field | 0x8000)),
      element(0x0120, values.get('0,272') ?? number(1)),
      element(0x0800, number(item ? 1 : 0x0101)),
      element(0x0900, number(status)),
      ...more,
    ]);
    const dataset = item ? [pdu(0x04, pdv(contextId, DATA_LAST, datasetOf(item)))] : [];
    socket.write(Buffer.concat([pdu(0x04, pdv(contextId, COMMAND_LAST, set)), ...dataset]));
  };
  if (reply === 'silent') return;
  if (reply === 'close') {
    socket.end();
    return;
  }
  if (reply === 'junk') {
    respond(0xff00, [], {});
    respond(0xff00, [], { junk: '' });
    respond(0);
    return;
  }
  if (reply === 'pending') {
    timers.add(setInterval(() => respond(0xff00, counts(1, 0, 0), isFind ? {} : undefined), 50));
    return;
  }
  if ('answers' in reply) {
    for (const item of reply.answers) respond(0xff00, [], item);
    respond(reply.status ?? 0);
    return;
  }
  const { status, completed = 0, failed = 0, comment } = reply;
  const said = comment
    ? [element(0x0902, Buffer.from(comment.padEnd(comment.length + (comment.length % 2))))]
    : [];
  respond(status, [...said, ...counts(0, completed, failed)]);
}

const counts = (remaining: number, completed: number, failed: number): Buffer[] => [
  element(0x1020, number(remaining)),
  element(0x1021, number(completed)),
  element(0x1022, number(failed)),
  element(0x1023, number(0)),
];

const number = (value: number): Buffer => Buffer.from([value & 255, value >> 8]);

/** Implicit VR Little Endian, by `group,element`. */
function elementsOf(bytes: Buffer): Map<string, Buffer> {
  const values = new Map<string, Buffer>();
  for (let at = 0; at + 8 <= bytes.length; at += 8 + bytes.readUInt32LE(at + 4)) {
    const value = bytes.subarray(at + 8, at + 8 + bytes.readUInt32LE(at + 4));
    values.set(`${bytes.readUInt16LE(at)},${bytes.readUInt16LE(at + 2)}`, value);
  }
  return values;
}

const itemOf = (values: ReadonlyMap<string, Buffer>): Item =>
  Object.fromEntries(
    Object.entries(TAGS).flatMap(([name, tag]) => {
      const value = values.get(tag.join());
      return value ? [[name, value.toString('latin1').replace(/[ \0]+$/, '')]] : [];
    }),
  );

function datasetOf(item: Item): Buffer {
  if ('junk' in item) return Buffer.alloc(333, 0xfe);
  const known = Object.entries(item).flatMap(([name, value]) => {
    const tag = TAGS[name];
    return tag ? [{ tag, value }] : [];
  });
  known.sort((a, b) => a.tag[0] - b.tag[0] || a.tag[1] - b.tag[1]);
  return Buffer.concat(
    known.map(({ tag, value }) => {
      const bytes = Buffer.from(
        value.length % 2 === 0 ? value : `${value}${value.includes('.') ? '\0' : ' '}`,
      );
      const head = Buffer.alloc(8);
      head.writeUInt16LE(tag[0], 0);
      head.writeUInt16LE(tag[1], 2);
      head.writeUInt32LE(bytes.length, 4);
      return Buffer.concat([head, bytes]);
    }),
  );
}
