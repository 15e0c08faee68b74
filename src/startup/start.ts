/** The composition root: the one place that picks adapters and joins them to the steps of the pipeline. */
import { hostname } from 'node:os';
import { every } from '../../adapters/schedule/every.ts';
import { createLog } from '../../adapters/telemetry/log.ts';
import type { RadiomicsPool } from '../../adapters/threads/radiomics-pool.ts';
import type { AuditSource } from '../audit/participants.ts';
import { ClockTrust } from '../catalogue/clock-trust.ts';
import { Fault } from '../fault.ts';
import type { CompanionMakers } from '../pipeline/companion-maker.ts';
import type { World } from '../pipeline/world.ts';
import type { Clock, Log } from '../ports.ts';
import { openAdministration } from './administration.ts';
import { createArrivals } from './arrivals.ts';
import { startAuditing } from './auditing.ts';
import { createChecking } from './checking.ts';
import type { Config } from './config.ts';
import { type Doors, drainDoors, openDoors, type Ports, studiesStoredTo } from './doors.ts';
import type { LiveConfiguration } from './live-configuration.ts';
import { loadRules, loadTemplates, unwrittenConfig, type WrittenConfig } from './load.ts';
import { startOnDuty } from './on-duty.ts';
import { isSqlite } from './open-database.ts';
import { type Warning, warningsOf } from './open-doors.ts';
import { type LastingOptions, openLasting } from './open-lasting.ts';
import { DOES, type Role } from './role.ts';
import { shareAdmission, startAdmitting } from './shared-admission.ts';
import { startTakingInUnnamed } from './taking-in-unnamed.ts';
import { startTellingStoring } from './telling-storing.ts';
import { createTestDoor } from './test-door.ts';
import { VERSION } from './version.ts';
import { startWatching } from './watching.ts';
import { startWorking } from './working.ts';
import { worldOf } from './world-of.ts';

export type Service = AsyncDisposable &
  Readonly<{
    aeTitle: string;
    /** with `plain: false` the one that speaks TLS; 0 in a role that receives nothing */
    dimsePort: number;
    dimseTlsPort: number | undefined;
    httpPort: number;
    /** as it is now: another one after each change of the configuration */
    world: World;
    configuration: LiveConfiguration;
    /** path and query of the page that makes the first administrator; undefined when there is one */
    firstLink: string | undefined;
    /** Takes no new associations, and resolves when what is being received has come to its end, or `dimse.drainSeconds` are over. */
    drain(): Promise<void>;
  }>;

/**
 * `role`: default all. `isWarmedUp` false: the first lesion takes a second longer, and the start costs a second less of a core. `companions`: what is
 * made beside an SR. `radiomics`: who computes, disposed with the service; default: threads of its own.
 */
type StartOptions = Readonly<{
  role?: Role;
  isWarmedUp?: boolean;
  companions?: CompanionMakers | undefined;
  radiomics?: RadiomicsPool;
}>;

/** Starts a service. When a part cannot start, those before it are stopped again; disposing stops all in reverse, then throws the first fault. */
export async function start(
  from: Config | WrittenConfig,
  clock: Clock = () => new Date(),
  { role = 'all', isWarmedUp = true, companions, radiomics }: StartOptions = {},
): Promise<Service> {
  const written = 'written' in from ? from : unwrittenConfig(from);
  if (role !== 'all' && isSqlite(written.config)) throw new Fault('ROLES_NEED_POSTGRES', role);
  const parts: (() => unknown)[] = [];
  const stop = () => stopAll(parts.splice(0).reverse());
  try {
    return await startParts(written, clock, parts, { role, isWarmedUp, companions, radiomics, stop });
  } catch (thrown) {
    // What it could not start with tells more than what it could not stop with.
    await stop().catch(() => undefined);
    throw thrown;
  }
}

