/** Stands between a socket and dcmjs-dimse: only whole and lawful PDUs pass, and every wait has an end. */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { abort } from './abort.ts';
import { type AssociationState, MAX_PDU_LENGTH, PDU, PduFramer, type Violation } from './pdu.ts';

export type GuardLimits = Readonly<{
  /** From connect to a complete A-ASSOCIATE-RQ, and from our last word to the peer's leaving (ARTIM, PS3.8 9.1.5). */
  artimMs: number;
  /** An association on which nothing is asked and nothing is owed. */
  idleMs: number;
  /** From the first byte of a PDU to its last: longer is a slow loris, not a slow line. */
  pduMs: number;
  maxPduLength: number;
}>;

export const GUARD_LIMITS: GuardLimits = {
  artimMs: 10_000,
  idleMs: 300_000,
  pduMs: 60_000,
  maxPduLength: MAX_PDU_LENGTH,
};

export type GuardReason =
  | Violation
  | 'timeout'
  | 'too many connections'
  | 'peer reads no answers'
  | 'internal error';

/** A peer that asks without reading our answers may not make us keep them. */
const MAX_UNREAD_BYTES = 1024 * 1024;

const STATE_AFTER_WRITING: Readonly<Partial<Record<number, AssociationState>>> = {
  [PDU.associateAc]: 'associated',
  [PDU.associateRj]: 'ended',
  [PDU.releaseRp]: 'ended',
  [PDU.abort]: 'ended',
};

/** The part of net.Socket that dcmjs-dimse's Network uses: `on`, `write`, `setTimeout`. */
export class Guard extends EventEmitter {
  readonly #socket: Socket;
  readonly #limits: GuardLimits;
  readonly #framer: PduFramer;
  readonly #tick: NodeJS.Timeout;
  readonly #now: () => number;
  #since: number;
  #pduSince: number;
  #isOwed = false;
  #pauses = 0;

  /** `onPdu` sees each PDU first; it passes on what the library shall see by `forward`. */
  constructor(
    socket: Socket,
    limits: GuardLimits,
    onPdu: (pdu: Buffer) => Violation | undefined,
    now: () => number = () => performance.now(),
  ) {
    super();
    this.#socket = socket;
    this.#limits = limits;
    this.#now = now;
    this.#since = this.#pduSince = now();
    this.#framer = new PduFramer(limits.maxPduLength, (pdu) => this.#received(pdu, onPdu));
    const shortest = Math.min(limits.artimMs, limits.idleMs, limits.pduMs);
    this.#tick = setInterval(() => this.#checkTime(), Math.min(1000, Math.max(10, shortest / 4)));
    socket.on('data', (chunk: Buffer) => this.#chunk(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearInterval(this.#tick);
      this.emit('close');
    });
  }

  get state(): AssociationState {
    return this.#framer.state;
  }

  /** Why the library could not go on: before an association it has read nothing but the request for one. */
  get reasonOfFailure(): GuardReason {
    return this.state === 'negotiating' ? 'unreadable association request' : 'internal error';
  }

  /** A whole PDU for the library. */
  forward(pdu: Buffer): void {
    this.emit('data', pdu);
  }

  /** Called by the library with one PDU of ours; what it is decides what may come next. */
  write(pdu: Buffer): boolean {
    if (this.#socket.destroyed || this.state === 'ended') return false;
    this.#since = this.#now();
    this.#isOwed = false;
    const next = STATE_AFTER_WRITING[pdu[0] ?? 0];
    if (next !== undefined) this.#framer.state = next;
    const isFlushed = this.#socket.write(pdu);
    if (next === 'ended') this.#socket.end();
    else if (this.#socket.writableLength > MAX_UNREAD_BYTES) this.giveUp('peer reads no answers');
    this.emit('written', pdu);
    return isFlushed;
  }

  /** The library's own timeouts are not used. */
  setTimeout(): this {
    return this;
  }

  /** We owe the peer an answer: its silence is no idling. */
  owe(): void {
    this.#isOwed = true;
  }

  /** No more bytes are read until `until` settles. */
  pauseUntil(until: Promise<void>): void {
    this.#pauses += 1;
    this.#socket.pause();
    const resume = () => {
      this.#pauses -= 1;
      if (this.#pauses > 0) return;
      this.#since = this.#pduSince = this.#now();
      this.#socket.resume();
    };
    until.then(resume, resume);
  }

  /** Ends the connection now; an established association hears an A-ABORT. */
  giveUp(reason: GuardReason): void {
    if (this.#socket.destroyed) return;
    const mayHear = this.state === 'associated' || this.state === 'negotiating';
    this.#framer.state = 'ended';
    this.emit('givenUp', reason);
    if (mayHear) abort(this.#socket);
    else this.#socket.destroy();
  }

  #chunk(chunk: Buffer): void {
    if (this.state === 'ended') return;
    if (!this.#framer.isMidPdu) this.#pduSince = this.#now();
    try {
      const violation = this.#framer.push(chunk);
      if (violation !== undefined) this.giveUp(violation);
    } catch {
      this.giveUp(this.reasonOfFailure);
    }
  }

  #received(pdu: Buffer, onPdu: (pdu: Buffer) => Violation | undefined): Violation | undefined {
    this.#since = this.#pduSince = this.#now();
    if (pdu[0] === PDU.abort) {
      this.#framer.state = 'ended';
      this.#socket.destroy();
      return undefined;
    }
    if (pdu[0] === PDU.associateRq) this.#framer.state = 'negotiating';
    return onPdu(pdu);
  }

  #checkTime(): void {
    if (this.#pauses > 0) return;
    const now = this.#now();
    const { artimMs, idleMs, pduMs } = this.#limits;
    const isLate = {
      awaiting: now - this.#since > artimMs,
      negotiating: now - this.#since > artimMs,
      associated: this.#framer.isMidPdu
        ? now - this.#pduSince > pduMs
        : !this.#isOwed && now - this.#since > idleMs,
      ended: now - this.#since > artimMs,
    }[this.state];
    if (!isLate) return;
    if (this.state === 'ended') this.#socket.destroy();
    else this.giveUp('timeout');
  }
}
