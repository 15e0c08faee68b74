import { every } from '../../adapters/schedule/every.ts';
import type { World } from '../pipeline/world.ts';
import type { Config } from './config.ts';
import { isSwitchedOff } from './destinations.ts';
import type { Duties } from './duties.ts';

/**
 * Looks through archives that do not push: each in its own rhythm, the first time within a minute. `nodes` are those
 * of the present.
 */
export function startPolling(
  nodes: () => Config['nodes'],
  { queue, clock, log }: Pick<World, 'queue' | 'clock' | 'log'>,
  duties: Pick<Duties, 'only'>,
): AsyncDisposable {
  const polled = () =>
    nodes().flatMap((node) => (node.poll && !isSwitchedOff(node) ? [{ name: node.name, ...node.poll }] : []));
  const lastAt = new Map<string, number>();
  const putDue = async (): Promise<void> => {
    const now = clock().getTime();
    for (const { name, everyMinutes } of polled()) {
      const last = lastAt.get(name);
      if (last !== undefined && Math.abs(now - last) < everyMinutes * 60_000 - 1000) continue;
      lastAt.set(name, now);
      await queue.put({ kind: 'poll', key: name });
    }
  };
  return every({ second: 0 }, duties.only(putDue), (thrown) =>
    log.error('poll.failed', { code: (thrown as { code?: string }).code ?? 'INTERNAL' }),
  );
}

/** 0 for a node that is not polled. */
export const lookBackDaysOf = (nodes: Config['nodes'], name: string): number =>
  nodes.find((node) => node.name === name)?.poll?.lookBackDays ?? 0;
