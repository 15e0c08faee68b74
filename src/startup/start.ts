/** The composition root: the one place that picks adapters and joins them to the steps of the pipeline. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { lockDataDir } from '../../adapters/database/lock.ts';
import { openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import { openEmbeddedQueue } from '../../adapters/queue/embedded.ts';
import { createLog } from '../../adapters/telemetry/log.ts';
import { createMetrics } from '../../adapters/telemetry/metrics.ts';
import { startPageRenderer } from '../../adapters/threads/page-renderer.ts';
import { startRadiomicsPool } from '../../adapters/threads/radiomics-pool.ts';
import { derivedUid } from '../dicom/uid.ts';
import type { CompanionMakers } from '../pipeline/companion-maker.ts';
import { companionMakers } from '../pipeline/companion-makers.ts';
import { createSlots } from '../pipeline/slots.ts';
import type { World } from '../pipeline/world.ts';
import type { Clock, InstanceFiles, JobKind, Log, Radiomics, Sql } from '../ports.ts';
import type { Config } from './config.ts';
import { type Doors, isStoringThrough, openAssociations, openDoors, takingIn } from './doors.ts';
import { LiveConfiguration } from './live-configuration.ts';
import { loadRules, loadTemplates, unwrittenConfig, type WrittenConfig } from './load.ts';
import { lookAfterChange } from './look-after-change.ts';
import { openCatalogue } from './open-catalogue.ts';
import { VERSION } from './version.ts';
import { startWorking } from './working.ts';
import { type Lasting, worldOf } from './world-of.ts';

export type Service = AsyncDisposable &
  Readonly<{
    aeTitle: string;
    /** with `plain: false` the one that speaks TLS */
    dimsePort: number;
    dimseTlsPort: number | undefined;
    httpPort: number;
    /** as it is now: another one after each change of the configuration */
    world: World;
    configuration: LiveConfiguration;
  }>;

/**
 * `isWarmedUp` false: the first lesion takes a second longer, and the start costs a second less of a core. `companions`: what is
 * made beside an SR.
 */
type StartOptions = Readonly<{ isWarmedUp?: boolean; companions?: CompanionMakers | undefined }>;

