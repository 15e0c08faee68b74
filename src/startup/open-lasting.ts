/** Data folder, catalogue, queue, threads: what a change of the configuration leaves as it is. */
import { lockDataDir } from '../../adapters/database/lock.ts';
import { makeDataDir, openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import { createMetrics } from '../../adapters/telemetry/metrics.ts';
import { startPageRenderer } from '../../adapters/threads/page-renderer.ts';
import { type RadiomicsPool, startRadiomicsPool } from '../../adapters/threads/radiomics-pool.ts';
import { awaitedFiles } from '../catalogue/awaited-files.ts';
import { keepOldDeltas } from '../catalogue/local-deltas.ts';
import { NodeRequests } from '../catalogue/node-requests.ts';
import { derivedUid } from '../dicom/uid.ts';
import { createBusyStudies } from '../pipeline/busy-studies.ts';
import type { CompanionMakers } from '../pipeline/companion-maker.ts';
import { companionMakers } from '../pipeline/companion-makers.ts';
import { createSlots } from '../pipeline/slots.ts';
import type { World } from '../pipeline/world.ts';
import type { Clock, JobKind, Log } from '../ports.ts';
import { type Admission, type Doors, isStoringThrough, openAssociations, takingIn } from './doors.ts';
import { startDuties } from './duties.ts';
import { LiveConfiguration } from './live-configuration.ts';
import type { WrittenConfig } from './load.ts';
import { lookAfterChange } from './look-after-change.ts';
import { openCatalogue } from './open-catalogue.ts';
import { isSqlite, openLeases, openQueue, serviceLockOf } from './open-database.ts';
import { countByRole, joinProcesses } from './processes.ts';
import { DOES, type Role } from './role.ts';
import { requireSameFolder } from './same-folder.ts';
import type { Lasting } from './world-of.ts';

export type LastingOptions = Readonly<{
  role: Role;
  isWarmedUp: boolean;
  companions: CompanionMakers | undefined;
  radiomics: RadiomicsPool | undefined;
}>;

/** Set when what they call has started. */
type Hooks = { world: (() => World) | undefined; wake: () => void };

/** Everything that outlives a change of the configuration. */
export async function openLasting(
  written: WrittenConfig,
  clock: Clock,
  log: Log,
  parts: (() => unknown)[],
  {
    role,
    isWarmedUp,
    companions,
    radiomics: given,
    doors,
    admission,
  }: LastingOptions & Readonly<{ doors: Doors; admission: Admission }>,
) {
  const { dataDir, limits } = written.config;
  const isShared = !isSqlite(written.config);
  await makeDataDir(dataDir);
  if (!isShared) {
    const lock = lockDataDir(serviceLockOf({ dataDir }));
    parts.push(() => lock[Symbol.dispose]());
    log.info('catalogue.check', { hint: 'it is looked through for damage; nothing answers meanwhile' });
  }
  const { sql, ...catalogues } = await openCatalogue(written.config, clock, { isChecked: true });
  parts.push(() => sql.close());
  const { catalogue, maskRequests } = catalogues;
  const folderProblem = isShared ? await requireSameFolder(dataDir, catalogue) : async () => null;
  const leases = await openLeases(written.config, log);
  parts.push(() => leases[Symbol.asyncDispose]());
  const processes = await joinProcesses(leases, { role, config: written.config, now: clock() });
  parts.push(() => processes[Symbol.asyncDispose]());
  const duties = await startDuties(leases, { mayHave: DOES[role].leads, log });
  parts.push(() => duties[Symbol.asyncDispose]());
  const configuration = await LiveConfiguration.open({
    sql,
    clock,
    log,
    written,
    alsoWrite: (now, before, changed) => lookAfterChange(now, before, changed, clock()),
  });
  await keepOldDeltas(sql, configuration.current().model);
  const files = await openInstanceFiles(dataDir, {
    maxObjectBytes: limits.maxObjectMiB * 2 ** 20,
    minFreeBytes: limits.minFreeMiB * 2 ** 20,
    ...(isShared ? { owner: leases.holder, shared: SHARED_FOLDER } : {}),
  });
  const hooks: Hooks = { world: undefined, wake: () => undefined };
  const present = (): World => {
    if (!hooks.world) throw new Error('nothing arrives before the doors are open');
    return hooks.world();
  };
  const queueNeeds = { sql, clock, log, concurrency: concurrencyOf(hooks) };
  const queue = await openQueue(written.config, queueNeeds, parts);
  const timeoutSeconds = limits.measureSeconds;
  const radiomics = given ?? startRadiomicsPool({ timeoutSeconds, isEager: DOES[role].works, isWarmedUp });
  parts.push(() => radiomics[Symbol.asyncDispose]());
  const pages = startPageRenderer();
  parts.push(() => pages[Symbol.asyncDispose]());
  const metrics = createMetrics({
    // By one process: it counts all of them.
    casesByState: async () => (duties.areOurs() ? catalogue.countByState() : new Map()),
    queue: () => queue.waiting(),
    openAssociations: () => openAssociations(doors).length,
    freeBytes: () => files.freeBytes(),
    maskRequests: () => maskRequests.waiting(),
    awaitedFiles: () => awaitedFiles(sql, clock()),
    hasDuties: () => duties.areOurs(),
    processes: async () => countByRole(await processes.list()),
  });
  const fetching = createBusyStudies(leases, 'fetching');
  const storing = createBusyStudies(leases, 'storing');
  const lasting: Lasting = {
    ...catalogues,
    files,
    queue,
    radiomics,
    slots: createSlots(leases, SLOTS_PER_DESTINATION),
    clock,
    log,
    meter: metrics.meter,
    isStoring: async (study) =>
      isStoringThrough(doors, study, written.config, clock()) ||
      (await fetching.has(study)) ||
      (await storing.has(study)),
    besideRequests: new Map(),
    companions: companions ?? companionMakers(radiomics, pages),
    fetching,
    intake: {
      open: (meta) => files.receive(meta),
      receive: takingIn(
        { world: present, config: () => configuration.current().config, admission, wake: () => hooks.wake() },
        false,
      ),
    },
    asked: new NodeRequests(sql),
    installationUid: derivedUid(
      `installation ${await catalogue.setting('installation', crypto.randomUUID())}`,
    ),
  };
  return {
    lasting,
    sql,
    configuration,
    metrics,
    hooks,
    folderProblem,
    leases,
    processes,
    duties,
    storing,
    files,
  };
}

const SLOTS_PER_DESTINATION = 2;
/** A job waits so long in its place for a file that another machine wrote, and everything else that reads one. */
const SHARED_FOLDER = { jobSeconds: 60, readSeconds: 10 } as const;

/** Deliveries at once follow the number of destinations. */
const concurrencyOf = (hooks: Hooks): Partial<Record<JobKind, () => number>> => ({
  assess: () => 2,
  deliver: () => Math.max(1, (hooks.world?.().destinations.size ?? 0) * SLOTS_PER_DESTINATION),
  fetch: () => 2,
  request: () => 2,
});