/** One after the other. What fails to stop, as when the database is gone, keeps nothing else running; the first fault is thrown at the end. */
async function stopAll(parts: readonly (() => unknown)[]): Promise<void> {
  const faults: unknown[] = [];
  for (const part of parts) {
    try {
      await part();
    } catch (thrown) {
      faults.push(thrown);
    }
  }
  if (faults.length > 0) throw faults[0];
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
  const {
    lasting,
    sql,
    configuration,
    metrics,
    hooks,
    leases,
    processes,
    duties,
    files,
    storing,
    folderProblem,
  } = await openLasting(written, clock, log, parts, { ...options, doors, admission });
  const does = DOES[options.role];
  const isShared = !isSqlite(written.config);
  let present = worldOf(lasting, configuration.current());
  const world = () => present;
  const config = () => configuration.current().config;
  configuration.onChange((now) => {
    present = worldOf(lasting, now);
  });

  hooks.world = world;
  if (isShared) parts.push(following(configuration, log));
  const trust = new ClockTrust(sql, clock, log);
  const { wake } = await startOnDuty({ world, config, duties, leases, processes, files, trust }, parts);
  hooks.wake = wake;
  if (does.works) await startWorking(world, () => config().nodes, parts);
  const watched = { sql, world, config, clock, log, files, duties, processes };
  const auditing = await startAuditing({
    ...watched,
    trust,
    config: config().audit,
    source: auditSourceOf(config()),
    catalogue: lasting.catalogue,
    reports: lasting.reports,
  });
  parts.push(() => auditing[Symbol.asyncDispose]());
  const watching = startWatching(watched, parts);
  const shared = { admission, leases, processes };
  const checking = createChecking({
    ...{ ...watched, leases },
    admission: shareAdmission({ ...shared, config }),
  });
  const administration = does.administers
    ? await openAdministration({
        ...watched,
        ...{ configuration, auditing, watching },
        checking: checking.needs,
        radiomics: lasting.radiomics,
        temporaryFolder: files.temporaryFolder,
      })
    : undefined;
  let isDraining = false;
  const { pages, firstLink } = administration ?? {};
  const outside = { world, config, admission, metrics, pages, wake: hooks.wake, role: options.role };
  const ports = await openDoors(
    doors,
    { ...outside, isDraining: () => isDraining, problem: () => configuration.problem, folderProblem },
    parts,
  );
  await processes.tell(ports);
  if (does.receives && isShared) {
    const stored = () => studiesStoredTo(doors, config(), clock());
    const telling = startTellingStoring(stored, storing, log);
    parts.push(() => telling[Symbol.asyncDispose]());
    const admitting = startAdmitting({ ...shared, log });
    parts.push(() => admitting[Symbol.asyncDispose]());
  }
  if (!isShared) {
    const { intake } = lasting;
    const takingIn = startTakingInUnnamed({ world, intake, dataDir: config().dataDir });
    parts.push(() => takingIn[Symbol.asyncDispose]());
  }
  const checks = checking.begin();
  parts.push(() => checks[Symbol.asyncDispose]());
  const warnings = warningsOf(config(), options.role, written.openness);
  tellStarted(warnings, { world: present, role: options.role, ports, log });
  return {
    aeTitle: config().dimse.aeTitle,
    ...ports,
    get world() {
      return present;
    },
    configuration,
    firstLink,
    drain: async () => {
      isDraining = true;
      await drainDoors(doors, clock, config().dimse.drainSeconds);
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** What another process changes of the configuration counts here within a second or two. Answers what ends it. */
function following(configuration: LiveConfiguration, log: Log): () => PromiseLike<void> {
  const refresh = async () => void (await configuration.refresh());
  const cron = every(1, refresh, (thrown) =>
    log.error('configuration.notFollowed', { code: (thrown as { code?: string }).code ?? 'INTERNAL' }),
  );
  return () => cron[Symbol.asyncDispose]();
}

const auditSourceOf = ({ report, dimse }: Config): AuditSource => ({
  id: report.installation,
  aeTitle: dimse.aeTitle,
  host: hostname(),
  processId: process.pid,
});

function tellStarted(
  warnings: readonly Warning[],
  { world, role, ports, log }: Readonly<{ world: World; role: Role; ports: Ports; log: Log }>,
): void {
  const { dimsePort, dimseTlsPort, httpPort } = ports;
  log.info('service.started', {
    version: VERSION,
    role,
    dimsePort,
    dimseTlsPort: dimseTlsPort ?? null,
    httpPort,
    model: world.model.value.id,
  });
  for (const { event, hint } of warnings) log.warn(event, { hint });
}
