/** Debian's PostgreSQL for tests, of their own, gone afterwards: global set-up of the vitest projects that want one. */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** `url` of a server on which databases may be made; or why there is none */
    postgres: Readonly<{ url?: string; missing?: string }>;
  }
}

const INSTALLED = '/usr/lib/postgresql';

/** The folder of the newest that is installed. */
export function postgresBinaries(): string | undefined {
  if (!existsSync(INSTALLED)) return undefined;
  const versions = readdirSync(INSTALLED).sort((a, b) => Number(b) - Number(a));
  return versions
    .map((version) => join(INSTALLED, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

/** PostgreSQL refuses to run as root: then it runs as its own user, or as nobody. */
function ordinaryUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  const [, , uid, gid] = (users.find((line) => line.startsWith('postgres:')) ?? 'nobody:x:65534:65534').split(
    ':',
  );
  return { uid: Number(uid), gid: Number(gid) };
}

export type PostgresServer = AsyncDisposable &
  Readonly<{
    url: string;
    folder: string;
    /** Ends it as a crash would: nothing is written any more. */
    crash(): Promise<void>;
    /** On the same port, with the same data. */
    startAgain(): Promise<void>;
  }>;

const INITDB = {
  args: ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256'],
  env: { LC_ALL: 'C' },
} as const;

type Initdb = Readonly<{ args: readonly string[]; env: Readonly<Record<string, string>> }>;

/** `settings`: as of postgresql.conf. Undefined when it is not installed. */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
  initdb: Initdb = INITDB,
): Promise<PostgresServer | undefined> {
  const bin = postgresBinaries();
  if (bin === undefined) return undefined;
  const user = ordinaryUser();
  const folder = mkdtempSync(join(tmpdir(), 'earshot-postgres-'));
  const password = randomBytes(12).toString('hex');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password);
  if (user.uid !== undefined && user.gid !== undefined)
    for (const file of [folder, passwordFile]) chownSync(file, user.uid, user.gid);
  const options = { ...user, cwd: folder, env: { PATH: bin, ...initdb.env } };
  const data = join(folder, 'data');
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'earshot', ...initdb.args, `--pwfile=${passwordFile}`, '--no-sync'],
    options,
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
  const port = await freePort();
  // What a test keeps is gone with the test: nothing has to be safe from a power cut.
  const all = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: folder,
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    max_connections: '200',
    shared_buffers: '64MB',
    ...settings,
  };
  const url = `postgres://earshot:${password}@127.0.0.1:${port}/postgres`;
  let crash = async (): Promise<void> => undefined;
  const startAgain = async (): Promise<void> => {
    const server = spawn(
      join(bin, 'postgres'),
      ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    // Its own processes end with it.
    const end = () => void server.kill('SIGQUIT');
    process.once('exit', end);
    let said = '';
    server.stderr.on('data', (bytes) => {
      said = (said + bytes).slice(-5000);
    });
    const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
    crash = async () => {
      // Immediate shutdown: the next start recovers as after a crash.
      process.off('exit', end);
      end();
      await ended;
    };
    await until('PostgreSQL to answer', async () => {
      if (server.exitCode !== null) throw new Error(`PostgreSQL ended: ${said}`);
      const client = new pg.Client({ connectionString: url });
      return client.connect().then(
        () => client.end().then(() => true),
        () => undefined,
      );
    });
  };
  await startAgain();
  return {
    url,
    folder,
    crash: () => crash(),
    startAgain,
    [Symbol.asyncDispose]: async () => {
      await crash();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One statement over a connection of its own. */
export async function askPostgres<Row extends pg.QueryResultRow>(
  url: string,
  text: string,
  values: readonly string[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  if (!server) {
    const missing = `no PostgreSQL below ${INSTALLED}: install the package postgresql`;
    process.stderr.write(`Suites on PostgreSQL are skipped: ${missing}.\n`);
    project.provide('postgres', { missing });
    return async () => undefined;
  }
  project.provide('postgres', { url: server.url });
  return async () => server[Symbol.asyncDispose]();
}
