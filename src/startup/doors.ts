/** Where peers and operators come in: DIMSE, STOW-RS, HTTP. Ports and certificates are those of the start. */
import { type StowServer, stowServer } from '../../adapters/dicomweb/stow.ts';
import type { OpenAssociation } from '../../adapters/dimse/association.ts';
import { type Scp, startScp } from '../../adapters/dimse/scp.ts';
import { startHttp } from '../../adapters/http/server.ts';
import type { createMetrics } from '../../adapters/telemetry/metrics.ts';
import { associationStory } from '../pipeline/association-story.ts';
import { takeCommitment } from '../pipeline/confirm.ts';
import { type Announced, receive } from '../pipeline/receive.ts';
import type { World } from '../pipeline/world.ts';
import type { IncomingInstance } from '../ports.ts';
import type { Administration } from './administration.ts';
import type { Arrivals } from './arrivals.ts';
import type { Config } from './config.ts';
import { callerVerdict, dimseEndpoints, maySend } from './entrance.ts';
import type { TestDoor } from './test-door.ts';
import { readServerTls } from './tls.ts';

/** What stores to a study just now: filled when the doors open. */
export type Doors = { readonly listeners: Scp[]; stow: StowServer | undefined };

export const openAssociations = ({ listeners }: Doors): OpenAssociation[] =>
  listeners.flatMap((listener) => listener.openAssociations());

/** Whether an association or a STOW request stores to the study. */
export const isStoringThrough = (doors: Doors, study: string, config: Config, now: Date): boolean =>
  doors.stow?.isStoringTo(study) === true ||
  openAssociations(doors).some((one) => isStoringTo(study, one, config, now));

/**
 * An association stores to the study of its last C-STORE, while that goes on and for a quiet period after it. A router that
 * keeps its association open for hours holds nothing up.
 */
function isStoringTo(study: string, one: OpenAssociation, { completeness }: Config, now: Date): boolean {
  if (one.lastStudy !== study) return false;
  const quietMs = completeness.quietPeriodSeconds * 1000;
  return (
    one.isStoring || (one.lastStoredAt !== undefined && Math.abs(now.getTime() - one.lastStoredAt) < quietMs)
  );
}

/** What our own checks need of the way in: the door of the test patient, and word of what came. */
export type Admission = Readonly<{ door: TestDoor; arrivals: Arrivals }>;

type Outside = Readonly<{
  world: () => World;
  /** who may call is asked with every association */
  config: () => Config;
  admission: Admission;
  metrics: ReturnType<typeof createMetrics>;
  /** the administrator's pages and the API */
  pages: Administration['pages'];
  /** something arrived */
  wake(): void;
}>;

/**
 * An object that came through a door, or that an archive sent: stored, then looked at soon. `isCaller`: it came under an AE title,
 * not under the name of a sender or a node.
 */
export const takingIn =
  (
    { world, config, admission: { door, arrivals }, wake }: Omit<Outside, 'metrics' | 'pages'>,
    isCaller: boolean,
  ) =>
  async (incoming: IncomingInstance, announced: Announced): Promise<void> => {
    const guarded = door.guarded(config(), incoming, isCaller ? announced.from : '');
    await receive(world(), guarded, announced);
    arrivals.note(announced.SOPInstanceUID);
    wake();
  };

export type Ports = Readonly<{ dimsePort: number; dimseTlsPort: number | undefined; httpPort: number }>;

/** Opens all of them. `parts` get what closes them again. */
export async function openDoors(doors: Doors, outside: Outside, parts: (() => unknown)[]): Promise<Ports> {
  const { world, config, metrics, pages } = outside;
  const { files, log, clock, limits } = world();
  const entrance = {
    openIncoming: (meta: Parameters<typeof files.receive>[0]) => files.receive(meta),
    onIgnored: () => metrics.meter.received('ignored'),
    onRefused: () => metrics.meter.received('refused'),
    log,
    clock,
  };
  // Disposed of after the listeners: what their last associations stored is told too.
  const told = associationStory(world());
  parts.push(() => told[Symbol.asyncDispose]());
  for (const endpoint of dimseEndpoints(config())) {
    const listener = await startScp(endpoint, {
      ...entrance,
      receive: takingIn(outside, true),
      acceptCaller: (caller) => callerVerdict(config(), caller, outside.admission.door),
      mayStore: (caller) => maySend(config(), caller, outside.admission.door),
      committed: (result) => takeCommitment(world(), result),
      associationClosed: (association, reason) => told.closed(association, reason),
    });
    doors.listeners.push(listener);
    parts.push(() => listener[Symbol.asyncDispose]());
  }
  const { http: settings, dimse } = config();
  const stowing = stowServer(
    { ...settings.stow, maxRequestBytes: settings.stow.maxRequestMiB * 2 ** 20 },
    {
      ...entrance,
      receive: takingIn(outside, false),
      hasRoom: async () => (await files.freeBytes()) >= limits.minFreeBytes,
    },
  );
  doors.stow = stowing;
  parts.push(() => stowing[Symbol.asyncDispose]());
  const store = {
    senders: settings.senders,
    anonymous: settings.stow.anonymous,
    take: stowing.store,
  };
  const http = await startHttp(
    { ...settings, tls: settings.tls && readServerTls(settings.tls), store, pages },
    {
      readiness: () => readiness(world()),
      metrics: async () => ({ contentType: metrics.contentType, text: await metrics.text() }),
    },
  );
  parts.push(() => http[Symbol.asyncDispose]());
  const [dimsePort = 0] = doors.listeners.map(({ port }) => port);
  return { dimsePort, dimseTlsPort: dimse.tls && doors.listeners.at(-1)?.port, httpPort: http.port };
}

async function readiness({ files, limits, catalogue }: World): Promise<Record<string, string | null>> {
  const free = await files.freeBytes().catch(() => 0);
  const rows = await catalogue.countByState().then(
    () => null,
    () => 'the catalogue cannot be read',
  );
  return { catalogue: rows, disk: free < limits.minFreeBytes ? 'free space is below the watermark' : null };
}
