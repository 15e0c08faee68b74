/** Connections without an association: how many may stand at the door, and which has to leave when there are too many. */
import type { Socket } from 'node:net';

export type DoorLimits = Readonly<{
  /** Of one remote address. */
  each: number;
  all: number;
}>;

export type Visitor = Readonly<{
  /** False while an association is negotiated or open. */
  isWaiting(): boolean;
  leave(): void;
}>;

/**
 * A caller who says at once what it wants stands here for a moment only. Of too many the one that has stood longest leaves: of
 * the address that has just brought one more, or else of the address that has most. So who is new is always heard.
 */
export class Door {
  readonly #limits: DoorLimits;
  /** In the order of arrival. */
  readonly #visitors = new Map<string, Visitor & Readonly<{ address: string; isAttended: boolean }>>();

  constructor(limits: DoorLimits) {
    this.#limits = limits;
  }

  /**
   * A connection, before anything was read from it, also before its TLS handshake. Once more, when a proxy has said where it is from.
   */
  enter(socket: Socket, address = socket.remoteAddress): void {
    const key = keyOf(socket);
    // It has gone already.
    if (address === undefined) return;
    this.#visitors.set(key, {
      address,
      isAttended: false,
      isWaiting: () => true,
      leave: () => void socket.destroy(),
    });
    socket.once('close', () => this.#visitors.delete(key));
    this.#makeRoom(address);
  }

  /** Somebody looks after this connection from now on. */
  attend(socket: Socket, visitor: Visitor): void {
    const known = this.#visitors.get(keyOf(socket));
    if (known) this.#visitors.set(keyOf(socket), { ...visitor, address: known.address, isAttended: true });
  }

  /** Where a connection is from; undefined: it has left. */
  addressOf(socket: Socket): string | undefined {
    return this.#visitors.get(keyOf(socket))?.address;
  }

  /** Whom nobody looks after yet leaves: a TLS handshake that does not go on would keep the listener from ending. */
  shut(): void {
    for (const [key, { isAttended }] of this.#visitors) if (!isAttended) this.#dismiss(key);
  }

  #makeRoom(newcomer: string): void {
    const waiting = new Map<string, string[]>();
    let count = 0;
    for (const [key, { address, isWaiting }] of this.#visitors) {
      if (!isWaiting()) continue;
      count += 1;
      const keys = waiting.get(address) ?? [];
      keys.push(key);
      waiting.set(address, keys);
    }
    const own = waiting.get(newcomer) ?? [];
    if (own.length > this.#limits.each) this.#dismiss(own[0]);
    else if (count > this.#limits.all) this.#dismiss(mostOf(waiting)[0]);
  }

  #dismiss(key = ''): void {
    const visitor = this.#visitors.get(key);
    // At once: its socket closes a little later, and others may come before that.
    this.#visitors.delete(key);
    visitor?.leave();
  }
}

const mostOf = (waiting: ReadonlyMap<string, readonly string[]>): readonly string[] =>
  [...waiting.values()].reduce((most, each) => (each.length > most.length ? each : most), []);

const keyOf = ({ remoteAddress, remotePort, localAddress }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localAddress}`;
