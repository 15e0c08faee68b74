/** PDVs to messages (PS3.7 6.3, PS3.8 annex E): one request at a time, its dataset never held in memory. */
import { type CommandSet, readCommandSet } from './command-set.ts';
import type { Violation } from './pdu.ts';

const MAX_COMMAND_BYTES = 16 * 1024;
const PDU_HEADER_BYTES = 6;

export type Message = Readonly<{ contextId: number; command: CommandSet; commandBytes: Buffer }>;

export type MessageEvents = Readonly<{
  isAccepted(contextId: number): boolean;
  /** A whole command set. A dataset follows when it says so. */
  onCommand(message: Message): Violation | undefined;
  onDataset(fragment: Buffer): void;
  onDatasetEnd(message: Message): void;
}>;

export class MessageGate {
  readonly #events: MessageEvents;
  #state: 'command' | 'dataset' | 'answering' = 'command';
  #contextId: number | undefined;
  #command: Buffer[] = [];
  #commandBytes = 0;
  #message: Message | undefined;

  constructor(events: MessageEvents) {
    this.#events = events;
  }

  /** True between the last byte of a request and its response. */
  get isAnswering(): boolean {
    return this.#state === 'answering';
  }

  /** The response is out: the next request may come. */
  answered(): void {
    this.#state = 'command';
    this.#message = undefined;
  }

  /** One whole P-DATA-TF. */
  take(pdu: Buffer): Violation | undefined {
    let at = PDU_HEADER_BYTES;
    while (at < pdu.length) {
      const end = at + 4 < pdu.length ? at + 4 + pdu.readUInt32BE(at) : Number.POSITIVE_INFINITY;
      if (end > pdu.length || end < at + 6) return 'PDU length';
      const violation = this.#takePdv(
        pdu.readUInt8(at + 4),
        pdu.readUInt8(at + 5),
        pdu.subarray(at + 6, end),
      );
      if (violation !== undefined) return violation;
      at = end;
    }
    return undefined;
  }

  #takePdv(contextId: number, control: number, value: Buffer): Violation | undefined {
    if (this.#state === 'answering') return 'request before the response';
    if (!this.#events.isAccepted(contextId)) return 'presentation context';
    if (this.#contextId !== undefined && this.#contextId !== contextId) return 'presentation context';
    const isCommand = (control & 1) !== 0;
    const isLast = (control & 2) !== 0;
    if (isCommand !== (this.#state === 'command')) return 'message control';
    this.#contextId = contextId;
    return isCommand ? this.#takeCommand(contextId, value, isLast) : this.#takeDataset(value, isLast);
  }

  #takeCommand(contextId: number, value: Buffer, isLast: boolean): Violation | undefined {
    this.#command.push(value);
    this.#commandBytes += value.length;
    if (this.#commandBytes > MAX_COMMAND_BYTES) return 'command set';
    if (!isLast) return undefined;
    const commandBytes = Buffer.concat(this.#command);
    this.#command = [];
    this.#commandBytes = 0;
    const command = readCommandSet(commandBytes);
    if (command === undefined) return 'command set';
    this.#message = { contextId, command, commandBytes };
    this.#enter(command.hasDataset ? 'dataset' : 'answering');
    return this.#events.onCommand(this.#message);
  }

  #takeDataset(value: Buffer, isLast: boolean): Violation | undefined {
    this.#events.onDataset(value);
    if (!isLast || this.#message === undefined) return undefined;
    this.#enter('answering');
    this.#events.onDatasetEnd(this.#message);
    return undefined;
  }

  #enter(state: 'dataset' | 'answering'): void {
    this.#state = state;
    if (state === 'answering') this.#contextId = undefined;
  }
}
