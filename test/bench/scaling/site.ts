/** What all measurements share: a PostgreSQL that is as safe as one in a hospital, one data folder, a PACS, processes of Earshot. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { freePort } from '../../support/free-port.ts';
import type { PostgresMeter } from '../../support/postgres-meter.ts';
import { until } from '../../support/until.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
/** Longer than the benchmark runs. */
export const NEVER_QUIET_SECONDS = 86_400;

export type Site = Readonly<{
  folder: string;
  dataDir: string;
  meter: PostgresMeter;
  pacsPort: number;
  pacsPid: number;
  /** columns and rows, slices */
  size: readonly [number, number, number];
  cases: number;
  /** nothing is waited for that only makes numbers better */
  isSmoke: boolean;
}>;

export type Role = 'all' | 'receive' | 'work' | 'admin';
export type Process = Readonly<{
  pid: number;
  dimsePort: number;
  metrics(): Promise<string>;
  stop(): Promise<void>;
}>;

/** `earshot.yaml` of every process. */
export const settingsOf = (
  { dataDir, pacsPort }: Pick<Site, 'dataDir' | 'pacsPort'>,
  database: string,
  quietPeriodSeconds: number,
) => ({
  dataDir,
  database,
  completeness: { quietPeriodSeconds, askArchive: false },
  nodes: [
    { name: 'sender', aeTitle: 'STORESCU', roles: ['source'] },
    { name: 'pacs', aeTitle: 'STORESCP', host: '127.0.0.1', port: pacsPort, roles: ['destination'] },
  ],
  model: { normalisation: { mean: 0, sd: 1, n: 60, source: 'a benchmark, not a cohort' } },
  log: { level: 'error' as const },
});

/** Ends with this process, however that ends. */
function ending(child: ChildProcess): ChildProcess {
  const end = () => void child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  return child;
}

/** DCMTK's storescp, which writes what it gets. */
export async function startPacs(folder: string): Promise<Readonly<{ port: number; child: ChildProcess }>> {
  const port = await freePort();
  const out = join(folder, 'pacs');
  mkdirSync(out);
  const child = ending(
    spawn('storescp', ['--fork', '-od', out, String(port)], {
      env: { ...process.env, TCP_NODELAY: '1' },
      stdio: 'ignore',
    }),
  );
  await pause(500);
  return { port, child };
}

/** As docker/ starts them. */
const flagsOf = (role: Role): string[] => (role === 'work' ? ['--single-threaded-gc'] : []);

/** `earshot serve` of the build, ready. */
export async function serve(
  site: Site,
  { role, database, quietPeriodSeconds }: { role: Role; database: string; quietPeriodSeconds: number },
): Promise<Process> {
  const [dimsePort, httpPort] = [await freePort(), await freePort()];
  const config = join(site.folder, `earshot-${httpPort}.yaml`);
  writeFileSync(
    config,
    stringify({
      ...settingsOf(site, database, quietPeriodSeconds),
      dimse: { host: '127.0.0.1', port: dimsePort },
      http: { host: '127.0.0.1', port: httpPort },
    }),
  );
  const child = ending(
    spawn(
      process.execPath,
      [...flagsOf(role), join(ROOT, 'bin/earshot.js'), 'serve', '--config', config, '--role', role],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    ),
  );
  await until('Earshot to be ready', async () => {
    if (child.exitCode !== null) throw new Error(`Earshot ended with ${child.exitCode}`);
    return fetch(`http://127.0.0.1:${httpPort}/readyz`).then(
      ({ ok }) => (ok ? true : undefined),
      () => undefined,
    );
  });
  return {
    pid: child.pid ?? Number.NaN,
    dimsePort,
    metrics: async () => (await fetch(`http://127.0.0.1:${httpPort}/metrics`)).text(),
    stop: async () => {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
