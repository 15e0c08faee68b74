import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { type Child, startChild } from './child.ts';
import { until } from './until.ts';

/** What `earshot.yaml` holds for a test; `dataDir` is below the folder of the process. */
export type EarshotSettings = Readonly<{
  database?: string;
  databaseConnections?: number;
  dimse: Readonly<{
    aeTitle: string;
    host: string;
    port: number;
    maxAssociations?: number;
    maxAssociationsPerHost?: number;
  }>;
  http: Readonly<{ host: string; port: number }>;
  completeness: Readonly<{ quietPeriodSeconds: number }>;
  nodes: readonly Readonly<Record<string, unknown>>[];
  model?: Readonly<Record<string, unknown>>;
  delivery?: Readonly<Record<string, unknown>>;
}>;

export type EarshotProcess = Readonly<{
  /** Starts the program and waits until it is ready; once more after it ended. */
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  metrics(): Promise<string>;
  /** Another command of the program, with the same configuration. */
  command(args: readonly string[]): Child;
  /** everything that all runs have said */
  log(): string;
}>;

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** From source, or built: `bin/earshot.js` runs what `npm run build` made. */
const COMMAND = {
  source: ['--import', 'tsx', join(ROOT, 'src/main.ts')],
  built: [join(ROOT, 'bin/earshot.js')],
} as const;

/** `earshot serve` as a program of its own, with its configuration and its data in `folder`; `env` is put over ours. */
export function earshotProcess(
  folder: string,
  settings: EarshotSettings,
  from: keyof typeof COMMAND = 'source',
  env: Readonly<Record<string, string>> = {},
): EarshotProcess {
  mkdirSync(folder, { recursive: true });
  const configuration = resolve(folder, 'earshot.yaml');
  writeFileSync(configuration, stringify({ dataDir: resolve(folder, 'data'), ...settings }), { mode: 0o600 });
  const url = `http://127.0.0.1:${settings.http.port}`;
  const runs: Child[] = [];
  const log = (): string => runs.map((run) => run.output()).join('\n--- next run ---\n');

  return {
    log,
    metrics: async () => (await fetch(`${url}/metrics`)).text(),
    signal: (signal) => runs.at(-1)?.signal(signal),
    stop: async (signal) => {
      await runs.at(-1)?.stop(signal);
    },
    command: (args) =>
      startChild(process.execPath, [...COMMAND[from], ...args, '--config', configuration], ROOT, env),
    start: async () => {
      const args = [...COMMAND[from], 'serve', '--config', configuration];
      const run = startChild(process.execPath, args, ROOT, env);
      runs.push(run);
      const isReady = async () => {
        if (run.hasEnded()) throw new Error(`Earshot ended: ${run.output().slice(-3000)}`);
        return fetch(`${url}/readyz`).then(
          ({ ok }) => (ok ? true : undefined),
          () => undefined,
        );
      };
      await until('Earshot to be ready', isReady, { withinMs: 60_000 });
    },
  };
}
