import { createServer, type Server, type Socket } from 'node:net';
import type { Log } from '../../src/ports.ts';
import type { Door } from './door.ts';
import { ProxyHeaderError, readProxyHeader } from './proxy-header.ts';

type Options = Readonly<{
  /** must say whose connection it hands on; of everybody else the first byte is of an association, or of TLS */
  isProxy(address: string): boolean;
  door: Door;
  withinMs: number;
  log: Log | undefined;
}>;

/** Listens before `inner`, and hands connections on to it, those of proxies without their header. */
export function behindProxies(inner: Server, { isProxy, door, withinMs, log }: Options): Server {
  const handOn = (socket: Socket, address: string | undefined): void => {
    door.enter(socket, address);
    inner.emit('connection', socket);
  };
  return createServer({ noDelay: true, keepAlive: true }, (socket) => {
    const address = socket.remoteAddress;
    if (address === undefined || !isProxy(address)) {
      handOn(socket, address);
      return;
    }
    const onError = (): void => undefined;
    socket.on('error', onError);
    door.enter(socket, address);
    readProxyHeader(socket, withinMs).then(
      (peer) => {
        handOn(socket, peer ?? address);
        socket.off('error', onError);
      },
      (thrown: unknown) => {
        const reason = thrown instanceof ProxyHeaderError ? thrown.message : 'internal error';
        // A balancer that looks whether the port is open says nothing.
        if (socket.bytesRead > 0) log?.warn('proxy.refused', { address, reason });
        socket.destroy();
      },
    );
  });
}
