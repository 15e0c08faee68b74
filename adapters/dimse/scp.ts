/** The DIMSE listener: C-ECHO and C-STORE on a socket of our own, with a limit to everything. */
import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { BCP_195 } from '../../src/dicom/secure-transport.ts';
import { asFault, Fault } from '../../src/fault.ts';
import type { Clock, CommitmentResult, IncomingInstance, Log, TlsMaterial } from '../../src/ports.ts';
import {
  type Announced,
  type Caller,
  type FileMeta,
  type OpenAssociation,
  serveAssociation,
} from './association.ts';
import { behindProxies } from './behind-proxies.ts';
import { Door } from './door.ts';
import { GUARD_LIMITS, type GuardLimits } from './guard.ts';
import { SOP_CLASS_POLICY, type StoragePolicy } from './negotiation.ts';
import { hexStatus, type RejectionName } from './status.ts';

export type ScpOptions = Readonly<{
  aeTitle: string;
  host: string;
  /** 0: any free port. */
  port: number;
  /** Answer to any called AE title; off: A-ASSOCIATE-RJ "called AE title not recognised". */
  anyCalledAeTitle?: boolean;
  maxAssociations?: number;
  /** Of one remote address; default half of all, so that one host does not take them from the others. */
  maxAssociationsPerHost?: number | undefined;
  /** An association on which nothing is asked for so long is aborted. */
  idleSeconds?: number;
  /** Larger objects are refused. */
  maxObjectBytes?: number;
  limits?: Partial<GuardLimits>;
  /** Whose connections begin with a header of the PROXY protocol, which says where their peer is. Default: nobody's. */
  isProxy?: ((address: string) => boolean) | undefined;
  /** Associations over TLS only (PS3.15 B.9, BCP 195: version 1.2 or later). */
  tls?: (TlsMaterial & Readonly<{ clientCertificate: 'none' | 'optional' | 'required' }>) | undefined;
}>;

export type ScpWorld = Readonly<{
  openIncoming(meta: FileMeta): IncomingInstance;
  /** Default: the table of SOP classes. */
  policy?: StoragePolicy;
  /** Whether the caller may associate, or why not. Default: everybody. */
  acceptCaller?(caller: Caller): Promise<'accept' | RejectionName> | 'accept' | RejectionName;
  /** False: the caller may echo and report events, and is offered no storage SOP class. Default: everybody may store. */
  mayStore?(caller: Caller): boolean;
  /** What became of the instances of a storage commitment; the peer hears 0x0000 when it resolves. Default: dropped. */
  committed?(result: CommitmentResult, from: OpenAssociation): Promise<void>;
  /** Calls `incoming.finish` and `keep`. Resolves when the object is durable: only then the sender hears 0x0000. */
  receive(incoming: IncomingInstance, announced: Announced): Promise<unknown>;
  associationOpened?(association: OpenAssociation): void;
  instanceStarted?(association: OpenAssociation): void;
  /** `reason`: why it was given up; undefined: it was released, or its peer has gone. */
  associationClosed?(association: OpenAssociation, reason?: string): void;
  /** An object of an ignored SOP class was taken and dropped. */
  onIgnored?(): void;
  /** An object was answered with a failure. */
  onRefused?(): void;
  /** Default: the time of day. */
  clock?: Clock;
  log?: Log;
}>;

export type Scp = AsyncDisposable &
  Readonly<{
    port: number;
    /** Associations that are open now, with the studies that they stored to so far. */
    openAssociations(): OpenAssociation[];
    /** Takes no new connections; associations that are open go on. */
    stopListening(): void;
  }>;

const MAX_ASSOCIATIONS = 64;
/** A disk that hangs does not keep the service from ending. */
const FAREWELL_MS = 10_000;
const MAX_OBJECT_BYTES = 2 * 1024 ** 3;
/** Sockets without an association, so that a caller too many hears a rejection instead of silence; half of them for one address. */
const SPARE_SOCKETS = 64;
/** Sockets that were told to go are counted until they have gone. */
const LEAVING_SOCKETS = 448;

