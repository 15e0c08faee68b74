/** The whole service in this process, its own files below a temporary folder, and a PACS that takes its reports. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type ReceivingArchive, startReceivingArchive } from '../../adapters/dimse/receiving-archive.ts';
import { sendFiles } from '../../adapters/dimse/sender.ts';
import { openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import type { RadiomicsPool } from '../../adapters/threads/radiomics-pool.ts';
import type { StudyRow } from '../../src/catalogue/rows.ts';
import type { CompanionMakers } from '../../src/pipeline/companion-maker.ts';
import { companionMakers } from '../../src/pipeline/companion-makers.ts';
import type { Clock, InstanceFiles } from '../../src/ports.ts';
import { configSchema } from '../../src/startup/config.ts';
import { type Service, start } from '../../src/startup/start.ts';
import type { StudyState } from '../../src/study/lifecycle.ts';
import { jobKeys, testPlace } from './databases.ts';
import { sharedPages, sharedRadiomics } from './shared-threads.ts';
import { until } from './until.ts';

export const PACS = 'TEST_PACS';
export const NORMALISATION = { mean: 0, sd: 1, n: 60, source: 'a test, not a cohort' } as const;
const QUIET_SECONDS = 0.3;

const BUSY: ReadonlySet<StudyState> = new Set([
  'receiving',
  'complete',
  'ready',
  'scoring',
  'reported',
  'delivering',
]);

/** The PACS of tests as a node that gets reports alone, and nothing beside them. */
export const pacsNode = ({ port }: Pick<Pacs, 'port'>) =>
  ({
    name: 'pacs',
    aeTitle: PACS,
    host: '127.0.0.1',
    port,
    roles: ['source', 'destination'],
    sends: ['sr'],
  }) as const;

type Arrived = Readonly<{ StudyInstanceUID: string; SOPInstanceUID: string; bytes: Uint8Array }>;
export type Pacs = AsyncDisposable & Readonly<{ port: number; reports: Arrived[] }>;

