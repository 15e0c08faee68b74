/** What is to be done by one process at a time: sweeps, polling, samples, messages, the audit trail's way to its collector. */
import type { Lease, Leases, Log } from '../ports.ts';

export type Duties = AsyncDisposable &
  Readonly<{
    /** Whether they are this process's just now. */
    areOurs(): boolean;
    /** The task, done when the duties are this process's. What is under way when they are lost goes on: all of them may be done twice. */
    only(task: () => Promise<void>): () => Promise<void>;
    /** Says something under a name for all processes to read, as long as the duties are this process's. */
    tell(name: string, said: unknown): Promise<void>;
    /** What the process that has the duties last said under the name; `holder`: which one it is. */
    told(name: string): Promise<unknown>;
    /** Calls each time when the duties have become this process's; now, before it resolves, when they are. */
    onTaken(listener: () => Promise<void>): Promise<void>;
  }>;

const NAME = 'duties';
/** Others look so often whether the duties are free. */
const LOOK_MS = 2000;

/** Tries to have the duties before it resolves, and from then on. `mayHave` false: never. */
export async function startDuties(
  leases: Leases,
  { mayHave, log }: Readonly<{ mayHave: boolean; log: Log }>,
): Promise<Duties> {
  let lease: Lease | undefined;
  let isOver = false;
  const said: Record<string, unknown> = { holder: leases.holder };
  const listeners: (() => Promise<void>)[] = [];
  const areOurs = (): boolean => lease !== undefined && !lease.lost.aborted && !isOver;
  const onError = (thrown: unknown): void =>
    log.warn('duties.failed', { code: (thrown as { code?: string }).code ?? 'INTERNAL' });
  const look = async (): Promise<void> => {
    if (areOurs() || isOver || !mayHave) return;
    lease = await leases.take(NAME, JSON.stringify(said));
    if (!lease) return;
    log.info('duties.taken');
    for (const listener of listeners) await listener().catch(onError);
  };
  let looking: Promise<void> = look().catch(onError);
  await looking;
  const timer = setInterval(() => {
    looking = looking.then(look).catch(onError);
  }, LOOK_MS);
  return {
    areOurs,
    only: (task) => async () => {
      if (areOurs()) await task();
    },
    tell: async (name, value) => {
      const text = JSON.stringify(value);
      if (!areOurs() || JSON.stringify(said[name]) === text) return;
      said[name] = value;
      await lease?.tell(JSON.stringify(said));
    },
    told: async (name) => {
      const [found] = await leases.held(NAME);
      return found ? (JSON.parse(found.detail || '{}') as Record<string, unknown>)[name] : undefined;
    },
    onTaken: (listener) => {
      listeners.push(listener);
      if (areOurs()) looking = looking.then(listener).catch(onError);
      return looking;
    },
    [Symbol.asyncDispose]: async () => {
      isOver = true;
      clearInterval(timer);
      await looking;
      await lease?.[Symbol.asyncDispose]();
    },
  };
}