/** Starts a service. When a part cannot start, those before it are stopped again; disposing stops them in reverse. */
export async function start(
  from: Config | WrittenConfig,
  clock: Clock = () => new Date(),
  { isWarmedUp = true, companions }: StartOptions = {},
): Promise<Service> {
  const written = 'written' in from ? from : unwrittenConfig(from);
  const parts: (() => unknown)[] = [];
  const stop = async () => {
    for (const part of parts.splice(0).reverse()) await part();
  };
  try {
    return await startParts(written, clock, parts, { isWarmedUp, companions, stop });
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

async function startParts(
  written: WrittenConfig,
  clock: Clock,
  parts: (() => unknown)[],
  { stop, ...options }: Options & Readonly<{ stop: () => Promise<void> }>,
): Promise<Service> {
  const log = createLog(written.config.log.level);
  // What is wrong with them is told with the names of their files, before anything is opened.
  loadRules(written.config);
  loadTemplates(written.config);

  const doors: Doors = { listeners: [], stow: undefined };
  const { lasting, sql, configuration, metrics, hooks } = await openLasting(written, clock, log, parts, {
    ...options,
    doors,
  });
  let present = worldOf(lasting, configuration.current());
  const world = () => present;
  const config = () => configuration.current().config;
  configuration.onChange((now) => {
    present = worldOf(lasting, now);
  });

  hooks.world = world;
  const working = await startWorking(world, () => config().nodes, parts);
  hooks.wake = () => working.wake();
  const ports = await openDoors(doors, { world, config, metrics, wake: hooks.wake }, parts);
  await startAdministration(
    { sql, world, configuration, clock, log, radiomics: lasting.radiomics, files: lasting.files, config },
    parts,
  );
  tellStarted(config(), present, ports, log);
  return {
    aeTitle: config().dimse.aeTitle,
    ...ports,
    get world() {
      return present;
    },
    configuration,
    [Symbol.asyncDispose]: stop,
  };
}

/** What pages, API, notifications and audit trail are given. */
export type Administered = Readonly<{
  sql: Sql;
  world: () => World;
  configuration: LiveConfiguration;
  clock: Clock;
  log: Log;
  radiomics: Radiomics;
  files: InstanceFiles;
  /** the one that counts now */
  config: () => Config;
}>;

/** Whatever speaks to people starts here, last; `parts` get what stops it. */
async function startAdministration(_: Administered, __: (() => unknown)[]): Promise<void> {}

type Options = Readonly<{ isWarmedUp: boolean; companions: CompanionMakers | undefined }>;

/** Set when what they call has started. */
type Hooks = { world: (() => World) | undefined; wake: () => void };

/** Everything that outlives a change of the configuration. */
async function openLasting(
  written: WrittenConfig,
  clock: Clock,
  log: Log,
  parts: (() => unknown)[],
  { isWarmedUp, companions, doors }: Options & Readonly<{ doors: Doors }>,
) {
  const { dataDir, limits } = written.config;
  mkdirSync(dataDir, { recursive: true });
  const lock = lockDataDir(join(dataDir, 'service.lock'));
  parts.push(() => lock[Symbol.dispose]());
  const { sql, ...catalogues } = await openCatalogue(dataDir, clock);
  parts.push(() => sql.close());
  const { catalogue, maskRequests } = catalogues;
  const configuration = await LiveConfiguration.open({
    sql,
    clock,
    log,
    written,
    alsoWrite: (now, before, changed) => lookAfterChange(now, before, changed, clock()),
  });
  const files = await openInstanceFiles(dataDir, { maxObjectBytes: limits.maxObjectMiB * 2 ** 20 });
  const hooks: Hooks = { world: undefined, wake: () => undefined };
  const present = (): World => {
    if (!hooks.world) throw new Error('nothing arrives before the doors are open');
    return hooks.world();
  };
  const queue = await openEmbeddedQueue({ sql, clock, log, concurrency: concurrencyOf(hooks) });
  const timeoutSeconds = limits.measureSeconds;
  const radiomics = startRadiomicsPool({ timeoutSeconds, isEager: true, isWarmedUp });
  parts.push(() => radiomics[Symbol.asyncDispose]());
  const pages = startPageRenderer();
  parts.push(() => pages[Symbol.asyncDispose]());
  const metrics = createMetrics({
    casesByState: () => catalogue.countByState(),
    queue: () => queue.waiting(),
    openAssociations: () => openAssociations(doors).length,
    freeBytes: () => files.freeBytes(),
    maskRequests: () => maskRequests.waiting(),
  });
  const fetching = new Set<string>();
  const lasting: Lasting = {
    ...catalogues,
    files,
    queue,
    radiomics,
    slots: createSlots(SLOTS_PER_DESTINATION),
    clock,
    log,
    meter: metrics.meter,
    isStoring: (study) => fetching.has(study) || isStoringThrough(doors, study, written.config, clock()),
    besideRequests: new Map(),
    companions: companions ?? companionMakers(radiomics, pages),
    fetching,
    intake: {
      open: (meta) => files.receive(meta),
      receive: takingIn({ world: present, wake: () => hooks.wake() }),
    },
    asked: new Map(),
    installationUid: derivedUid(
      `installation ${await catalogue.setting('installation', crypto.randomUUID())}`,
    ),
  };
  return { lasting, sql, configuration, metrics, hooks };
}

const SLOTS_PER_DESTINATION = 2;

/** Deliveries at once follow the number of destinations. */
const concurrencyOf = (hooks: Hooks): Partial<Record<JobKind, () => number>> => ({
  assess: () => 2,
  deliver: () => Math.max(1, (hooks.world?.().destinations.size ?? 0) * SLOTS_PER_DESTINATION),
  fetch: () => 2,
  request: () => 2,
});

function tellStarted(
  { http, nodes }: Config,
  { model }: World,
  { dimsePort, dimseTlsPort, httpPort }: Pick<Service, 'dimsePort' | 'dimseTlsPort' | 'httpPort'>,
  log: Log,
): void {
  log.info('service.started', {
    version: VERSION,
    dimsePort,
    dimseTlsPort: dimseTlsPort ?? null,
    httpPort,
    model: model.value.id,
  });
  if (http.senders.length > 0 && !http.tls && !/^(127\.|::1$|localhost$)/.test(http.host))
    log.warn('http.plain', {
      hint: 'logins travel unencrypted: set http.tls, or put a proxy with TLS before it',
    });
  if (nodes.length === 0)
    log.warn('nodes.none', { hint: 'no node may send to us: add nodes to the configuration' });
}
