import type { Socket } from 'node:net';
import { ABORT_PDU } from './pdu.ts';

const LEAVE_MS = 1000;

/** Ends the association with an A-ABORT. A peer that does not read would keep it, and with it the socket, for ever. */
export function abort(socket: Socket): void {
  if (socket.writable) socket.write(ABORT_PDU, () => socket.destroy());
  else socket.destroy();
  setTimeout(() => socket.destroy(), LEAVE_MS).unref();
}
