/** Our real listener on a free port of loopback, over real files in a folder of its own. */
import { readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { echo } from '../../adapters/dimse/echo.ts';
import type { GuardLimits } from '../../adapters/dimse/guard.ts';
import { type Scp, type ScpOptions, type ScpWorld, startScp } from '../../adapters/dimse/scp.ts';
import { openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import type { Received } from '../../src/ports.ts';
import { until } from './until.ts';

export type Listener = AsyncDisposable &
  Readonly<{
    scp: Scp;
    dataDir: string;
    stored: Received[];
    /** Names in `incoming/`: what a dead association left behind. */
    leftovers(): Promise<string[]>;
    /** Descriptors of this process that point into the data folder. */
    openFiles(): string[];
    /** A C-ECHO from a peer of good manners. */
    echo(): Promise<number>;
    events: string[];
  }>;

export async function startListener(
  options: Partial<ScpOptions> & { limits?: Partial<GuardLimits> } = {},
  world: Partial<ScpWorld> = {},
): Promise<Listener> {
  const dataDir = await mkdtemp(join(tmpdir(), 'earshot-listener-'));
  const files = await openInstanceFiles(dataDir);
  const stored: Received[] = [];
  const events: string[] = [];
  const scp = await startScp(
    { aeTitle: 'EARSHOT', host: '127.0.0.1', port: 0, ...options },
    {
      openIncoming: (meta) => files.receive(meta),
      receive: async (incoming) => {
        const received = await incoming.finish();
        await incoming.keep(`instances/${received.header.SOPInstanceUID}.dcm`);
        stored.push(received);
      },
      associationOpened: () => events.push('opened'),
      instanceStarted: () => events.push('instance'),
      associationClosed: () => events.push('closed'),
      ...world,
    },
  );
  return {
    scp,
    dataDir,
    stored,
    events,
    leftovers: () => readdir(join(dataDir, 'incoming')),
    openFiles: () => readdirSync('/proc/self/fd').filter((fd) => targetOf(fd).startsWith(dataDir)),
    echo: () =>
      echo(
        { name: 'ours', roles: [], host: '127.0.0.1', port: scp.port, aeTitle: 'EARSHOT' },
        { callingAeTitle: 'TEST', timeoutSeconds: 5 },
      ),
    [Symbol.asyncDispose]: async () => {
      await scp[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Whatever a peer did: the next one is served, and nothing half-written stays. */
export async function expectUnharmed(listener: Listener): Promise<void> {
  await listener.echo();
  await eventually('an empty incoming folder', async () => (await listener.leftovers()).length === 0);
  await eventually('closed files', () => listener.openFiles().length === 0);
}

export async function eventually(what: string, claim: () => boolean | Promise<boolean>): Promise<void> {
  await until(what, async () => (await claim()) || undefined, { withinMs: 5000, everyMs: 10 });
}

function targetOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}
