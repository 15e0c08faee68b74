/** Joins the HTTP server, STOW-RS and the steps that they lead to. */
import { stowServer } from '../../adapters/dicomweb/stow.ts';
import { startHttp } from '../../adapters/http/server.ts';
import type { Metrics } from '../../adapters/telemetry/metrics.ts';
import { receive } from '../pipeline/receive.ts';
import type { World } from '../pipeline/world.ts';
import type { Config } from './config.ts';
import { readHttpTls } from './http-tls.ts';

export type HttpDoor = AsyncDisposable &
  Readonly<{
    port: number;
    /** true while a STOW request stores to this study */
    isStoringTo(StudyInstanceUID: string): boolean;
  }>;

const LOOPBACK_HOST = /^(127\.|::1$|localhost$)/;

/** `onReceived`: an object was made lasting. Faults: PORT_IN_USE, TLS_FILES_INVALID. */
export async function openHttpDoor(
  { http: { stow: limits, senders, tls, ...http } }: Config,
  world: World,
  { meter, contentType, text }: Metrics,
  onReceived: () => void,
): Promise<HttpDoor> {
  const stow = stowServer(
    { ...limits, maxRequestBytes: limits.maxRequestMiB * 2 ** 20 },
    {
      openIncoming: (meta) => world.files.receive(meta),
      receive: async (incoming, announced) => {
        await receive(world, incoming, announced);
        onReceived();
      },
      hasRoom: async () => (await world.files.freeBytes()) >= world.limits.minFreeBytes,
      onIgnored: () => meter.received('ignored'),
      onRefused: () => meter.received('refused'),
      log: world.log,
    },
  );
  if (senders.length > 0 && !tls && !LOOPBACK_HOST.test(http.host))
    world.log.warn('http.plain', {
      hint: 'logins travel unencrypted: set http.tls, or a proxy with TLS before it',
    });
  const server = await startHttp(
    {
      ...http,
      tls: tls && { ...readHttpTls(tls), clientCertificate: tls.clientCertificate },
      store: { senders, anonymous: limits.anonymous, take: stow.store },
    },
    { readiness: () => readiness(world), metrics: async () => ({ contentType, text: await text() }) },
  );
  return {
    port: server.port,
    isStoringTo: stow.isStoringTo,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await stow[Symbol.asyncDispose]();
    },
  };
}

async function readiness({ files, limits, catalogue }: World): Promise<Record<string, string | null>> {
  const free = await files.freeBytes().catch(() => 0);
  const rows = await catalogue.countByState().then(
    () => null,
    () => 'the catalogue cannot be read',
  );
  return { catalogue: rows, disk: free < limits.minFreeBytes ? 'free space is below the watermark' : null };
}
