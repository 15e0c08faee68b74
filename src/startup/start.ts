/** The composition root: the one place that picks adapters and joins them to the steps of the pipeline. */
import { createLog } from '../../adapters/telemetry/log.ts';
import type { RadiomicsPool } from '../../adapters/threads/radiomics-pool.ts';
import type { CompanionMakers } from '../pipeline/companion-maker.ts';
import { forgetTestPatients } from '../pipeline/forget-test-patients.ts';
import type { World } from '../pipeline/world.ts';
import type { Clock, Log } from '../ports.ts';
import { startAdministration } from './administration.ts';
import { createArrivals } from './arrivals.ts';
import { createChecking } from './checking.ts';
import type { Config } from './config.ts';
import { type Doors, openDoors } from './doors.ts';
import type { LiveConfiguration } from './live-configuration.ts';
import { loadRules, loadTemplates, unwrittenConfig, type WrittenConfig } from './load.ts';
import { type LastingOptions, openLasting } from './open-lasting.ts';
import { createTestDoor } from './test-door.ts';
import { VERSION } from './version.ts';
import { startWorking } from './working.ts';
import { worldOf } from './world-of.ts';

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
    /** path and query of the page that makes the first administrator; undefined when there is one */
    firstLink: string | undefined;
  }>;

/**
 * `isWarmedUp` false: the first lesion takes a second longer, and the start costs a second less of a core. `companions`: what is
 * made beside an SR. `radiomics`: who computes, disposed with the service; default: threads of its own.
 */
type StartOptions = Readonly<{
  isWarmedUp?: boolean;
  companions?: CompanionMakers | undefined;
  radiomics?: RadiomicsPool;
}>;

/** Starts a service. When a part cannot start, those before it are stopped again; disposing stops them in reverse. */
export async function start(
  from: Config | WrittenConfig,
  clock: Clock = () => new Date(),
  { isWarmedUp = true, companions, radiomics }: StartOptions = {},
): Promise<Service> {
  const written = 'written' in from ? from : unwrittenConfig(from);
  const parts: (() => unknown)[] = [];
  const stop = async () => {
    for (const part of parts.splice(0).reverse()) await part();
  };
  try {
    return await startParts(written, clock, parts, { isWarmedUp, companions, radiomics, stop });
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

async function startParts(
  written: WrittenConfig,
  clock: Clock,
  parts: (() => unknown)[],
  { stop, ...options }: LastingOptions & Readonly<{ stop: () => Promise<void> }>,
): Promise<Service> {
  const log = createLog(written.config.log.level);
  // What is wrong with them is told with the names of their files, before anything is opened.
  loadRules(written.config);
  loadTemplates(written.config);

  const doors: Doors = { listeners: [], stow: undefined };
  const admission = { door: createTestDoor(), arrivals: createArrivals() };
  const { lasting, sql, configuration, metrics, hooks } = await openLasting(written, clock, log, parts, {
    ...options,
    doors,
    admission,
  });
  let present = worldOf(lasting, configuration.current());
  const world = () => present;
  const config = () => configuration.current().config;
  configuration.onChange((now) => {
    present = worldOf(lasting, now);
  });

  hooks.world = world;
  await forgetTestPatients(present);
  const working = await startWorking(world, () => config().nodes, parts);
  hooks.wake = () => working.wake();
  const { radiomics, files } = lasting;
  const checking = createChecking({ sql, world, config, admission, files, clock, log });
  const { pages, firstLink } = await startAdministration(
    { sql, world, configuration, clock, log, radiomics, files, config, checking: checking.needs },
    parts,
  );
  const outside = { world, config, admission, metrics, pages, wake: hooks.wake };
  const ports = await openDoors(doors, outside, parts);
  const checks = checking.begin(ports);
  parts.push(() => checks[Symbol.asyncDispose]());
  tellStarted(config(), present, ports, log);
  return {
    aeTitle: config().dimse.aeTitle,
    ...ports,
    get world() {
      return present;
    },
    configuration,
    firstLink,
    [Symbol.asyncDispose]: stop,
  };
}

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
