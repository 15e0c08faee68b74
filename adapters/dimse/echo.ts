/** Verification (PS3.4 annex A). */

import { STATUS } from '../../src/dicom/store-status.ts';
import { Fault } from '../../src/fault.ts';
import type { Node } from '../../src/ports.ts';
import { library } from './library.ts';
import { exchange, type PeerOptions } from './peer.ts';
import { hexStatus } from './status.ts';

const { SopClass, TransferSyntax } = library.constants;

/** C-ECHO. Resolves with the milliseconds from connecting to the answer. Faults as `exchange`, and PEER_REFUSED. */
export async function echo(node: Node, options: PeerOptions, signal?: AbortSignal): Promise<number> {
  const started = performance.now();
  const contexts = [
    { abstractSyntax: SopClass.Verification, transferSyntax: TransferSyntax.ImplicitVRLittleEndian },
  ];
  const request = new library.requests.CEchoRequest();
  const status = (await exchange(node, { request, contexts }, options, signal)).getStatus();
  if (status !== STATUS.success) throw new Fault('PEER_REFUSED', `status ${hexStatus(status)}`);
  return performance.now() - started;
}
