/** Readers of what stands on the wire of DIMSE: PDUs, commands, results of storage commitment, and the header of a balancer. */
import { isIP } from 'node:net';
import { boundedAnswers } from '../../adapters/dimse/bounded-answers.ts';
import { readCommandSet } from '../../adapters/dimse/command-set.ts';
import { readCommitmentResult } from '../../adapters/dimse/commitment.ts';
import { contextsInOrder } from '../../adapters/dimse/context-order.ts';
import { MessageGate } from '../../adapters/dimse/message-gate.ts';
import { PDU, PduFramer } from '../../adapters/dimse/pdu.ts';
import { lengthAfter, ProxyHeaderError, peerOf } from '../../adapters/dimse/proxy-header.ts';
import { isUid } from '../../src/dicom/uid.ts';
import { Fault } from '../../src/fault.ts';
import { ctSlice, datasetOf } from './ct-slice.ts';
import { must, pieces, type Reader } from './reader.ts';
import { associateAc } from './scripted-archive.ts';
import { resultDataset } from './scripted-commitment.ts';
import {
  associateRq,
  COMMAND_LAST,
  DATA_LAST,
  pdu,
  pdv,
  releaseRq,
  storeCommand,
  storePdus,
} from './scripted-peer.ts';

const SLICE = ctSlice({ size: 16 });
const STORE = storePdus({ SOPInstanceUID: '2.25.1.2.1' }, datasetOf(SLICE), { fragment: 300 });

/** What ends an association is answered, not thrown. */
const ABORTED = new Fault('DICOM_UNPARSABLE', 'A-ABORT');

const pdus: Reader = {
  name: 'PDUs',
  valid: [
    Buffer.concat([associateRq(), ...STORE, releaseRq()]),
    Buffer.concat([
      associateRq({
        abstractSyntaxes: ['1.2.840.10008.1.1', '1.2.840.10008.5.1.4.1.1.2'],
        contextIds: [3, 1],
      }),
      ...STORE.slice(0, 3),
    ]),
  ],
  read: (bytes, random) => {
    const framer = new PduFramer(131_072, (pdu) => {
      if (pdu[0] === PDU.associateRq) {
        must(contextsInOrder(pdu).length === pdu.length, 'a request of another length');
        framer.state = 'associated';
        return undefined;
      }
      return pdu[0] === PDU.data ? gate.take(pdu) : undefined;
    });
    let fragments = 0;
    const gate = new MessageGate({
      isAccepted: (contextId) => contextId === 1 || contextId === 3,
      onCommand: () => {
        if (gate.isAnswering) gate.answered();
        return undefined;
      },
      onDataset: (fragment) => {
        fragments += fragment.length;
      },
      onDatasetEnd: () => gate.answered(),
    });
    for (const piece of pieces(bytes, random)) if (framer.push(piece) !== undefined) throw ABORTED;
    must(fragments <= bytes.length, 'more data than came');
  },
};

/** What a node answers: whole PDUs and nothing else reach the library, and no more bytes than came. */
const answers: Reader = {
  name: 'PDUs that answer us',
  valid: [
    Buffer.concat([
      associateAc(associateRq().subarray(6)),
      ...STORE,
      pdu(0x04, pdv(1, COMMAND_LAST, storeCommand({ field: 0x8020, hasDataset: true }))),
      pdu(0x04, pdv(1, DATA_LAST, datasetOf(SLICE).subarray(0, 200))),
      pdu(0x04, pdv(1, COMMAND_LAST, storeCommand({ field: 0x8020, hasDataset: false }))),
      pdu(0x06, Buffer.alloc(4)),
    ]),
    pdu(0x03, Buffer.from([0, 1, 1, 7])),
  ],
  read: (bytes, random) => {
    let handedOn = 0;
    const take = boundedAnswers((whole) => {
      must(whole.length === 6 + whole.readUInt32BE(2), 'a PDU of another length');
      handedOn += whole.length;
    });
    for (const piece of pieces(bytes, random)) if (take(piece) !== undefined) throw ABORTED;
    must(handedOn <= bytes.length, 'more than came');
  },
};

const commandSets: Reader = {
  name: 'DIMSE command sets',
  valid: [
    storeCommand(),
    storeCommand({ field: 0x0100, hasDataset: false }),
    storeCommand({ SOPInstanceUID: undefined }),
  ],
  read: (bytes) => {
    const command = readCommandSet(bytes);
    if (!command) throw ABORTED;
    must(Number.isInteger(command.CommandField), 'a command without its field');
  },
};

/** What cannot be read is answered with a status, not thrown. */
const commitments: Reader = {
  name: 'results of storage commitment (N-EVENT-REPORT)',
  valid: [
    resultDataset({ TransactionUID: '2.25.1', committed: ['2.25.2', '2.25.3'] }),
    resultDataset({ TransactionUID: '2.25.1', committed: ['2.25.2'], failed: { '2.25.3': 0x0112 } }),
  ],
  read: (bytes) => {
    const result = readCommitmentResult(bytes, '1.2.840.10008.1.2');
    if (!result) throw ABORTED;
    const named = [...result.committed, ...result.failed.map(({ SOPInstanceUID }) => SOPInstanceUID)];
    must(isUid(result.TransactionUID) && named.every(isUid), 'no UID');
    must(8 * named.length <= bytes.length, 'more instances than came');
  },
};

const proxyHeader = (start: string, addresses: string): Buffer =>
  Buffer.from(`0d0a0d0a000d0a515549540a${start}${addresses}`, 'hex');
const proxyHeaders: Reader = {
  name: 'PROXY protocol headers',
  valid: [
    proxyHeader('2111000c', 'c0a801050a000002d4312b68'),
    proxyHeader('2111000f', 'c0a801050a000002d4312b68040000'),
    proxyHeader('21210024', `20010db8${'00'.repeat(11)}05fd${'00'.repeat(14)}02d4312b68`),
    proxyHeader('20000000', ''),
  ],
  read: (bytes) => {
    const start = bytes.subarray(0, 16);
    try {
      const address = peerOf(start, bytes.subarray(16, 16 + lengthAfter(start)));
      must(address === undefined || isIP(address) > 0, 'no address');
    } catch (thrown) {
      if (thrown instanceof ProxyHeaderError) throw ABORTED;
      throw thrown;
    }
  },
};

export const READERS_OF_DIMSE: readonly Reader[] = [pdus, answers, commandSets, commitments, proxyHeaders];
