/** Connections on which nothing is asked: how many one address may have, so that a crowd of them keeps nobody else out. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type Limits = Readonly<{
  /** connections at once, with a request or without */
  all: number;
  /** of one remote address */
  each: number;
}>;

type Guest = { socket: Socket; address: string; requests: number };

/**
 * When an address has too many connections, or all of them are taken, the one leaves that has stood longest without a request: of
 * the address that has just brought one more, or else of the address that has most. Where all have a request, it is the new one.
 */
export function limitCrowd(server: Server, { all, each }: Limits): void {
  const guests = new Map<string, Guest>();

  const leave = (guest: Guest): void => {
    guests.delete(keyOf(guest.socket));
    guest.socket.destroy();
  };
  const makeRoom = (newcomer: Guest): void => {
    const own = [...guests.values()].filter(({ address }) => address === newcomer.address);
    if (own.length > each) leave(own.find(isIdle) ?? newcomer);
    else if (guests.size > all) leave(mostOf([...guests.values()]).find(isIdle) ?? newcomer);
  };

  // Before the server, which may close it at once.
  server.prependListener('connection', (socket: Socket) => {
    const guest = { socket, address: socket.remoteAddress ?? '', requests: 0 };
    const key = keyOf(socket);
    guests.set(key, guest);
    socket.once('close', () => {
      if (guests.get(key) === guest) guests.delete(key);
    });
    makeRoom(guest);
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const guest = guests.get(keyOf(socket));
    if (!guest) return;
    guest.requests += 1;
    response.once('close', () => {
      guest.requests -= 1;
    });
  });
}

const isIdle = ({ requests }: Guest): boolean => requests === 0;

/** Those of the address that has most. */
function mostOf(guests: readonly Guest[]): readonly Guest[] {
  const byAddress = new Map<string, Guest[]>();
  for (const guest of guests) byAddress.set(guest.address, [...(byAddress.get(guest.address) ?? []), guest]);
  return [...byAddress.values()].reduce((most, each) => (each.length > most.length ? each : most), []);
}

/** The socket of a request is another one where there is TLS; its address is the same. */
const keyOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
