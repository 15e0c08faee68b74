/** Where peers and operators come in: DIMSE, STOW-RS, HTTP. Ports and certificates are those of the start. */
import { setTimeout as pause } from 'node:timers/promises';
import { type StowServer, stowServer } from '../../adapters/dicomweb/stow.ts';
import type { OpenAssociation } from '../../adapters/dimse/association.ts';
import { type Scp, startScp } from '../../adapters/dimse/scp.ts';
import { startHttp } from '../../adapters/http/server.ts';
import type { createMetrics } from '../../adapters/telemetry/metrics.ts';
import { asFault, type Fault } from '../fault.ts';
import { associationStory } from '../pipeline/association-story.ts';
import { takeCommitment } from '../pipeline/confirm.ts';
import { type Announced, receive } from '../pipeline/receive.ts';
import type { World } from '../pipeline/world.ts';
import type { Clock, IncomingInstance } from '../ports.ts';
import type { Administration } from './administration.ts';
import type { Arrivals } from './arrivals.ts';
import type { Config } from './config.ts';
import { callerVerdict, dimseEndpoints, isNode, maySend } from './entrance.ts';
import { DOES, type Role } from './role.ts';
import type { TestDoor } from './test-door.ts';
import { readServerTls } from './tls.ts';

/** What stores to a study just now: filled when the doors open. */
export type Doors = { readonly listeners: Scp[]; stow: StowServer | undefined };

export const openAssociations = ({ listeners }: Doors): OpenAssociation[] =>
  listeners.flatMap((listener) => listener.openAssociations());

/** Whether an association or a STOW request stores to the study. */
export const isStoringThrough = (doors: Doors, study: string, config: Config, now: Date): boolean =>
  studiesStoredTo(doors, config, now).has(study);

/** Studies that objects are coming to now, or came to within a quiet period on an association that is still open. */
export const studiesStoredTo = (doors: Doors, config: Config, now: Date): ReadonlySet<string> =>
  new Set([
    ...(doors.stow?.studies() ?? []),
    ...openAssociations(doors).flatMap((one) => (isStoring(one, config, now) ? (one.lastStudy ?? []) : [])),
  ]);

/** Who asks whether we are ready does not wait long. */
const READABLE_WITHIN_MS = 2000;
const DRAIN_LOOK_MS = 50;
/** An association on which nothing came for so long is not waited for. */
const DRAIN_IDLE_MS = 2000;

/** Takes no new associations, and waits for what is being stored to end; for `seconds` at most. */
export async function drainDoors(doors: Doors, clock: Clock, seconds: number): Promise<void> {
  for (const listener of doors.listeners) listener.stopListening();
  const end = performance.now() + 1000 * seconds;
  const isBusy = (): boolean =>
    (doors.stow?.studies().length ?? 0) > 0 ||
    openAssociations(doors).some(
      ({ isStoring, lastStoredAt, openedAt }) =>
        isStoring || clock().getTime() - (lastStoredAt ?? openedAt) < DRAIN_IDLE_MS,
    );
  while (isBusy() && performance.now() < end) await pause(DRAIN_LOOK_MS);
}

/**
 * An association stores to the study of its last C-STORE, while that goes on and for a quiet period after it. A router that
 * keeps its association open for hours holds nothing up.
 */
function isStoring(one: OpenAssociation, { completeness }: Config, now: Date): boolean {
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
  role: Role;
  /** the administrator's pages and the API; undefined: this role has none */
  pages: Administration['pages'] | undefined;
  /** why the data folder is not the one of the installation */
  folderProblem: () => Promise<string | null>;
  /** why this process cannot follow what was changed in another */
  problem: () => Fault | undefined;
  /** nothing new is to come: /readyz says so */
  isDraining: () => boolean;
  /** something arrived */
  wake(): void;
}>;

/**
 * An object that came through a door, or that an archive sent: stored, then looked at soon. `isCaller`: it came under an AE title,
 * not under the name of a sender or a node.
 */
export const takingIn =
  (
    {
      world,
      config,
      admission: { door, arrivals },
      wake,
    }: Pick<Outside, 'world' | 'config' | 'admission' | 'wake'>,
    isCaller: boolean,
  ) =>
  async (incoming: IncomingInstance, announced: Announced): Promise<void> => {
    const guarded = door.guarded(config(), incoming, isCaller ? announced.from : '');
    await receive(world(), guarded, announced);
    arrivals.note(announced.SOPInstanceUID);
    wake();
  };

/** 0: there is none. */
export type Ports = Readonly<{ dimsePort: number; dimseTlsPort: number | undefined; httpPort: number }>;

/** Opens those of the role; health and metrics every role has. `parts` get what closes them again. */
export async function openDoors(doors: Doors, outside: Outside, parts: (() => unknown)[]): Promise<Ports> {
  const { world, config, metrics, pages, role, isDraining } = outside;
  const store = DOES[role].receives ? await openIntake(doors, outside, parts) : undefined;
  const { http: settings, dimse } = config();
  const http = await startHttp(
    { ...settings, tls: settings.tls && readServerTls(settings.tls), store, pages },
    {
      readiness: async () => ({
        ...(await readiness(world())),
        configuration: outside.problem()?.message ?? null,
        folder: await outside.folderProblem(),
        ...(isDraining() ? { process: 'it is being stopped' } : {}),
      }),
      metrics: async () => ({ contentType: metrics.contentType, text: await metrics.text() }),
    },
  );
  parts.push(() => http[Symbol.asyncDispose]());
  const [dimsePort = 0] = doors.listeners.map(({ port }) => port);
  return { dimsePort, dimseTlsPort: dimse.tls && doors.listeners.at(-1)?.port, httpPort: http.port };
}

/** DIMSE listeners; and what the HTTP server needs for STOW-RS. */
async function openIntake(doors: Doors, outside: Outside, parts: (() => unknown)[]) {
  const { world, config, metrics, isDraining } = outside;
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
      committed: (result, caller) =>
        takeCommitment(world(), result, (destination) => isNode(config(), caller, destination)),
      associationClosed: (association, reason) => told.closed(association, reason),
    });
    doors.listeners.push(listener);
    parts.push(() => listener[Symbol.asyncDispose]());
  }
  const { stow, senders } = config().http;
  const stowing = stowServer(
    { ...stow, maxRequestBytes: stow.maxRequestMiB * 2 ** 20 },
    {
      ...entrance,
      receive: takingIn(outside, false),
      isDraining,
      hasRoom: async () => (await files.freeBytes()) >= limits.minFreeBytes,
    },
  );
  doors.stow = stowing;
  parts.push(() => stowing[Symbol.asyncDispose]());
  return { senders, anonymous: stow.anonymous, take: stowing.store };
}

async function readiness({ files, limits, catalogue }: World): Promise<Record<string, string | null>> {
  const free = await files.freeBytes().catch(() => 0);
  const unread = 'the catalogue cannot be read';
  const rows = await Promise.race([
    catalogue.sql.query('SELECT 1 FROM "study" LIMIT 1').then(
      () => null,
      (thrown) => (asFault(thrown).code === 'CATALOGUE_DAMAGED' ? asFault(thrown).message : unread),
    ),
    pause(READABLE_WITHIN_MS, unread, { ref: false }),
  ]);
  return { catalogue: rows, disk: free < limits.minFreeBytes ? 'free space is below the watermark' : null };
}
