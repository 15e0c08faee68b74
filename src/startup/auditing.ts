import { at } from '../../adapters/schedule/cron.ts';
import { every } from '../../adapters/schedule/every.ts';
import { syslogOverTls } from '../../adapters/syslog/tls.ts';
import type { AuditState } from '../api/audit-operations.ts';
import type { AuditSource } from '../audit/participants.ts';
import { AuditSpool } from '../audit/spool.ts';
import { studyFactsOf } from '../audit/study-facts.ts';
import { noteTraffic } from '../audit/traffic.ts';
import { AuditTrail, type ChainState } from '../catalogue/audit-trail.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import type { ClockTrust } from '../catalogue/clock-trust.ts';
import type { Reports } from '../catalogue/reports.ts';
import type { AuditCollector, Clock, Log, Sql } from '../ports.ts';
import type { Config } from './config.ts';
import type { Duties } from './duties.ts';
import type { Processes } from './processes.ts';
import { readTls } from './tls.ts';

type Needs = Readonly<{
  config: Config['audit'];
  sql: Sql;
  catalogue: Catalogue;
  reports: Reports;
  clock: Clock;
  log: Log;
  source: AuditSource;
  duties: Pick<Duties, 'only' | 'tell' | 'told'>;
  processes: Pick<Processes, 'own' | 'isAlive'>;
  trust: Pick<ClockTrust, 'look'>;
}>;

export type Auditing = AsyncDisposable &
  Readonly<{
    trail: AuditTrail;
    /** how many lines wait for the collector, and since when */
    backlog: AuditTrail['backlog'];
    state: () => Promise<AuditState>;
    /** looks at the whole chain now */
    verify: () => Promise<AuditState>;
  }>;

/** What still waits for the collector has so long to get there when the service stops; the rest goes with the next start. */
const LAST_TRY_MS = 3000;
/** Under which the process that has the duties tells how it stands. */
const TOLD = 'audit';
type Told = Pick<AuditState, 'lastSentAt' | 'problem' | 'chain'>;
const BY_OURSELVES = { role: 'service', via: 'service', address: '', outcome: 'done' } as const;

/**
 * Opens the audit trail, and sends it to the collector where one is configured. Start it before everything that is audited, and
 * dispose of it after. Throws TLS_FILES_INVALID.
 */
export async function startAuditing(needs: Needs): Promise<Auditing> {
  const { config, catalogue, clock, log, sql, duties, processes, trust } = needs;
  const collector = collectorOf(needs);
  const trail = new AuditTrail(sql, clock, collector !== undefined, processes.own().holder);
  const spool = collector && spoolTo(collector, trail, needs);
  const stopping = new AbortController();
  const chain: { last: AuditState['chain'] } = { last: null };
  const onError = (thrown: unknown) => {
    if (stopping.signal.aborted && thrown === stopping.signal.reason) return;
    log.error('audit.failed', { code: (thrown as { code?: string }).code ?? 'INTERNAL' });
  };

  // Read by every process that has pages, also those that do not send.
  const tell = (): Promise<void> =>
    duties.tell(TOLD, {
      lastSentAt: spool?.lastSentAt?.toISOString() ?? null,
      problem: spool?.fault?.message ?? null,
      chain: chain.last,
    } satisfies Told);
  const state = async (): Promise<AuditState> => {
    const { count, oldest } = await trail.backlog();
    const told = ((await duties.told(TOLD)) ?? {}) as Partial<Told>;
    return {
      isCollected: collector !== undefined,
      backlog: count,
      oldestWaiting: oldest?.toISOString() ?? null,
      lastSentAt: told.lastSentAt ?? null,
      problem: told.problem ?? null,
      chain: newer(chain.last, told.chain ?? null),
    };
  };
  const verify = async (): Promise<AuditState> => {
    chain.last = { ...shown(await trail.verify(stopping.signal)), verifiedAt: clock().toISOString() };
    if (!chain.last.isWhole) log.error('audit.chainBroken', { row: chain.last.brokenAt });
    await tell();
    return state();
  };
  const turn = async (): Promise<void> => {
    await noteTraffic({ catalogue, trail, clock });
    // Two that send would send all of it twice.
    if (spool) await catalogue.exclusively('audit collector', () => spool.run(stopping.signal));
    await tell();
  };
  const daily = async (): Promise<void> => {
    await pruneInTime(trail, trust, config.keepDays);
    await verify();
  };

  const settle = (): Promise<void> => trail.settleLeft(processes.isAlive);
  await settle();
  await trail.write({ ...BY_OURSELVES, actor: 'earshot', action: 'service.started' });
  const cron = every(1, duties.only(turn), onError);
  // Of processes that died while this one ran.
  const hourly = at('0 29 * * * *', duties.only(settle), onError);
  const nightly = at('0 41 3 * * *', duties.only(daily), onError);
  const first = duties
    .only(async () => void (await verify()))()
    .catch(onError);
  return {
    trail,
    backlog: () => trail.backlog(),
    state,
    verify,
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await cron[Symbol.asyncDispose]();
      await hourly[Symbol.asyncDispose]();
      await nightly[Symbol.asyncDispose]();
      await first;
      await trail.write({ ...BY_OURSELVES, actor: 'earshot', action: 'service.stopped' }).catch(onError);
      await duties
        .only(async () => void (await spool?.run(AbortSignal.timeout(LAST_TRY_MS))))()
        .catch(onError);
      await collector?.[Symbol.asyncDispose]();
    },
  };
}

/** Nothing while the clock is not trusted. */
export async function pruneInTime(
  trail: AuditTrail,
  trust: Pick<ClockTrust, 'look'>,
  keepDays: number,
): Promise<void> {
  if (await trust.look()) await trail.prune(keepDays);
}

function collectorOf({ config, clock, source }: Needs): AuditCollector | undefined {
  if (!config.syslog) return undefined;
  const { host, port, ...files } = config.syslog;
  const origin = { host: source.host, application: source.aeTitle, processId: source.processId };
  return syslogOverTls({ host, port, tls: readTls(files), origin, clock });
}

const spoolTo = (
  collector: AuditCollector,
  trail: AuditTrail,
  { catalogue, reports, clock, log, source }: Needs,
): AuditSpool =>
  new AuditSpool({
    trail,
    collector,
    source,
    clock,
    log,
    factsOf: (row) => studyFactsOf({ catalogue, reports }, row),
  });

const newer = (one: AuditState['chain'], other: AuditState['chain']): AuditState['chain'] =>
  one && (!other || one.verifiedAt > other.verifiedAt) ? one : other;

const shown = ({ isWhole, rows, brokenAt }: ChainState) => ({ isWhole, rows, brokenAt: brokenAt ?? null });
