/** C-MOVE to ourselves and C-GET of one series, or of one instance of it (PS3.4 C.4.2, C.4.3). */

import { SOP_CLASSES, transferSyntaxesFor } from '../../src/dicom/sop-class.ts';
import { STATUS } from '../../src/dicom/store-status.ts';
import { Fault } from '../../src/fault.ts';
import type { Intake, Node, StudyKey } from '../../src/ports.ts';
import { COMMAND } from './command-set.ts';
import { library } from './library.ts';
import { type Exchange, exchange, type PeerOptions } from './peer.ts';
import { identifierOf, keysOf, modelOf } from './query.ts';
import { type RetrievedInto, storeSubOperations } from './retrieved-instance.ts';
import { hexStatus, printable } from './status.ts';

const { TransferSyntax } = library.constants;

/** With a SOP Instance UID: that object alone. */
type Wanted = StudyKey & Readonly<{ SeriesInstanceUID: string; SOPInstanceUID?: string | undefined }>;
type Final = Readonly<{
  getStatus(): number;
  getErrorComment(): string | undefined;
  getFailures?(): number | undefined;
  getCompleted?(): number | undefined;
  getWarnings?(): number | undefined;
}>;

/** @see PS3.4 table C.4-2 */
const MOVE_DESTINATION_UNKNOWN = 0xa801;

/** Asks the archive to send it to our own AE title; the objects come in by our listener. */
export async function move(
  node: Node,
  wanted: Wanted,
  options: PeerOptions,
  signal: AbortSignal,
): Promise<void> {
  const abstractSyntax = modelOf(node).move;
  const request = new library.requests.CMoveRequest();
  request.setAffectedSopClassUid(abstractSyntax);
  request.setDataset(identifierFor(node, wanted));
  request.getCommandDataset().setElement('MoveDestination', options.callingAeTitle);
  const contexts = [{ abstractSyntax, transferSyntax: TransferSyntax.ImplicitVRLittleEndian }];
  judge('C-MOVE', (await exchange(node, { request, contexts }, options, signal)) as unknown as Final);
}

/** Has the archive send it over the association that asks for it; the bytes go to disk as they come. */
export async function get(
  node: Node,
  wanted: Wanted,
  intake: Intake,
  options: PeerOptions,
  signal: AbortSignal,
): Promise<void> {
  const abstractSyntax = modelOf(node).get;
  const request = new library.requests.CGetRequest();
  request.setAffectedSopClassUid(abstractSyntax);
  request.setDataset(identifierFor(node, wanted));
  const contexts = [
    { abstractSyntax, transferSyntax: TransferSyntax.ImplicitVRLittleEndian },
    ...STORAGE_CONTEXTS,
  ];
  let into: RetrievedInto | undefined;
  const prepare: Exchange['prepare'] = (client, network, answers) => {
    into = storeSubOperations({ client, network, answers }, intake, node.aeTitle ?? node.name);
  };
  const serves = { command: COMMAND.cStore, isObject: true };
  try {
    const response = await exchange(node, { request, contexts, prepare, serves }, options, signal);
    await into?.settled();
    if (into?.failure) throw into.failure;
    judge('C-GET', response as unknown as Final);
  } finally {
    await into?.drop();
  }
}

function identifierFor(node: Node, wanted: Wanted): ReturnType<typeof identifierOf> {
  const { SeriesInstanceUID, SOPInstanceUID } = wanted;
  const series = { ...keysOf(node, wanted), SeriesInstanceUID };
  return SOPInstanceUID === undefined
    ? identifierOf('SERIES', series)
    : identifierOf('IMAGE', { ...series, SOPInstanceUID });
}

/** What is looked at is read in these alone; an association has room for 128 contexts (PS3.8 9.3.2.2). */
const LOOKED_AT_IN = [TransferSyntax.ExplicitVRLittleEndian, TransferSyntax.ImplicitVRLittleEndian];

/** Every SOP class that is kept, in every transfer syntax, or looked at: the archive sends in roles of its own (PS3.7 D.3.3.4). */
export const STORAGE_CONTEXTS = SOP_CLASSES.filter(({ action }) => action !== 'ignore').flatMap(
  ({ uid, action }) =>
    (action === 'keep' ? transferSyntaxesFor(uid) : LOOKED_AT_IN).map((transferSyntax, index) => ({
      abstractSyntax: uid,
      transferSyntax,
      isProvidedByUs: index === 0,
    })),
);

function judge(operation: 'C-MOVE' | 'C-GET', response: Final): void {
  const status = response.getStatus();
  const failures = response.getFailures?.() ?? 0;
  if (status === STATUS.success && failures === 0) return;
  const detail = [
    `${operation} status ${hexStatus(status)}`,
    printable(response.getErrorComment()),
    failures > 0 ? `${failures} sub-operations failed, ${response.getCompleted?.() ?? 0} completed` : '',
  ]
    .filter(Boolean)
    .join(', ');
  if (status === MOVE_DESTINATION_UNKNOWN) throw new Fault('MOVE_DESTINATION_UNKNOWN', detail);
  if ((status & 0xff00) === STATUS.outOfResources) throw new Fault('PEER_BUSY', detail);
  throw new Fault('RETRIEVE_REFUSED', detail);
}
