import { monitorEventLoopDelay } from 'node:perf_hooks';
import { every } from '../../adapters/schedule/every.ts';
import { type HealthNeeds, type ProcessFacts, takeSample } from '../health/health.ts';
import type { Log } from '../ports.ts';
import type { Duties } from './duties.ts';

/** A sample of the machine once a minute. */
export const startSampling = (
  needs: HealthNeeds,
  { log, duties }: Readonly<{ log: Log; duties: Pick<Duties, 'only'> }>,
): AsyncDisposable =>
  every(
    { second: 0 },
    duties.only(() => takeSample(needs)),
    (thrown) => log.error('sample.failed', { code: (thrown as { code?: string }).code ?? 'INTERNAL' }),
  );

/** Memory, uptime, and how long the event loop lets its callbacks wait: measured over five minutes at most. */
export function watchProcess(): Disposable & Readonly<{ facts(): ProcessFacts }> {
  const resolutionMs = 20;
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  const timer = setInterval(() => delay.reset(), 300_000).unref();
  return {
    facts: () => {
      const { rss, heapUsed, heapTotal } = process.memoryUsage();
      // The histogram holds the whole time between two of its ticks; NaN and 0 before the first.
      const late = delay.percentile(99) / 1e6 - resolutionMs;
      return {
        rssBytes: rss,
        heapUsedBytes: heapUsed,
        heapTotalBytes: heapTotal,
        uptimeSeconds: Math.round(process.uptime()),
        eventLoopDelayMs: Number.isFinite(late) ? Math.max(0, Math.round(late * 10) / 10) : 0,
      };
    },
    [Symbol.dispose]: () => {
      clearInterval(timer);
      delay.disable();
    },
  };
}
