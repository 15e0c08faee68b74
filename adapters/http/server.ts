/** The HTTP front door: one server, with a limit to everything, in front of the routes of this folder. */
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { asFault, Fault } from '../../src/fault.ts';
import type { Env } from './access.ts';
import { limitCrowd } from './crowd.ts';
import { addHealth, type HealthAnswers } from './health.ts';
import { addStore, type Store, type StoreAccess } from './store-route.ts';
import { refuseBadCertificates, type ServerTls, tlsOptions } from './tls.ts';

export type HttpOptions<Pages extends Env> = Readonly<{
  host: string;
  /** 0: any free port. */
  port: number;
  token?: string | undefined;
  tls?: ServerTls | undefined;
  store?: (StoreAccess & Readonly<{ take: Store }>) | undefined;
  /** the administrator's pages and the API; they know who may what */
  pages?: Hono<Pages> | undefined;
}>;

/** Connections at once, also such as say nothing; half of them for one address. */
const MAX_CONNECTIONS = 256;
/** Those that were told to go are counted until they have gone. */
const LEAVING_CONNECTIONS = 256;
/** A body has limits of its own (steady-body.ts): of what the library offers, only those of the headers fit. */
const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 15_000,
  requestTimeout: 0,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 5000,
};

/** Listens until disposed. Faults: PORT_IN_USE. */
export async function startHttp<Pages extends Env>(
  { host, port, token, tls, store, pages }: HttpOptions<Pages>,
  answers: HealthAnswers,
): Promise<{ port: number } & AsyncDisposable> {
  const app = new Hono<Env>({ strict: false });
  // Before the routes of operators: those let nobody pass who is not one.
  if (store) addStore(app, store, store.take);
  if (pages) app.route('/', pages);
  addHealth(app, token, answers);
  app.onError((_error, c) => c.json({ code: 'INTERNAL' }, 500));

  const server = createAdaptorServer({
    fetch: app.fetch,
    hostname: host,
    ...(tls
      ? { createServer: createHttpsServer, serverOptions: { ...LIMITS, ...tlsOptions(tls) } }
      : { createServer: createHttpServer, serverOptions: LIMITS }),
  }) as Server;
  server.maxConnections = MAX_CONNECTIONS + LEAVING_CONNECTIONS;
  limitCrowd(server, { all: MAX_CONNECTIONS, each: MAX_CONNECTIONS / 2 });
  if (tls) refuseBadCertificates(server, tls);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (thrown: NodeJS.ErrnoException) => {
      const isTaken = thrown.code === 'EADDRINUSE';
      reject(isTaken ? new Fault('PORT_IN_USE', `HTTP ${host}:${port}`) : asFault(thrown));
    });
    server.listen(port, host, resolve);
  });
  server.on('error', () => undefined);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