/** An archive on loopback that keeps every arrival, also a second one of the same object. `answersAfterMs`: it takes its time. */
export async function startPacs(port = 0, { answersAfterMs = 0 } = {}): Promise<Pacs> {
  const folder = await mkdtemp(join(tmpdir(), 'earshot-pacs-'));
  const files = await openInstanceFiles(folder);
  const reports: Arrived[] = [];
  const archive: ReceivingArchive = await startReceivingArchive({
    aeTitle: PACS,
    host: '127.0.0.1',
    port,
    files: answersAfterMs > 0 ? slowly(files, answersAfterMs) : files,
    onReceived: ({ header }, file) => {
      const { StudyInstanceUID, SOPInstanceUID } = header;
      reports.push({ StudyInstanceUID, SOPInstanceUID, bytes: readFileSync(join(folder, file)) });
    },
  });
  return {
    port: archive.port,
    reports,
    [Symbol.asyncDispose]: async () => {
      await archive[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Objects are lasting at once, and it is said so later. */
const slowly = (
  files: Pick<InstanceFiles, 'receive'>,
  milliseconds: number,
): Pick<InstanceFiles, 'receive'> => ({
  receive: (meta) => {
    const incoming = files.receive(meta);
    const keep = incoming.keep.bind(incoming);
    incoming.keep = async (...places) => {
      const lasting = await keep(...places);
      await pause(milliseconds);
      return lasting;
    };
    return incoming;
  },
});

export type RunningService = AsyncDisposable &
  Readonly<{
    service: Service;
    pacs: Pacs;
    dataDir: string;
    /** Names of what is being received. */
    incoming(): string[];
    /** Over one association; throws unless every object was answered with success. */
    send(files: readonly Uint8Array[]): Promise<void>;
    /** Waits until the case is in this state. */
    inState(StudyInstanceUID: string, state: StudyState, withinMs?: number): Promise<StudyRow>;
    reasons(StudyInstanceUID: string): Promise<string[]>;
    /** The reports of a study that arrived at the PACS, in the order of arrival. */
    arrived(StudyInstanceUID: string): Arrived[];
    /** Waits until nothing of this patient is being received, looked at, scored or delivered. */
    settled(PatientID: string): Promise<void>;
  }>;

/** `settings` are put over the defaults of tests: short quiet period, loopback, any free port, one PACS. */
export async function startService(
  settings: Readonly<Record<string, unknown>> = {},
  clock?: Clock,
  /** what is made beside an SR; default nothing, `shipped`: what the service makes */
  companions: CompanionMakers | 'shipped' = {},
  /** who computes; disposed with the service */
  radiomics: RadiomicsPool = sharedRadiomics(),
): Promise<RunningService> {
  const dataDir = await mkdtemp(join(tmpdir(), 'earshot-service-'));
  const pacs = await startPacs();
  const config = configSchema.parse({
    ...(await testPlace(String(settings['dataDir'] ?? dataDir))),
    dimse: { host: '127.0.0.1', port: 0 },
    http: { host: '127.0.0.1', port: 0 },
    completeness: { quietPeriodSeconds: QUIET_SECONDS },
    nodes: [
      { name: 'pacs', aeTitle: PACS, host: '127.0.0.1', port: pacs.port, roles: ['source', 'destination'] },
    ],
    model: { normalisation: NORMALISATION },
    delivery: { firstPauseSeconds: 0.05, maxPauseSeconds: 0.2, timeoutSeconds: 5 },
    limits: { minFreeMiB: 0 },
    log: { level: 'silent' },
    ...settings,
  });
  const service = await start(config, clock, {
    radiomics,
    companions: companions === 'shipped' ? companionMakers(radiomics, sharedPages()) : companions,
  });
  const { catalogue } = service.world;
  const arrived = (study: string) =>
    pacs.reports.filter(({ StudyInstanceUID }) => StudyInstanceUID === study);
  return {
    service,
    pacs,
    dataDir,
    incoming: () =>
      readdirSync(join(dataDir, 'incoming'), { withFileTypes: true, recursive: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => name),
    arrived,
    send: (files) => sendTo(service, files),
    inState: (study, state, withinMs = 20_000) =>
      until(
        `${state}`,
        async () => {
          const row = await catalogue.study(study);
          return row?.state === state ? row : undefined;
        },
        { withinMs, everyMs: 20 },
      ).catch(async (thrown) => {
        const row = await catalogue.study(study);
        throw new Error(`it is ${row?.state}: ${JSON.stringify(row?.reasons)}`, { cause: thrown });
      }),
    reasons: async (study) => ((await catalogue.study(study))?.reasons ?? []).map(({ code }) => code),
    settled: async (PatientID) => {
      const isAtRest = async () => {
        const rows = await catalogue.studiesOfPatient(PatientID);
        const keys = new Set(await jobKeys(catalogue.sql));
        return rows.every((row) => !BUSY.has(row.state) && !keys.has(row.StudyInstanceUID));
      };
      await until('a patient at rest', async () => (await isAtRest()) || undefined, { everyMs: 20 });
    },
    [Symbol.asyncDispose]: async () => {
      await service[Symbol.asyncDispose]();
      await pacs[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Part 10 files over one association to a service; throws unless every one was answered with success. */
export async function sendTo(
  { aeTitle = 'EARSHOT', dimsePort }: Readonly<{ aeTitle?: string; dimsePort: number }>,
  files: readonly Uint8Array[],
): Promise<void> {
  const node = { name: 'earshot', host: '127.0.0.1', port: dimsePort, aeTitle, roles: [] };
  const answers = await sendFiles(node, files, { callingAeTitle: PACS });
  const failed = answers.find(({ status }) => status !== 0);
  if (failed) throw new Error(`answered with ${failed.status}: ${failed.comment}`);
}
