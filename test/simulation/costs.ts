/** What was measured of one study, as `test/bench/scaling.bench.ts` writes it and the simulation reads it. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Of `n` repeats; `low` and `high` hold the median with 95 % where six or more are behind it, else they are the extremes. */
export type Measured = Readonly<{ median: number; low: number; high: number; n: number }>;

/** Of one job, or of one instance. */
export type Cost = Readonly<{
  /** seconds of a core: Earshot's own process, and PostgreSQL's */
  cpuSeconds: Measured;
  databaseCpuSeconds: Measured;
  statements: Measured;
  transactions: Measured;
}>;

type JobCost = Cost &
  Readonly<{
    seconds: Measured;
    /** of cpuSeconds, what the main thread spent; the rest are threads that compute, draw, compile and collect */
    mainCpuSeconds: Measured;
    /** read and written by system calls: files, sockets */
    readBytes: Measured;
    writtenBytes: Measured;
  }>;

export const STAGES = [
  'assemble',
  'assessBaseline',
  'measure',
  'assessFollowUp',
  'score',
  'beside',
  'deliver',
] as const;
export type Stage = (typeof STAGES)[number];

export type Idle = Readonly<{
  /** share of a core */
  cpu: number;
  databaseCpu: number;
  statementsPerSecond: number;
  connections: number;
}>;

export type Costs = Readonly<{
  machine: Readonly<{
    date: string;
    processor: string;
    cores: number;
    node: string;
    postgres: string;
    /** of the last minute, before the first and after the last measurement */
    load: readonly [number, number];
  }>;
  /** the study that was measured: one time point */
  study: Readonly<{ slices: number; columns: number; rows: number; fileBytes: number; cases: number }>;
  receive: Cost &
    Readonly<{
      /** seconds of a core per MiB, beside what an instance costs without its pixels */
      cpuSecondsPerMiB: number;
      cpuSecondsPerInstance: number;
      databaseBytes: Measured;
      walBytes: Measured;
      perSecond: Measured;
    }>;
  stages: Readonly<Record<Stage, JobCost>>;
  /** deliveries of one case: the SR and what goes beside it */
  deliveries: number;
  /** putting, taking and ending one job */
  job: Cost;
  /** database and write-ahead log of one case from its complete studies to its delivered report */
  caseDatabaseBytes: Measured;
  caseWalBytes: Measured;
  idle: Readonly<Record<string, Idle>>;
  /** transactions a second that this server takes of the statements of an arrival, by connections */
  capacity: readonly Readonly<{
    connections: number;
    transactionsPerSecond: number;
    databaseCpuSeconds: number;
  }>[];
  /** files of the size of an instance, written and synced by as many writers at once, nothing else */
  disk: readonly Readonly<{ parallel: number; filesPerSecond: number }>[];
  /** throughput of two workers over that of one */
  workers: Readonly<Record<'extraction' | 'endToEnd', Workers>>;
}>;

export type Workers = Readonly<{
  jobs: number;
  ratio: Measured;
  /** jobs a second; busy: share of both cores, by whom */
  one: Measured;
  two: Measured;
  busy: Readonly<Record<'one' | 'two', Readonly<{ workers: number; database: number; archive: number }>>>;
}>;

const FILE = new URL('./costs.json', import.meta.url);

export const readCosts = (): Costs => JSON.parse(readFileSync(FILE, 'utf8'));
export const writeCosts = (costs: Costs): void => writeFileSync(FILE, `${JSON.stringify(costs, null, 2)}\n`);
