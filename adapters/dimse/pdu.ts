/** Where one PDU ends and the next begins, and which may come when (PS3.8 9.3). Nothing here knows a socket. */

export const PDU = {
  associateRq: 0x01,
  associateAc: 0x02,
  associateRj: 0x03,
  data: 0x04,
  releaseRq: 0x05,
  releaseRp: 0x06,
  abort: 0x07,
} as const;

/** awaiting: nothing but the request. negotiating: our answer is due. ended: the peer is only expected to leave. */
export type AssociationState = 'awaiting' | 'negotiating' | 'associated' | 'ended';

/** The longest P-DATA-TF that we take, without its six bytes of header (PS3.8 D.1). */
export const MAX_PDU_LENGTH = 131_072;

/** What the peer is: it asked us for the association, or we asked it (PS3.8 7.1). */
type PeerRole = 'requestor' | 'acceptor';
type PduRule = Readonly<{ states: readonly AssociationState[]; least: number; most: number }>;
type PduRules = Readonly<Partial<Record<number, PduRule>>>;

/** The fixed fields of A-ASSOCIATE-RQ and -AC are 68 bytes long; 128 contexts with long UIDs stay far below 128 KiB. */
const ASSOCIATE = { least: 68, most: 128 * 1024 };
const FOUR_BYTES = { least: 4, most: 4 };
const OPENING: Readonly<Record<PeerRole, PduRules>> = {
  requestor: { [PDU.associateRq]: { states: ['awaiting'], ...ASSOCIATE } },
  acceptor: {
    [PDU.associateAc]: { states: ['negotiating'], ...ASSOCIATE },
    [PDU.associateRj]: { states: ['negotiating'], ...FOUR_BYTES },
    [PDU.releaseRp]: { states: ['associated'], ...FOUR_BYTES },
  },
};
const pduRules = (peer: PeerRole, maxPduLength: number): PduRules => ({
  ...OPENING[peer],
  // Some peers count the maximum without the six bytes of header.
  [PDU.data]: { states: ['associated'], least: 6, most: maxPduLength + 6 },
  [PDU.releaseRq]: { states: ['associated'], ...FOUR_BYTES },
  [PDU.abort]: { states: ['awaiting', 'negotiating', 'associated', 'ended'], ...FOUR_BYTES },
});

const HEADER_BYTES = 6;

/** Why a connection is given up. */
export type Violation =
  | 'unexpected PDU'
  | 'PDU length'
  | 'unreadable association request'
  | 'presentation context'
  | 'message control'
  | 'command set'
  | 'request before the response'
  | 'unexpected request'
  | 'answers without an end';

/**
 * Cuts a byte stream into whole PDUs. `push` hands each to `onPdu` as soon as it is complete and returns the violation
 * that ended the stream, if any; a PDU of forbidden type, state or length is refused by its header alone.
 */
export class PduFramer {
  state: AssociationState = 'awaiting';
  readonly #rules: PduRules;
  readonly #onPdu: (pdu: Buffer) => Violation | undefined;
  #parts: Buffer[] = [];
  #partsBytes = 0;
  #expected: number | undefined;
  #violation: Violation | undefined;

  constructor(
    maxPduLength: number,
    onPdu: (pdu: Buffer) => Violation | undefined,
    peer: PeerRole = 'requestor',
  ) {
    this.#rules = pduRules(peer, maxPduLength);
    if (peer === 'acceptor') this.state = 'negotiating';
    this.#onPdu = onPdu;
  }

  /** True while the beginning of a PDU waits for its rest. */
  get isMidPdu(): boolean {
    return this.#partsBytes > 0;
  }

  push(chunk: Buffer): Violation | undefined {
    let rest = chunk;
    while (rest.length > 0 && this.#violation === undefined) {
      if (this.#expected === undefined) {
        rest = this.#takeHeader(rest);
        continue;
      }
      const missing = this.#expected - this.#partsBytes;
      this.#add(rest.subarray(0, missing));
      rest = rest.subarray(missing);
      if (this.#partsBytes === this.#expected) this.#violation = this.#complete();
    }
    return this.#violation;
  }

  #add(part: Buffer): void {
    this.#parts.push(part);
    this.#partsBytes += part.length;
  }

  /** Returns what is left to read; the header itself stays among the parts. */
  #takeHeader(bytes: Buffer): Buffer {
    if (this.#partsBytes + bytes.length < HEADER_BYTES) {
      this.#add(bytes);
      return bytes.subarray(bytes.length);
    }
    const whole = this.#partsBytes === 0 ? bytes : Buffer.concat([...this.#parts, bytes]);
    this.#parts = [];
    this.#partsBytes = 0;
    const type = whole.readUInt8(0);
    const length = whole.readUInt32BE(2);
    const rule = this.#rules[type];
    if (!rule?.states.includes(this.state)) this.#violation = 'unexpected PDU';
    else if (length < rule.least || length > rule.most) this.#violation = 'PDU length';
    else this.#expected = HEADER_BYTES + length;
    return whole;
  }

  #complete(): Violation | undefined {
    const [first] = this.#parts;
    const pdu = this.#parts.length === 1 && first !== undefined ? first : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#partsBytes = 0;
    this.#expected = undefined;
    return this.#onPdu(pdu);
  }
}

/** A-ABORT by the service provider: unexpected PDU (PS3.8 table 9-26). */
export const ABORT_PDU = Buffer.from([PDU.abort, 0, 0, 0, 0, 4, 0, 0, 2, 2]);

/** A P-DATA-TF of one PDV. */
export function dataPdu(contextId: number, isCommand: boolean, value: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt8(PDU.data, 0);
  head.writeUInt32BE(value.length + 6, 2);
  head.writeUInt32BE(value.length + 2, 6);
  head.writeUInt8(contextId, 10);
  head.writeUInt8(isCommand ? 3 : 2, 11);
  return Buffer.concat([head, value]);
}