/** Listens until disposed. Faults: PORT_IN_USE. */
export async function startScp(options: ScpOptions, world: ScpWorld): Promise<Scp> {
  const idleMs = options.idleSeconds === undefined ? GUARD_LIMITS.idleMs : options.idleSeconds * 1000;
  const limits = { ...GUARD_LIMITS, idleMs, ...options.limits };
  const maxAssociations = options.maxAssociations ?? MAX_ASSOCIATIONS;
  const maxPerHost = options.maxAssociationsPerHost ?? Math.ceil(maxAssociations / 2);
  // Whoever may have so many associations may ask for them in one moment.
  const doorLimits = {
    each: Math.max(SPARE_SOCKETS / 2, maxPerHost),
    all: Math.max(SPARE_SOCKETS, maxAssociations),
  };
  const door = new Door(doorLimits);
  const served = new Map<Socket, ReturnType<typeof serveAssociation>>();
  const underWay = new Set<Promise<unknown>>();
  let lastId = 0;

  const openAssociations = () =>
    [...served.values()].flatMap((one) => (one.isOpen() ? (one.association() ?? []) : []));

  const admit = async (caller: Caller): Promise<'accept' | RejectionName> => {
    const open = openAssociations();
    const ofHost = open.filter(({ address }) => address === caller.address).length;
    const isFull = open.length >= maxAssociations || ofHost >= maxPerHost;
    const verdict = await verdictOn(caller, options, world, isFull);
    if (verdict !== 'accept') world.log?.warn('association.rejected', { ...caller, verdict });
    return verdict;
  };

  const inner = serverOf(options, limits.artimMs, world, (socket) => {
    lastId += 1;
    const address = door.addressOf(socket) ?? socket.remoteAddress ?? '';
    const one = serveAssociation(socket, { id: lastId, address }, limits, {
      openIncoming: world.openIncoming,
      maxObjectBytes: options.maxObjectBytes ?? MAX_OBJECT_BYTES,
      policy: world.policy ?? SOP_CLASS_POLICY,
      clock: world.clock ?? (() => new Date()),
      admit,
      mayStore: (caller) => world.mayStore?.(caller) ?? true,
      committed: async (result, association) => world.committed?.(result, association),
      receive: async (incoming, announced) => {
        const receiving = world.receive(incoming, announced);
        underWay.add(receiving);
        await receiving.finally(() => underWay.delete(receiving));
      },
      opened: (association) => {
        world.log?.info('association.opened', fieldsOf(association));
        world.associationOpened?.(association);
      },
      instanceStarted: (association) => world.instanceStarted?.(association),
      answered: (answer, isKept, association) => {
        if (answer.fault !== undefined) refused(world, answer.status, answer.fault, association);
        else if (!isKept) world.onIgnored?.();
      },
      closed: (association, reason) => {
        served.delete(socket);
        // A balancer that only looks whether we are here comes from nowhere and says nothing.
        if (reason && address !== '') world.log?.warn('association.aborted', { address, reason });
        if (association === undefined) return;
        world.log?.info('association.closed', fieldsOf(association));
        world.associationClosed?.(association, reason);
      },
    });
    served.set(socket, one);
    door.attend(socket, { isWaiting: one.isWaiting, leave: () => one.giveUp('too many connections') });
  });
  const { isProxy } = options;
  const entrance = { door, withinMs: limits.artimMs, log: world.log };
  if (!isProxy) inner.prependListener('connection', (socket: Socket) => door.enter(socket));
  const server = isProxy ? behindProxies(inner, { ...entrance, isProxy }) : inner;
  server.maxConnections = maxAssociations + doorLimits.all + LEAVING_SOCKETS;

  await new Promise<void>((resolve, reject) => {
    server.once('error', (thrown: NodeJS.ErrnoException) => {
      reject(
        thrown.code === 'EADDRINUSE' ? new Fault('PORT_IN_USE', `dimse ${options.port}`) : asFault(thrown),
      );
    });
    server.listen({ host: options.host, port: options.port }, resolve);
  });
  server.on('error', () => world.log?.error('dimse.listener'));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;

  let closed: Promise<void> | undefined;
  const stopListening = (): Promise<void> => {
    closed ??= new Promise<void>((resolve) => server.close(() => resolve()));
    return closed;
  };

  return {
    port,
    openAssociations,
    stopListening: () => void stopListening(),
    [Symbol.asyncDispose]: async () => {
      const closing = stopListening();
      for (const one of served.values()) one.giveUp('timeout');
      door.shut();
      await closing;
      // What was received whole is made durable, though its sender is gone.
      await Promise.race([Promise.allSettled(underWay), pause(FAREWELL_MS, undefined, { ref: false })]);
    },
  };
}

/** A socket reaches `onSocket` once it can be trusted; a handshake that fails or takes too long is told and closed. */
function serverOf(
  { tls }: ScpOptions,
  handshakeTimeout: number,
  { log }: ScpWorld,
  onSocket: (socket: Socket) => void,
): Server {
  if (tls === undefined) return createServer({ noDelay: true, keepAlive: true }, onSocket);
  const { ca, cert, key, clientCertificate } = tls;
  const server = createTlsServer(
    {
      cert,
      key,
      ...(ca.length > 0 ? { ca: [...ca] } : {}),
      ...BCP_195,
      requestCert: clientCertificate !== 'none',
      rejectUnauthorized: clientCertificate === 'required',
      handshakeTimeout,
      noDelay: true,
      keepAlive: true,
    },
    (socket) => {
      // An optional certificate may be left out; one that is shown must be good.
      const isBad = !socket.authorized && Object.keys(socket.getPeerCertificate()).length > 0;
      if (clientCertificate === 'optional' && isBad) {
        log?.warn('tls.refused', {
          address: socket.remoteAddress ?? '',
          code: String(socket.authorizationError),
        });
        socket.destroy();
      } else onSocket(socket);
    },
  );
  server.on('tlsClientError', (thrown: NodeJS.ErrnoException, socket) => {
    log?.warn('tls.failed', { address: socket.remoteAddress ?? '', code: thrown.code ?? 'handshake failed' });
    socket.destroy();
  });
  return server;
}

const fieldsOf = ({ id, callingAeTitle, calledAeTitle, address, studies }: OpenAssociation) => ({
  association: id,
  callingAeTitle,
  calledAeTitle,
  address,
  studies: studies.size,
});

function refused(
  world: ScpWorld,
  status: number,
  { code, detail }: Fault,
  association: OpenAssociation,
): void {
  world.onRefused?.();
  world.log?.warn('store.refused', { ...fieldsOf(association), status: hexStatus(status), code, detail });
}

async function verdictOn(
  caller: Caller,
  options: ScpOptions,
  world: ScpWorld,
  isFull: boolean,
): Promise<'accept' | RejectionName> {
  if (isFull) return 'localLimit';
  if (!options.anyCalledAeTitle && caller.calledAeTitle !== options.aeTitle) return 'calledAeTitle';
  return (await world.acceptCaller?.(caller)) ?? 'accept';
}
