import { type ChildProcess, spawn } from 'node:child_process';

export type Child = Readonly<{
  /** both streams, as far as they came */
  output(): string;
  hasEnded(): boolean;
  /** Resolves with the exit status, null after a signal. */
  ended: Promise<number | null>;
  signal(signal: NodeJS.Signals): void;
  /** Sends the signal to this one process and waits for its end. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}>;

/** A program of its own, with TCP_NODELAY for DCMTK and Orthanc (Debian's builds leave Nagle's algorithm on). `env` is put over ours. */
export function startChild(
  program: string,
  args: readonly string[],
  cwd?: string,
  env: Readonly<Record<string, string>> = {},
): Child {
  const child: ChildProcess = spawn(program, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TCP_NODELAY: '1', ...env },
  });
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status));
  });
  ended.catch(() => undefined);
  return {
    output: () => Buffer.concat(chunks).toString('utf8'),
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    ended,
    signal: (signal) => void child.kill(signal),
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      await ended.catch(() => undefined);
    },
  };
}

/** Runs a program to its end: its status and everything it said. */
export async function runChild(
  program: string,
  args: readonly string[],
): Promise<{ status: number | null; output: string }> {
  const child = startChild(program, args);
  const status = await child.ended;
  return { status, output: child.output() };
}
