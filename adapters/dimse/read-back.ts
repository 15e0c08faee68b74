/** Asks a peer whether it has an instance (C-FIND, Study Root; PS3.4 C.4.1). */
import { STATUS } from '../../src/dicom/store-status.ts';
import type { Node, ProofRequest } from '../../src/ports.ts';
import { library } from './library.ts';
import { exchange, type PeerOptions } from './peer.ts';
import { notAnswered } from './status.ts';

const { SopClass, TransferSyntax } = library.constants;
const { CFindRequest } = library.requests;

const CONTEXTS = [
  {
    abstractSyntax: SopClass.StudyRootQueryRetrieveInformationModelFind,
    transferSyntax: TransferSyntax.ImplicitVRLittleEndian,
  },
];

/**
 * True when the peer answers with this very instance. A peer that does not answer for instances is asked for the series:
 * a report is alone in its series, so the one stands for the other. What a peer returns beyond the question counts for
 * nothing. Faults as `exchange`, PEER_BUSY and PEER_REFUSED when it answers neither question.
 */
export async function isKept(
  node: Node,
  { SOPInstanceUID, SeriesInstanceUID, StudyInstanceUID }: ProofRequest,
  options: PeerOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const keys = { StudyInstanceUID, SeriesInstanceUID };
  const image = CFindRequest.createImageFindRequest({ ...keys, SOPInstanceUID });
  const byInstance = await find(node, image, { SOPInstanceUID }, options, signal);
  if (byInstance.status === STATUS.success) return byInstance.isFound;
  const series = CFindRequest.createSeriesFindRequest(keys);
  const bySeries = await find(node, series, { SeriesInstanceUID }, options, signal);
  if (bySeries.status !== STATUS.success) {
    throw notAnswered('C-FIND', bySeries.status);
  }
  return bySeries.isFound;
}

async function find(
  node: Node,
  request: InstanceType<typeof CFindRequest>,
  wanted: Readonly<Record<string, string>>,
  options: PeerOptions,
  signal: AbortSignal,
): Promise<{ status: number; isFound: boolean }> {
  let isFound = false;
  request.on('response', (response: Readonly<{ getDataset(): unknown }>) => {
    const match = response.getDataset() as { getElements(): Record<string, unknown> } | undefined;
    const elements = match?.getElements() ?? {};
    isFound ||= Object.entries(wanted).every(([keyword, uid]) => elements[keyword] === uid);
  });
  const response = await exchange(node, { request, contexts: CONTEXTS }, options, signal);
  return { status: response.getStatus(), isFound };
}
