/** The composition root: the one place that picks adapters and joins them to the steps of the pipeline. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { lockDataDir } from '../../adapters/database/lock.ts';
import { dicomWebDestination } from '../../adapters/dicomweb/destination.ts';
import type { OpenAssociation } from '../../adapters/dimse/association.ts';
import { dimseDestination } from '../../adapters/dimse/destination.ts';
import { type Scp, startScp } from '../../adapters/dimse/scp.ts';
import { openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import { startHttp } from '../../adapters/http/health.ts';
import { openEmbeddedQueue } from '../../adapters/queue/embedded.ts';
import { createLog } from '../../adapters/telemetry/log.ts';
import { createMetrics } from '../../adapters/telemetry/metrics.ts';
import { startRadiomicsPool } from '../../adapters/threads/radiomics-pool.ts';
import { derivedUid } from '../dicom/uid.ts';
import { assess } from '../pipeline/assess.ts';
import { takeCommitment } from '../pipeline/confirm.ts';
import { deliver } from '../pipeline/deliver.ts';
import { measureAhead } from '../pipeline/measure-once.ts';
import { createPace } from '../pipeline/node-pace.ts';
import { receive } from '../pipeline/receive.ts';
import { scoreFollowUp } from '../pipeline/score-follow-up.ts';
import { createSlots } from '../pipeline/slots.ts';
import type { World } from '../pipeline/world.ts';
import type { Clock, Destination, Job, JobKind, Node } from '../ports.ts';
import { SR_SOP_CLASSES } from '../sr/identity.ts';
import type { Config } from './config.ts';
import { loadModel, loadRules, loadTemplate } from './load.ts';
import { openCatalogue } from './open-catalogue.ts';
import { startSweeping } from './sweeping.ts';
import { VERSION } from './version.ts';

export type Service = AsyncDisposable &
  Readonly<{ aeTitle: string; dimsePort: number; httpPort: number; world: World }>;

/** Starts a service. When a part cannot start, those before it are stopped again; disposing stops them in reverse. */
export async function start(config: Config, clock: Clock = () => new Date()): Promise<Service> {
  const parts: (() => unknown)[] = [];
  const stop = async () => {
    for (const part of parts.splice(0).reverse()) await part();
  };
  try {
    return { ...(await startParts(config, clock, parts)), [Symbol.asyncDispose]: stop };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

async function startParts(
  config: Config,
  clock: Clock,
  parts: (() => unknown)[],
): Promise<Omit<Service, symbol>> {
  const log = createLog(config.log.level);
  const model = loadModel(config.model.id, config);
  const rules = loadRules(config);
  const template = loadTemplate(config);

  mkdirSync(config.dataDir, { recursive: true });
  const lock = lockDataDir(join(config.dataDir, 'service.lock'));
  parts.push(() => lock[Symbol.dispose]());
  const { sql, catalogue, reports, renditions, confirmations, patients } = await openCatalogue(
    config.dataDir,
    clock,
  );
  parts.push(() => sql.close());
  const files = await openInstanceFiles(config.dataDir, {
    maxObjectBytes: config.limits.maxObjectMiB * 2 ** 20,
  });
  const count = config.nodes.filter(({ roles }) => roles.includes('destination')).length;
  const concurrency = { assess: 2, deliver: Math.max(1, count * SLOTS_PER_DESTINATION) };
  const queue = await openEmbeddedQueue({ sql, clock, log, concurrency });
  const radiomics = startRadiomicsPool({ timeoutSeconds: config.limits.measureSeconds, isEager: true });
  parts.push(() => radiomics[Symbol.asyncDispose]());

  let scp: Scp | undefined;
  const metrics = createMetrics({
    casesByState: () => catalogue.countByState(),
    queue: () => queue.waiting(),
    openAssociations: () => scp?.openAssociations().length ?? 0,
    freeBytes: () => files.freeBytes(),
  });
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
    slots: createSlots(SLOTS_PER_DESTINATION),
    pace: createPace(config.nodes),
    clock,
    log,
    meter: metrics.meter,
    isStoring: (study) =>
      (scp?.openAssociations() ?? []).some((one) => isStoringTo(study, one, config, clock())),
    rules,
    template,
    model,
    normalisation: config.model.normalisation
      ? { kind: 'supplied', ...config.model.normalisation }
      : { kind: 'none' },
    prevalence: config.model.prevalence,
    enrolment: config.enrolment,
    quietPeriodSeconds: config.completeness.quietPeriodSeconds,
    expireDays: config.waiting.expireDays,
    report: config.report,
    installation: {
      uid: derivedUid(`installation ${await catalogue.setting('installation', crypto.randomUUID())}`),
      name: config.report.installation,
      softwareVersion: VERSION,
    },
    delivery: config.delivery,
    limits: { minFreeBytes: config.limits.minFreeMiB * 2 ** 20 },
  };

  const handlers: Record<JobKind, (job: Job, signal: AbortSignal) => Promise<void>> = {
    assess: (job, signal) => assess(world, job, signal),
    measure: (job, signal) => measureAhead(world, job, signal),
    score: (job, signal) => scoreFollowUp(world, job, signal),
    deliver: (job, signal) => deliver(world, job, signal),
  };
  for (const kind of ['assess', 'measure', 'score', 'deliver'] as const) {
    const worker = await queue.work(kind, handlers[kind]);
    parts.push(() => worker[Symbol.asyncDispose]());
  }
  const sweeping = startSweeping(world);
  parts.push(() => sweeping[Symbol.asyncDispose]());

  scp = await startScp(
    { ...config.dimse, maxObjectBytes: config.limits.maxObjectMiB * 2 ** 20 },
    {
      acceptCaller: ({ callingAeTitle, calledAeTitle }) =>
        callerVerdict(config, callingAeTitle, calledAeTitle),
      mayStore: ({ callingAeTitle }) => maySend(config, callingAeTitle),
      committed: (result) => takeCommitment(world, result),
      openIncoming: (meta) => files.receive(meta),
      receive: async (incoming, announced) => {
        await receive(world, incoming, announced);
        sweeping.wake();
      },
      onIgnored: () => metrics.meter.received('ignored'),
      onRefused: () => metrics.meter.received('refused'),
      log,
      clock,
    },
  );
  const listener = scp;
  parts.push(() => listener[Symbol.asyncDispose]());
  const http = await startHttp(config.http, {
    readiness: () => readiness(world),
    metrics: async () => ({ contentType: metrics.contentType, text: await metrics.text() }),
  });
  parts.push(() => http[Symbol.asyncDispose]());
  log.info('service.started', {
    version: VERSION,
    dimsePort: listener.port,
    httpPort: http.port,
    model: model.value.id,
  });
  if (config.nodes.length === 0)
    log.warn('nodes.none', { hint: 'no node may send to us: add nodes to the configuration' });
  return { aeTitle: config.dimse.aeTitle, dimsePort: listener.port, httpPort: http.port, world };
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

const MAY_SEND: readonly Node['roles'][number][] = ['source', 'archive', 'annotator'];

const maySend = ({ nodes }: Config, calling: string): boolean =>
  nodes.some(({ aeTitle, roles }) => aeTitle === calling && roles.some((role) => MAY_SEND.includes(role)));

/** A destination whose storage commitments are asked for may bring their results. */
const mayReport = ({ nodes }: Config, calling: string): boolean =>
  nodes.some(
    ({ aeTitle, roles, confirm }) =>
      aeTitle === calling && roles.includes('destination') && ['auto', 'commitment'].includes(confirm),
  );

/** Who may open an association: the called title is ours, the calling one a node that may send or report to us. */
function callerVerdict(
  config: Config,
  calling: string,
  called: string,
): 'accept' | 'calledAeTitle' | 'callingAeTitle' {
  if (called !== config.dimse.aeTitle) return 'calledAeTitle';
  return maySend(config, calling) || mayReport(config, calling) ? 'accept' : 'callingAeTitle';
}

function destinationsOf({ nodes, dimse, delivery, report }: Config): ReadonlyMap<string, Destination> {
  // What is meant for a node in test mode goes to its stand-in, under that node's name: the rows and events say where it went.
  const destinations = nodes
    .filter(({ roles, mode }) => roles.includes('destination') && mode !== 'off')
    .flatMap((node) => (node.mode === 'test' ? nodes.filter(({ name }) => name === node.testNode) : node));
  return new Map(
    destinations.map((node) => {
      const { timeoutSeconds } = delivery;
      const destination = node.dicomWeb
        ? dicomWebDestination(node, { timeoutSeconds })
        : dimseDestination(node, { callingAeTitle: dimse.aeTitle, timeoutSeconds });
      const preferred = node.srSopClass ?? report.srSopClass;
      const other = preferred === 'comprehensive' ? 'comprehensive3d' : 'comprehensive';
      const forms: (keyof typeof SR_SOP_CLASSES)[] =
        node.fallback === 'otherSrClass' ? [preferred, other] : [preferred];
      return [node.name, { ...destination, srSopClasses: forms.map((form) => SR_SOP_CLASSES[form]) }];
    }),
  );
}

async function readiness({ files, limits, catalogue }: World): Promise<Record<string, string | null>> {
  const free = await files.freeBytes().catch(() => 0);
  const rows = await catalogue.countByState().then(
    () => null,
    () => 'the catalogue cannot be read',
  );
  return { catalogue: rows, disk: free < limits.minFreeBytes ? 'free space is below the watermark' : null };
}
