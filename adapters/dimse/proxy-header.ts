/** The PROXY protocol, version 2 (HAProxy, doc/proxy-protocol.txt, 2.2): a balancer says whose connection it hands on, before its first byte. */
import { isIPv6, type Socket } from 'node:net';

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const START_BYTES = 16;
/** Addresses, and what balancers may add behind them (TLVs). */
const MOST_BYTES = 536;
const [LOCAL, PROXY] = [0x20, 0x21];
/** Bytes of both addresses and ports, by family and transport: TCP alone. */
const TCP4 = { family: 0x11, bytes: 12 } as const;
const TCP6 = { family: 0x21, bytes: 36 } as const;

/** Why the header of a connection is not taken; its text goes to the log and names no address. */
export class ProxyHeaderError extends Error {}

/** Bytes that follow the first sixteen. Throws ProxyHeaderError. */
export function lengthAfter(start: Buffer): number {
  if (start.length !== START_BYTES || !start.subarray(0, SIGNATURE.length).equals(SIGNATURE))
    throw new ProxyHeaderError('no header of version 2');
  const length = start.readUInt16BE(14);
  if (length > MOST_BYTES) throw new ProxyHeaderError('too long');
  return length;
}

/** The address that the header names; undefined: the connection is the balancer's own, a check. Throws ProxyHeaderError. */
export function peerOf(start: Buffer, rest: Buffer): string | undefined {
  const [command, family] = [start[12], start[13]];
  if (command === LOCAL) return undefined;
  if (command !== PROXY) throw new ProxyHeaderError('neither LOCAL nor PROXY');
  const known = [TCP4, TCP6].find((each) => each.family === family);
  if (!known) throw new ProxyHeaderError('not TCP over IPv4 or IPv6');
  if (rest.length < known.bytes) throw new ProxyHeaderError('too short');
  return known === TCP4 ? rest.subarray(0, 4).join('.') : ipv6Of(rest.subarray(0, 16));
}

function ipv6Of(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16));
  const text = groups.join(':');
  if (!isIPv6(text)) throw new ProxyHeaderError('no address');
  // As sockets write it: without leading zeros, the longest run of them as ::.
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}

/**
 * Reads the header and not a byte more. Rejects with ProxyHeaderError when it is not one, does not come within the time, or the peer
 * goes; the caller closes the connection.
 */
export async function readProxyHeader(socket: Socket, withinMs: number): Promise<string | undefined> {
  const over = AbortSignal.timeout(withinMs);
  const start = await exactly(socket, START_BYTES, over);
  const length = lengthAfter(start);
  return peerOf(start, length === 0 ? Buffer.alloc(0) : await exactly(socket, length, over));
}

function exactly(socket: Socket, bytes: number, over: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const end = (found: Buffer | undefined, why: string): void => {
      socket.off('readable', look).off('end', gone).off('close', gone);
      over.removeEventListener('abort', late);
      if (found?.length === bytes) resolve(found);
      else reject(new ProxyHeaderError(why));
    };
    const look = (): void => {
      const found = socket.read(bytes) as Buffer | null;
      if (found !== null) end(found, 'too short');
    };
    const gone = (): void => end(undefined, 'the connection ended');
    const late = (): void => end(undefined, 'it did not come in time');
    socket.on('readable', look).on('end', gone).on('close', gone);
    over.addEventListener('abort', late, { once: true });
    if (over.aborted) late();
    else if (socket.destroyed) gone();
    else look();
  });
}
