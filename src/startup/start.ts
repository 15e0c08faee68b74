/** The composition root: the one place that picks adapters and joins them to the steps of the pipeline. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { lockDataDir } from '../../adapters/database/lock.ts';
import { type StowServer, stowServer } from '../../adapters/dicomweb/stow.ts';
import type { OpenAssociation } from '../../adapters/dimse/association.ts';
import { type Scp, startScp } from '../../adapters/dimse/scp.ts';
import { openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import { startHttp } from '../../adapters/http/server.ts';
import { openEmbeddedQueue } from '../../adapters/queue/embedded.ts';
import { createLog } from '../../adapters/telemetry/log.ts';
import { createMetrics } from '../../adapters/telemetry/metrics.ts';
import { startPageRenderer } from '../../adapters/threads/page-renderer.ts';
import { startRadiomicsPool } from '../../adapters/threads/radiomics-pool.ts';
import { derivedUid } from '../dicom/uid.ts';
import { assess } from '../pipeline/assess.ts';
import type { CompanionMakers } from '../pipeline/companion-maker.ts';
import { companionMakers } from '../pipeline/companion-makers.ts';
import { takeCommitment } from '../pipeline/confirm.ts';
import { countThere } from '../pipeline/count-there.ts';
import { deliver } from '../pipeline/deliver.ts';
import { fetchPrior } from '../pipeline/fetch-prior.ts';
import { finishBeside } from '../pipeline/finish-beside.ts';
import { measureAhead } from '../pipeline/measure-once.ts';
import { createPace } from '../pipeline/node-pace.ts';
import { pacedArchive } from '../pipeline/paced-archive.ts';
import { pollArchive } from '../pipeline/poll-archive.ts';
import { type Announced, receive } from '../pipeline/receive.ts';
import { requestMask } from '../pipeline/request-mask.ts';
import { scoreFollowUp } from '../pipeline/score-follow-up.ts';
import { createSlots } from '../pipeline/slots.ts';
import type { World } from '../pipeline/world.ts';
import type { Clock, IncomingInstance, Job, JobKind } from '../ports.ts';
import { annotatorsOf } from './annotators.ts';
import { archivesOf } from './archives.ts';
import type { Config } from './config.ts';
import { destinationsOf, whyAway } from './destinations.ts';
import { callerVerdict, dimseEndpoints, maySend } from './entrance.ts';
import { loadClassic, loadModel, loadRules, loadTemplates } from './load.ts';
import { openCatalogue } from './open-catalogue.ts';
import { lookBackDaysOf, startPolling } from './polling.ts';
import { startSweeping } from './sweeping.ts';
import { readServerTls } from './tls.ts';
import { VERSION } from './version.ts';

export type Service = AsyncDisposable &
  Readonly<{
    aeTitle: string;
    /** with `plain: false` the one that speaks TLS */
    dimsePort: number;
    dimseTlsPort: number | undefined;
    httpPort: number;
    world: World;
  }>;

/**
 * `isWarmedUp` false: the first lesion takes a second longer, and the start costs a second less of a core. `companions`: what is
 * made beside an SR.
 */
type StartOptions = Readonly<{ isWarmedUp?: boolean; companions?: CompanionMakers | undefined }>;

