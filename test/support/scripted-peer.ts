/**
 * A DICOM peer that does as it is told, also what no peer should: PDUs are built by hand, byte by byte, so that each
 * can be wrong in exactly one place. Item and field names as in PS3.8 9.3.
 */
import { connect, type Socket } from 'node:net';

export const CT_IMAGE = '1.2.840.10008.5.1.4.1.1.2';
const EXPLICIT_LE = '1.2.840.10008.1.2.1';

const text = (value: string): Buffer => Buffer.from(value, 'latin1');
const uint16be = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
function uint32be(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** type, reserved, PDU-length, variable field. `length` lies when given. */
export const pdu = (type: number, body: Buffer, length = body.length): Buffer =>
  Buffer.concat([Buffer.from([type, 0]), uint32be(length), body]);

/** Calls `onPdu` with type and variable field of every PDU that the socket brings whole. */
export function onEveryPdu(socket: Socket, onPdu: (type: number, body: Buffer) => void): void {
  let received: Buffer = Buffer.alloc(0);
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

/** Item-type, reserved, item-length, content. */
const item = (type: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([type, 0]), uint16be(body.length), body]);

export type AssociateRq = Readonly<{
  called?: string;
  calling?: string;
  /** one presentation context each, with the IDs 1, 3, 5 ... unless `contextIds` says otherwise */
  abstractSyntaxes?: readonly string[];
  contextIds?: readonly number[];
  transferSyntaxes?: readonly string[];
  maxPduLength?: number;
}>;

export function associateRq({
  called = 'EARSHOT',
  calling = 'SCRIPTED',
  abstractSyntaxes = [CT_IMAGE],
  contextIds = [],
  transferSyntaxes = [EXPLICIT_LE],
  maxPduLength = 16_384,
}: AssociateRq = {}): Buffer {
  const contexts = abstractSyntaxes.map((abstractSyntax, index) =>
    item(
      0x20,
      Buffer.concat([
        Buffer.from([contextIds[index] ?? 2 * index + 1, 0, 0, 0]),
        item(0x30, text(abstractSyntax)),
        ...transferSyntaxes.map((uid) => item(0x40, text(uid))),
      ]),
    ),
  );
  return pdu(
    0x01,
    Buffer.concat([
      uint16be(1), // protocol version
      uint16be(0),
      text(called.padEnd(16)),
      text(calling.padEnd(16)),
      Buffer.alloc(32),
      item(0x10, text('1.2.840.10008.3.1.1.1')), // application context
      ...contexts,
      item(0x50, Buffer.concat([item(0x51, uint32be(maxPduLength)), item(0x52, text('1.2.3.4'))])),
    ]),
  );
}

export const releaseRq = (): Buffer => pdu(0x05, Buffer.alloc(4));

/** PDV-length, context ID, message control header (bit 0: command, bit 1: last fragment), fragment. */
export const pdv = (contextId: number, control: number, fragment: Buffer): Buffer =>
  Buffer.concat([uint32be(fragment.length + 2), Buffer.from([contextId, control]), fragment]);

export const COMMAND_LAST = 3;
export const DATA = 0;
export const DATA_LAST = 2;

/** An element of the command set: Implicit VR Little Endian, group 0000. */
export function element(number: number, value: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(number, 2);
  head.writeUInt32LE(value.length, 4);
  return Buffer.concat([head, value]);
}
const us = (value: number): Buffer => Buffer.from([value & 255, value >> 8]);
const ui = (value: string): Buffer => text(value.length % 2 === 0 ? value : `${value}\0`);

export function commandSet(elements: readonly Buffer[]): Buffer {
  const body = Buffer.concat(elements);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([element(0x0000, length), body]);
}

export type Command = Readonly<{
  field?: number;
  messageId?: number;
  SOPClassUID?: string;
  /** undefined: the element is left out */
  SOPInstanceUID?: string | undefined;
  hasDataset?: boolean;
}>;

/** A C-STORE-RQ unless `field` says otherwise. */
export const storeCommand = (command: Command = {}): Buffer => {
  const { field = 0x0001, messageId = 1, SOPClassUID = CT_IMAGE, hasDataset = true } = command;
  const SOPInstanceUID = 'SOPInstanceUID' in command ? command.SOPInstanceUID : '1.2.3';
  return commandSet([
    element(0x0002, ui(SOPClassUID)),
    element(0x0100, us(field)),
    element(0x0110, us(messageId)),
    element(0x0700, us(0)),
    element(0x0800, us(hasDataset ? 0x0001 : 0x0101)),
    ...(SOPInstanceUID === undefined ? [] : [element(0x1000, ui(SOPInstanceUID))]),
  ]);
};

/** The whole C-STORE as PDUs of at most `fragment` bytes of dataset each. */
export function storePdus(
  command: Command,
  dataset: Buffer,
  { contextId = 1, fragment = 16_000 } = {},
): Buffer[] {
  const pdus = [pdu(0x04, pdv(contextId, COMMAND_LAST, storeCommand(command)))];
  for (let at = 0; at < dataset.length; at += fragment) {
    const isLast = at + fragment >= dataset.length;
    pdus.push(pdu(0x04, pdv(contextId, isLast ? DATA_LAST : DATA, dataset.subarray(at, at + fragment))));
  }
  return pdus;
}

export type Answer = Readonly<{ field: number; status: number; comment: string }>;

export class ScriptedPeer implements AsyncDisposable {
  readonly socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #wake: (() => void)[] = [];
  isClosed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#woken();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
      this.#woken();
    });
  }

  /** `from`: the address that the other side sees; all of 127.0.0.0/8 is ours. */
  static async connect(
    port: number,
    { allowHalfOpen = false, from = '127.0.0.1' } = {},
  ): Promise<ScriptedPeer> {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from, allowHalfOpen, noDelay: true });
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new ScriptedPeer(socket);
  }

  /** An accepted association. */
  static async associate(port: number, request: AssociateRq = {}, from?: string): Promise<ScriptedPeer> {
    const peer = await ScriptedPeer.connect(port, from === undefined ? {} : { from });
    peer.send(associateRq(request));
    const answer = await peer.nextPdu();
    if (answer?.[0] !== 0x02) throw new Error(`not accepted: PDU ${answer?.[0]}`);
    return peer;
  }

  send(...pdus: readonly Buffer[]): void {
    if (this.socket.writable) this.socket.write(Buffer.concat(pdus));
  }

  /** Undefined: the other side closed first. */
  async nextPdu(timeoutMs = 5000): Promise<Buffer | undefined> {
    const until = Date.now() + timeoutMs;
    for (;;) {
      const length = this.#received.length >= 6 ? 6 + this.#received.readUInt32BE(2) : undefined;
      if (length !== undefined && this.#received.length >= length) {
        const whole = this.#received.subarray(0, length);
        this.#received = this.#received.subarray(length);
        return whole;
      }
      if (this.isClosed) return undefined;
      if (Date.now() > until) throw new Error('no PDU in time');
      await this.#something(until - Date.now());
    }
  }

  /** The next DIMSE response; undefined when the connection ended or was aborted instead. */
  async answer(timeoutMs = 5000): Promise<Answer | undefined> {
    const answer = await this.nextPdu(timeoutMs);
    return answer?.[0] === 0x04 ? readAnswer(answer.subarray(12)) : undefined;
  }

  /** Milliseconds until the other side has closed the connection; throws when it has not. */
  async closed(timeoutMs = 5000): Promise<number> {
    const started = Date.now();
    while (!this.isClosed) {
      if (Date.now() - started > timeoutMs) throw new Error('still open');
      await this.#something(timeoutMs);
    }
    return Date.now() - started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
  }

  #woken(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  #something(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, timeoutMs));
      this.#wake.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

function readAnswer(commands: Buffer): Answer {
  const values = new Map<number, Buffer>();
  for (let at = 0; at + 8 <= commands.length; ) {
    const length = commands.readUInt32LE(at + 4);
    values.set(commands.readUInt16LE(at + 2), commands.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return {
    field: values.get(0x0100)?.readUInt16LE() ?? -1,
    status: values.get(0x0900)?.readUInt16LE() ?? -1,
    comment: values.get(0x0902)?.toString('latin1').trim() ?? '',
  };
}
