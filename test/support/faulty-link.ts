/** A line between two programs that fails as it was told to: bytes go through, or they do not. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * `refuse`: closed as soon as it is open. `hold`: open, and nothing ever comes. `cutInTransfer`: closed in the middle of what is sent.
 * `loseAnswer`: all that is sent arrives, and the line breaks instead of the answer. `slow`: what comes back is late. `trickle`: it
 * comes byte by byte. `tooLate`: all that is sent arrives, and the answer comes after its sender has given it up.
 */
export type LinkFault =
  | 'pass'
  | 'refuse'
  | 'hold'
  | 'cutInTransfer'
  | 'loseAnswer'
  | 'slow'
  | 'trickle'
  | 'tooLate';
export type FaultyLink = AsyncDisposable & Readonly<{ port: number; connections(): number }>;

/** More than an association request or the head of an HTTP request has. */
const IN_TRANSFER_BYTES = 8000;
const SLOW_MS = 200;
const BYTE_MS = 5;
/** Longer than anybody waits in these tests. */
const TOO_LATE_MS = 3000;

/** `script` is asked for every connection, counted from 1. */
export async function startFaultyLink(
  toPort: number,
  script: (connection: number) => LinkFault,
): Promise<FaultyLink> {
  const sockets = new Set<Socket>();
  let count = 0;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  };
  const server = createServer((near) => {
    count += 1;
    const fault = script(count);
    keep(near);
    if (fault === 'refuse') near.destroy();
    else if (fault === 'hold') near.resume();
    else join(near, keep(connect(toPort, '127.0.0.1')), fault);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => count,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function join(near: Socket, far: Socket, fault: LinkFault): void {
  const cut = (): void => {
    near.destroy();
    far.destroy();
  };
  let sent = 0;
  near.on('data', (bytes: Buffer) => {
    sent += bytes.length;
    if (fault === 'cutInTransfer' && sent > IN_TRANSFER_BYTES) cut();
    else far.write(bytes);
  });
  far.on('data', (bytes: Buffer) => {
    if (fault === 'loseAnswer' && sent > IN_TRANSFER_BYTES) cut();
    else if (fault === 'trickle') trickle(bytes);
    else back(() => near.write(bytes));
  });
  let trickling = Promise.resolve();
  const trickle = (bytes: Buffer): void => {
    for (const byte of bytes)
      trickling = trickling.then(async () => {
        await pause(BYTE_MS);
        if (near.writable) near.write(Buffer.of(byte));
      });
  };
  /** In the order in which it came. */
  const back = (give: () => unknown): void => {
    if (fault === 'slow') setTimeout(give, SLOW_MS);
    else if (fault === 'tooLate' && sent > IN_TRANSFER_BYTES) setTimeout(give, TOO_LATE_MS);
    else if (fault === 'trickle') trickling = trickling.then(() => void give());
    else give();
  };
  near.on('end', () => far.end());
  far.on('end', () => back(() => near.end()));
  near.on('close', () => far.destroy());
  far.on('close', () => back(() => near.destroy()));
}
