import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AssociationState, dataPdu, PduFramer, type Violation } from '../../../../adapters/dimse/pdu.ts';
import { associateRq, pdu, releaseRq } from '../../../support/scripted-peer.ts';

const MAX = 1000;

function framer(state: AssociationState = 'awaiting') {
  const pdus: Buffer[] = [];
  const it = new PduFramer(MAX, (whole) => {
    pdus.push(Buffer.from(whole));
    if (whole[0] === 1) it.state = 'associated';
    return undefined;
  });
  it.state = state;
  return { pdus, it };
}

/** PS3.8 tables 9-11 to 9-26: the six bytes of header decide. */
function headerVerdict(state: AssociationState, type: number, length: number): Violation | undefined {
  const head = pdu(type, Buffer.alloc(0), length);
  return framer(state).it.push(head);
}

describe('PS3.8 9.2: which PDU may come when', () => {
  const states: readonly AssociationState[] = ['awaiting', 'negotiating', 'associated', 'ended'];
  const lawful: Readonly<Record<AssociationState, readonly number[]>> = {
    awaiting: [0x01, 0x07],
    negotiating: [0x07],
    associated: [0x04, 0x05, 0x07],
    ended: [0x07],
  };
  const usualLength = (type: number) => (type === 0x01 ? 200 : type === 0x04 ? 100 : 4);
  for (const state of states) {
    it(`${state}: of all 256 PDU types only ${lawful[state].map((type) => `0x0${type}`).join(', ')}`, () => {
      const passed = Array.from({ length: 256 }, (_, type) => type).filter(
        (type) => headerVerdict(state, type, usualLength(type)) === undefined,
      );
      expect(passed).toEqual(lawful[state]);
    });
  }
});

describe('PS3.8 9.2: which PDU may come from a peer that we asked for an association', () => {
  it.each([
    ['negotiating', [0x02, 0x03, 0x07]],
    ['associated', [0x04, 0x05, 0x06, 0x07]],
    ['ended', [0x07]],
  ] as const)('%s: of all 256 PDU types only %j', (state, lawful) => {
    const passed = Array.from({ length: 256 }, (_, type) => type).filter((type) => {
      const framer = new PduFramer(MAX, () => undefined, 'acceptor');
      framer.state = state;
      return framer.push(pdu(type, Buffer.alloc(0), { 2: 200, 4: 100 }[type] ?? 4)) === undefined;
    });
    expect(passed).toEqual(lawful);
  });
});

describe('a PDU is judged by its length before its body comes', () => {
  it.each([
    ['awaiting', 0x01, 68, true],
    ['awaiting', 0x01, 67, false],
    ['awaiting', 0x01, 128 * 1024, true],
    ['awaiting', 0x01, 128 * 1024 + 1, false],
    ['awaiting', 0x01, 0xffffffff, false],
    ['associated', 0x04, 5, false],
    ['associated', 0x04, MAX, true],
    ['associated', 0x04, MAX + 6, true],
    ['associated', 0x04, MAX + 7, false],
    ['associated', 0x05, 4, true],
    ['associated', 0x05, 5, false],
    ['associated', 0x07, 0, false],
  ] as const)('%s, type %i, length %i: %s', (state, type, length, isLawful) => {
    expect(headerVerdict(state, type, length)).toBe(isLawful ? undefined : 'PDU length');
  });
});

describe('cutting a stream into PDUs', () => {
  it('gives the same PDUs however the network cut them', () => {
    const sent = [
      associateRq(),
      dataPdu(1, true, Buffer.alloc(80, 7)),
      dataPdu(1, false, Buffer.alloc(0)),
      releaseRq(),
    ];
    const stream = Buffer.concat(sent);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 40 }), (sizes) => {
        const { pdus, it } = framer();
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          expect(it.push(stream.subarray(at, at + size))).toBeUndefined();
          at += size;
        }
        expect(pdus).toEqual(sent);
        expect(it.isMidPdu).toBe(false);
      }),
      { numRuns: 50, seed: 1 },
    );
  });

  it('keeps nothing of a PDU that it refused, and says so for ever', () => {
    const { pdus, it } = framer();
    expect(it.push(Buffer.from('GET / HTTP/1.1\r\n'))).toBe('unexpected PDU');
    expect(it.push(associateRq())).toBe('unexpected PDU');
    expect(pdus).toEqual([]);
  });

  it('random bytes never pass as a P-DATA of an association that was not opened', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
        const { pdus, it } = framer('negotiating');
        it.push(Buffer.from(bytes));
        expect(pdus.every(([type]) => type === 0x07)).toBe(true);
      }),
      { numRuns: 200, seed: 2 },
    );
  });
});
