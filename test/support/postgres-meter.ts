/** What a database costs its server: counted by PostgreSQL itself and by the operating system. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { PostgresServer } from './postgres-server.ts';

/** Settings with which a server of tests is as safe as one in a hospital, and counts statements. */
export const MEASURED_SETTINGS = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '256MB',
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.max': '10000',
  'pg_stat_statements.track_utility': 'on',
} as const;

/** Since the server was started. `transactions` lag by ten seconds where connections rest. */
export type Usage = Readonly<{
  statements: number;
  transactions: number;
  walBytes: number;
  /** size now */
  databaseBytes: number;
}>;

export type PostgresMeter = AsyncDisposable &
  Readonly<{
    usage(database: string): Promise<Usage>;
    /** of all processes of the server since its start, user and system */
    cpuSeconds(): number;
    /** connections to a database now, by the name that the program gives itself */
    connections(database: string): Promise<ReadonlyMap<string, number>>;
    /** an empty database, or a copy of one that nobody is connected to; its URL */
    make(name: string, template?: string): Promise<string>;
    drop(name: string): Promise<void>;
  }>;

/** of /proc/PID/stat, behind the name of the program (proc(5)); USER_HZ is 100 on Linux */
const fieldsOf = (pid: string | number): number[] => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text
    .slice(text.lastIndexOf(')') + 4)
    .split(' ')
    .map(Number);
};
const [PPID, UTIME, STIME, CUTIME, CSTIME] = [0, 10, 11, 12, 13];
const HZ = 100;
const sum = (fields: readonly number[], ...places: number[]): number =>
  places.reduce((total, place) => total + (fields[place] ?? 0), 0) / HZ;

/** User and system time of a process with all its threads. */
export const cpuSecondsOf = (pid: number): number => sum(fieldsOf(pid), UTIME, STIME);

/** Of a process with one thread, to the nanosecond. */
const runSeconds = (pid: string): number =>
  Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e9;

/** A server process that ends is counted by the one that started it. */
function serverCpuSeconds(postmaster: number): number {
  let seconds = runSeconds(String(postmaster)) + sum(fieldsOf(postmaster), CUTIME, CSTIME);
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (fieldsOf(pid)[PPID] === postmaster) seconds += runSeconds(pid);
    } catch {
      // It ended meanwhile.
    }
  }
  return seconds;
}

export async function openMeter({ url, folder }: PostgresServer): Promise<PostgresMeter> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  const postmaster = Number(readFileSync(join(folder, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
  const ask = async <Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> =>
    (await client.query(text, [...values])).rows as Row[];
  return {
    usage: async (database) => {
      const [row] = await ask<Record<string, string>>(
        `SELECT (SELECT COALESCE(SUM(calls), 0) FROM pg_stat_statements WHERE dbid = d.oid) AS statements,
           xact_commit + xact_rollback AS transactions, pg_database_size(d.oid) AS bytes,
           pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS wal
         FROM pg_database d JOIN pg_stat_database s ON s.datid = d.oid WHERE d.datname = $1`,
        [database],
      );
      return {
        statements: Number(row?.['statements']),
        transactions: Number(row?.['transactions']),
        walBytes: Number(row?.['wal']),
        databaseBytes: Number(row?.['bytes']),
      };
    },
    cpuSeconds: () => serverCpuSeconds(postmaster),
    connections: async (database) => {
      const rows = await ask<{ name: string; count: string }>(
        'SELECT application_name AS name, COUNT(*) AS count FROM pg_stat_activity WHERE datname = $1 GROUP BY 1',
        [database],
      );
      return new Map(rows.map(({ name, count }) => [name, Number(count)]));
    },
    make: async (name, template = 'template0') => {
      await ask(`CREATE DATABASE ${name} TEMPLATE ${template}`);
      const own = new URL(url);
      own.pathname = `/${name}`;
      return own.href;
    },
    drop: async (name) => {
      await ask(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}
