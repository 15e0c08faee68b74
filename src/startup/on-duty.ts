/** What goes on by itself in every process that may lead, done by the one that has the duties: sweeps, polling, tidying up. */
import { every } from '../../adapters/schedule/every.ts';
import type { ClockTrust } from '../catalogue/clock-trust.ts';
import { forgetTestPatients } from '../pipeline/forget-test-patients.ts';
import type { World } from '../pipeline/world.ts';
import type { Leases } from '../ports.ts';
import type { Config } from './config.ts';
import type { Duties } from './duties.ts';
import { startPolling } from './polling.ts';
import type { Processes } from './processes.ts';
import { selfTestUnderWay } from './self-test.ts';
import { startSweeping } from './sweeping.ts';

type Needs = Readonly<{
  world: () => World;
  config: () => Config;
  duties: Duties;
  leases: Leases;
  processes: Pick<Processes, 'isAlive'>;
  trust: ClockTrust;
  files: Readonly<{ removeLeft(isAlive: (owner: string) => Promise<boolean>): Promise<void> }>;
}>;

/** `wake`: something arrived. `parts` get what stops it. */
export async function startOnDuty(
  { world, config, duties, leases, processes, files, trust }: Needs,
  parts: (() => unknown)[],
): Promise<Readonly<{ wake(): void }>> {
  const isTested = async (id: string) => (await selfTestUnderWay(leases))?.PatientID === id;
  const forget = () => forgetTestPatients(world(), isTested);
  await duties.onTaken(forget);
  const tidy = async (): Promise<void> => {
    await files.removeLeft(processes.isAlive);
    await forget();
  };
  const tidying = every({ minute: 37, second: 0 }, duties.only(tidy), (thrown) =>
    world().log.error('tidying.failed', { code: (thrown as { code?: string }).code ?? 'INTERNAL' }),
  );
  parts.push(() => tidying[Symbol.asyncDispose]());
  const sweeping = startSweeping(world, duties, trust);
  parts.push(() => sweeping[Symbol.asyncDispose]());
  const polling = startPolling(() => config().nodes, world(), duties);
  parts.push(() => polling[Symbol.asyncDispose]());
  return sweeping;
}