/** Starts a service. When a part cannot start, those before it are stopped again; disposing stops them in reverse. */
export async function start(
  config: Config,
  clock: Clock = () => new Date(),
  { isWarmedUp = true, companions }: StartOptions = {},
): Promise<Service> {
  const parts: (() => unknown)[] = [];
  const stop = async () => {
    for (const part of parts.splice(0).reverse()) await part();
  };
  try {
    return {
      ...(await startParts(config, clock, parts, { isWarmedUp, companions })),
      [Symbol.asyncDispose]: stop,
    };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

async function startParts(
  config: Config,
  clock: Clock,
  parts: (() => unknown)[],
  { isWarmedUp, companions }: Required<Pick<StartOptions, 'isWarmedUp'>> & Pick<StartOptions, 'companions'>,
): Promise<Omit<Service, symbol>> {
  const log = createLog(config.log.level);
  const model = loadModel(config.model.id, config);
  const classic = loadClassic(config, model.value);
  const rules = loadRules(config);
  const templates = loadTemplates(config);

  mkdirSync(config.dataDir, { recursive: true });
  const lock = lockDataDir(join(config.dataDir, 'service.lock'));
  parts.push(() => lock[Symbol.dispose]());
  const { sql, catalogue, reports, renditions, confirmations, patients, fetches, maskRequests } =
    await openCatalogue(config.dataDir, clock);
  parts.push(() => sql.close());
  const files = await openInstanceFiles(config.dataDir, {
    maxObjectBytes: config.limits.maxObjectMiB * 2 ** 20,
  });
  const count = config.nodes.filter(({ roles }) => roles.includes('destination')).length;
  const concurrency = {
    assess: 2,
    deliver: Math.max(1, count * SLOTS_PER_DESTINATION),
    fetch: 2,
    request: 2,
  };
  const queue = await openEmbeddedQueue({ sql, clock, log, concurrency });
  const radiomics = startRadiomicsPool({
    timeoutSeconds: config.limits.measureSeconds,
    isEager: true,
    isWarmedUp,
  });
  parts.push(() => radiomics[Symbol.asyncDispose]());
  const pages = startPageRenderer();
  parts.push(() => pages[Symbol.asyncDispose]());

  const listeners: Scp[] = [];
  const openAssociations = () => listeners.flatMap((listener) => listener.openAssociations());
  let stow: StowServer | undefined;
  const metrics = createMetrics({
    casesByState: () => catalogue.countByState(),
    queue: () => queue.waiting(),
    openAssociations: () => openAssociations().length,
    freeBytes: () => files.freeBytes(),
    maskRequests: () => maskRequests.waiting(),
  });
  const fetching = new Set<string>();
  const pace = createPace(config.nodes);
  const world: World = {
    catalogue,
    reports,
    renditions,
    confirmations,
    patients,
    files,
    queue,
    radiomics,
    destinations: destinationsOf(config),
    whyAway: (node) => whyAway(config, node),
    slots: createSlots(SLOTS_PER_DESTINATION),
    pace,
    clock,
    log,
    meter: metrics.meter,
    isStoring: (study) =>
      fetching.has(study) ||
      stow?.isStoringTo(study) === true ||
      openAssociations().some((one) => isStoringTo(study, one, config, clock())),
    rules,
    templates,
    model,
    classic,
    normalisation: config.model.normalisation
      ? { kind: 'supplied', ...config.model.normalisation }
      : { kind: 'none' },
    prevalence: config.model.prevalence,
    enrolment: config.enrolment,
    masks: config.masks,
    quietPeriodSeconds: config.completeness.quietPeriodSeconds,
    expireDays: config.waiting.expireDays,
    retentionDays: config.retention.days,
    report: config.report,
    besideRequests: new Map(),
    companions: companions ?? companionMakers(radiomics, pages),
    installation: {
      uid: derivedUid(`installation ${await catalogue.setting('installation', crypto.randomUUID())}`),
      name: config.report.installation,
      softwareVersion: VERSION,
    },
    delivery: config.delivery,
    limits: {
      minFreeBytes: config.limits.minFreeMiB * 2 ** 20,
      maxComparedBytes: config.limits.maxComparedMiB * 2 ** 20,
    },
    priors: {
      ...config.priors,
      archives: archivesOf(config).map((archive) => pacedArchive(archive, pace, clock)),
      fetches,
      fetching,
      intake: {
        open: (meta) => files.receive(meta),
        receive: async (incoming, announced) => {
          await receive(world, incoming, announced);
          sweeping.wake();
        },
      },
      askAgainSeconds: config.waiting.askAgainMinutes * 60,
      maxDelaySeconds: config.completeness.askArchive ? config.completeness.maxDelaySeconds : 0,
    },
    annotation: { annotators: annotatorsOf(config), requests: maskRequests },
  };

  const handlers: Record<JobKind, (job: Job, signal: AbortSignal) => Promise<void>> = {
    assess: (job, signal) => assess(world, job, signal),
    measure: (job, signal) => measureAhead(world, job, signal),
    score: (job, signal) => scoreFollowUp(world, job, signal),
    beside: (job, signal) => finishBeside(world, job, signal),
    deliver: (job, signal) => deliver(world, job, signal),
    fetch: (job, signal) => fetchPrior(world, job, signal),
    request: (job, signal) => requestMask(world, job, signal),
    count: (job, signal) => countThere(world, job, signal),
    poll: (job, signal) => pollArchive(world, job, lookBackDaysOf(config, job.key), signal),
  };
  for (const kind of Object.keys(handlers) as JobKind[]) {
    const worker = await queue.work(kind, handlers[kind]);
    parts.push(() => worker[Symbol.asyncDispose]());
  }
  const sweeping = startSweeping(world);
  parts.push(() => sweeping[Symbol.asyncDispose]());
  const polling = startPolling(config, world);
  parts.push(() => polling[Symbol.asyncDispose]());

  const entrance = {
    openIncoming: (meta: Parameters<typeof files.receive>[0]) => files.receive(meta),
    receive: async (incoming: IncomingInstance, announced: Announced) => {
      await receive(world, incoming, announced);
      sweeping.wake();
    },
    onIgnored: () => metrics.meter.received('ignored'),
    onRefused: () => metrics.meter.received('refused'),
    log,
    clock,
  };
  for (const endpoint of dimseEndpoints(config)) {
    const listener = await startScp(endpoint, {
      ...entrance,
      acceptCaller: (caller) => callerVerdict(config, caller),
      mayStore: (caller) => maySend(config, caller),
      committed: (result) => takeCommitment(world, result),
    });
    listeners.push(listener);
    parts.push(() => listener[Symbol.asyncDispose]());
  }
  const [dimsePort = 0] = listeners.map(({ port }) => port);
  const dimseTlsPort = config.dimse.tls && listeners.at(-1)?.port;

  const stowing = stowServer(
    { ...config.http.stow, maxRequestBytes: config.http.stow.maxRequestMiB * 2 ** 20 },
    { ...entrance, hasRoom: async () => (await files.freeBytes()) >= world.limits.minFreeBytes },
  );
  stow = stowing;
  parts.push(() => stowing[Symbol.asyncDispose]());
  const { senders, stow: access } = config.http;
  const store = { senders, anonymous: access.anonymous, take: stowing.store };
  const http = await startHttp(
    { ...config.http, tls: config.http.tls && readServerTls(config.http.tls), store },
    {
      readiness: () => readiness(world),
      metrics: async () => ({ contentType: metrics.contentType, text: await metrics.text() }),
    },
  );
  parts.push(() => http[Symbol.asyncDispose]());
  log.info('service.started', {
    version: VERSION,
    dimsePort,
    dimseTlsPort: dimseTlsPort ?? null,
    httpPort: http.port,
    model: model.value.id,
  });
  if (senders.length > 0 && !config.http.tls && !/^(127\.|::1$|localhost$)/.test(config.http.host))
    log.warn('http.plain', {
      hint: 'logins travel unencrypted: set http.tls, or put a proxy with TLS before it',
    });
  if (config.nodes.length === 0)
    log.warn('nodes.none', { hint: 'no node may send to us: add nodes to the configuration' });
  return { aeTitle: config.dimse.aeTitle, dimsePort, dimseTlsPort, httpPort: http.port, world };
}

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

const SLOTS_PER_DESTINATION = 2;

async function readiness({ files, limits, catalogue }: World): Promise<Record<string, string | null>> {
  const free = await files.freeBytes().catch(() => 0);
  const rows = await catalogue.countByState().then(
    () => null,
    () => 'the catalogue cannot be read',
  );
  return { catalogue: rows, disk: free < limits.minFreeBytes ? 'free space is below the watermark' : null };
}
