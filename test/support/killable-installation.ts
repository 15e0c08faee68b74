/** Several `earshot serve` processes over one PostgreSQL and one data folder, each of which can be killed. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { Role } from '../../src/startup/role.ts';
import { type Child, startChild } from './child.ts';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export type Member = Readonly<{
  name: string;
  role: Role;
  dimsePort: number;
  httpPort: number;
  /** Resolves when it is ready. */
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  isRunning(): boolean;
  /** everything that all its runs have said */
  log(): string;
}>;

export type Installation = AsyncDisposable & Readonly<{ dataDir: string; members: readonly Member[] }>;

/** None is started. `programs`: where each finds its program; default: this one's source. */
export async function newInstallation(
  roles: readonly Role[],
  settings: Readonly<Record<string, unknown>>,
  programs: readonly string[] = [],
): Promise<Installation> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-installation-'));
  const dataDir = resolve(folder, 'data');
  const members = await Promise.all(
    roles.map((role, index) =>
      newMember(role, `${role}-${index}`, folder, { dataDir, ...settings }, programs[index] ?? ROOT),
    ),
  );
  return {
    dataDir,
    members,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(members.map((member) => member.stop('SIGKILL')));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function newMember(
  role: Role,
  name: string,
  folder: string,
  settings: Readonly<Record<string, unknown>>,
  program: string,
): Promise<Member> {
  const [dimsePort, httpPort] = [await freePort(), await freePort()];
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.yaml`);
  const own = {
    dimse: { aeTitle: 'EARSHOT', host: '127.0.0.1', port: dimsePort },
    http: { host: '127.0.0.1', port: httpPort },
  };
  writeFileSync(file, stringify({ ...settings, ...own }), { mode: 0o600 });
  const runs: Child[] = [];
  const log = (): string => runs.map((run) => run.output()).join('\n--- next run ---\n');
  const args = ['--import', 'tsx', join(program, 'src/main.ts'), 'serve', '--config', file, '--role', role];
  return {
    name,
    role,
    dimsePort,
    httpPort,
    log,
    isRunning: () => runs.at(-1)?.hasEnded() === false,
    stop: async (signal) => {
      await runs.at(-1)?.stop(signal);
    },
    start: async () => {
      const run = startChild(process.execPath, args, program);
      runs.push(run);
      await until(
        `${name} to be ready`,
        async () => {
          if (run.hasEnded()) throw new Error(`${name} ended: ${run.output().slice(-3000)}`);
          return fetch(`http://127.0.0.1:${httpPort}/readyz`).then(
            ({ ok }) => ok || undefined,
            () => undefined,
          );
        },
        { withinMs: 60_000 },
      );
    },
  };
}
