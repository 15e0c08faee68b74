/** Storage commitment (PS3.4 annex J): we ask, and the peer answers on this association or on one that it opens. */

import { parseDataset } from '../../src/dicom/parse-part10.ts';
import { items, type RawDataset, uid, unsigned } from '../../src/dicom/raw-dataset.ts';
import { STATUS } from '../../src/dicom/store-status.ts';
import { isUid } from '../../src/dicom/uid.ts';
import type { CommitmentResult, Node, ProofRequest } from '../../src/ports.ts';
import { library } from './library.ts';
import { exchange, type PeerOptions } from './peer.ts';
import { notAnswered } from './status.ts';

const { SopClass, TransferSyntax } = library.constants;

export const STORAGE_COMMITMENT = SopClass.StorageCommitmentPushModel;
/** @see PS3.4 J.3.5 */
const WELL_KNOWN_INSTANCE = '1.2.840.10008.1.20.1.1';
const REQUEST_COMMITMENT = 1;
/** Of an instance whose failure has no reason: processing failure (PS3.3 C.14.1.1). */
const NO_REASON = 0x0110;

/** How long the association stays open for a peer that answers on it. */
const LINGER_MS = 3000;

/** Elements of a result: two a reference, so room for tens of thousands of instances. */
const MAX_READS = 500_000;

/**
 * N-ACTION for one instance. Resolves with the result when it comes on the same association within three seconds, else
 * with undefined: then it comes later. Faults as `exchange`, PEER_BUSY and PEER_REFUSED with the peer's status.
 */
export async function requestCommitment(
  node: Node,
  { SOPClassUID, SOPInstanceUID, TransactionUID }: ProofRequest,
  options: PeerOptions,
  signal: AbortSignal,
  lingerMs: number = LINGER_MS,
): Promise<CommitmentResult | undefined> {
  const request = new library.requests.NActionRequest(
    STORAGE_COMMITMENT,
    WELL_KNOWN_INSTANCE,
    REQUEST_COMMITMENT,
  );
  request.setDataset(
    new library.Dataset({
      TransactionUID,
      ReferencedSOPSequence: [
        { ReferencedSOPClassUID: SOPClassUID, ReferencedSOPInstanceUID: SOPInstanceUID },
      ],
    }),
  );
  const contexts = [
    { abstractSyntax: STORAGE_COMMITMENT, transferSyntax: TransferSyntax.ImplicitVRLittleEndian },
  ];
  let arrive: (result: CommitmentResult) => void = () => undefined;
  const result = new Promise<CommitmentResult>((resolve) => {
    arrive = resolve;
  });
  const linger = { ms: lingerMs, onEvent: (elements: Elements) => arrive(resultIn(elements)) };
  const status = (await exchange(node, { request, contexts, linger }, options, signal)).getStatus();
  if (status !== STATUS.success) throw notAnswered('N-ACTION', status);
  return Promise.race([result, silence(lingerMs, signal)]);
}

function silence(ms: number, signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve(undefined);
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}

type Elements = Readonly<Record<string, unknown>>;

/** The result as the library reads it. Instances that are named no more than badly are left out. */
function resultIn(elements: Elements): CommitmentResult {
  const list = (keyword: string): Elements[] => {
    const value = elements[keyword];
    const all = Array.isArray(value) ? value : [value];
    return all.filter((item): item is Elements => typeof item === 'object' && item !== null);
  };
  return {
    TransactionUID: String(elements['TransactionUID'] ?? ''),
    committed: list('ReferencedSOPSequence').map((item) => String(item['ReferencedSOPInstanceUID'] ?? '')),
    failed: list('FailedSOPSequence').map((item) => ({
      SOPInstanceUID: String(item['ReferencedSOPInstanceUID'] ?? ''),
      FailureReason: typeof item['FailureReason'] === 'number' ? item['FailureReason'] : NO_REASON,
    })),
  };
}

/** The data set of an N-EVENT-REPORT; undefined when it is none of storage commitment (PS3.4 table J.3-2). */
export function readCommitmentResult(
  bytes: Uint8Array,
  TransferSyntaxUID: string,
): CommitmentResult | undefined {
  let dataset: RawDataset;
  try {
    dataset = parseDataset(bytes, TransferSyntaxUID, MAX_READS);
  } catch {
    return undefined;
  }
  const TransactionUID = uid(dataset, 'TransactionUID');
  if (!isUid(TransactionUID)) return undefined;
  const instanceIn = (item: RawDataset): string => uid(item, 'ReferencedSOPInstanceUID') ?? '';
  return {
    TransactionUID,
    committed: items(dataset, 'ReferencedSOPSequence').map(instanceIn).filter(isUid),
    failed: items(dataset, 'FailedSOPSequence')
      .map((item) => ({
        SOPInstanceUID: instanceIn(item),
        FailureReason: unsigned(item, 'FailureReason') ?? NO_REASON,
      }))
      .filter(({ SOPInstanceUID }) => isUid(SOPInstanceUID)),
  };
}
