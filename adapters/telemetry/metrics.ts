import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Meter } from '../../src/ports.ts';

/** What is asked for at every scrape. */
export type Gauges = {
  casesByState(): Promise<ReadonlyMap<string, number>>;
  queue(): Promise<{ count: number; oldestSeconds: number }>;
  openAssociations(): number;
  freeBytes(): Promise<number>;
  /** cases for which an annotator was asked to draw */
  maskRequests?(): Promise<{ count: number; oldestSeconds: number }>;
  /** this process does what one at a time does */
  hasDuties(): boolean;
  /** of the installation, by role */
  processes(): Promise<ReadonlyMap<string, number>>;
  /** jobs that wait for a file which their machine does not see yet in the shared folder */
  awaitedFiles?(): Promise<{ count: number; oldestSeconds: number }>;
};

export type Metrics = Readonly<{ meter: Meter; contentType: string; text(): Promise<string> }>;

/** Prometheus metrics of one service. Labels come from closed lists: no patient, no UID, no AE title of a stranger. */
const SOON_MS = 3000;

/** What cannot be read soon, as when the database is away, is left out, and everything else is told. */
async function soon<T>(reading: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), SOON_MS);
  });
  try {
    return await Promise.race([reading.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}

export function createMetrics(gauges: Gauges): Metrics {
  const registers = [new Registry()];
  const registry = registers[0] as Registry;
  collectDefaultMetrics({ register: registry });

  const received = new Counter({
    name: 'earshot_instances_received_total',
    help: 'Objects that peers sent, by what became of them',
    labelNames: ['result'],
    registers,
  });
  const scored = new Counter({
    name: 'earshot_cases_scored_total',
    help: 'Cases scored, by category',
    labelNames: ['category'],
    registers,
  });
  const delivered = new Counter({
    name: 'earshot_delivery_attempts_total',
    help: 'Tries to hand a report to a destination, by result',
    labelNames: ['destination', 'result'],
    registers,
  });
  const disbelieved = new Counter({
    name: 'earshot_commitments_disbelieved_total',
    help: 'Results of storage commitments that somebody else brought than the destination that was asked',
    labelNames: ['destination'],
    registers,
  });
  const stage = new Histogram({
    name: 'earshot_stage_seconds',
    help: 'Duration of a step of the pipeline',
    labelNames: ['stage'],
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100],
    registers,
  });
  const gauge = (name: string, help: string, read: () => number | Promise<number>): Gauge =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        const found = await soon(Promise.resolve().then(read));
        if (found === undefined) this.remove();
        else this.set(found);
      },
    });
  new Gauge({
    name: 'earshot_cases',
    help: 'Cases by state',
    labelNames: ['state'],
    registers,
    async collect() {
      this.reset();
      const found = await soon(gauges.casesByState());
      for (const [state, count] of found ?? []) this.set({ state }, count);
    },
  });
  gauge('earshot_jobs_waiting', 'Jobs that could run now', async () => (await gauges.queue()).count);
  gauge(
    'earshot_job_oldest_seconds',
    'For how long the job that waits longest could have run: since it was put, or since the time that it was to wait for',
    async () => (await gauges.queue()).oldestSeconds,
  );
  gauge('earshot_associations_open', 'Open DICOM associations', () => gauges.openAssociations());
  gauge('earshot_disk_free_bytes', 'Free space of the data folder', () => gauges.freeBytes());

  gauge(
    'earshot_mask_requests',
    'Cases that wait for a mask which an annotator was asked to draw',
    async () => (await gauges.maskRequests?.())?.count ?? 0,
  );
  gauge(
    'earshot_mask_request_oldest_seconds',
    'Age of the oldest request for a mask that is still awaited',
    async () => (await gauges.maskRequests?.())?.oldestSeconds ?? 0,
  );
  gauge(
    'earshot_files_awaited',
    'Jobs that waited within five minutes for a file which their machine does not see yet in the shared folder',
    async () => (await gauges.awaitedFiles?.())?.count ?? 0,
  );
  gauge(
    'earshot_file_awaited_oldest_seconds',
    'How long the first of these jobs has been waiting',
    async () => (await gauges.awaitedFiles?.())?.oldestSeconds ?? 0,
  );

  gauge('earshot_duties_held', 'Whether this process has the duties of one process at a time: 1 or 0', () =>
    gauges.hasDuties() ? 1 : 0,
  );
  new Gauge({
    name: 'earshot_processes',
    help: 'Processes of the installation that run, by role',
    // Not `role`: that is the label of the process that is asked.
    labelNames: ['kind'],
    registers,
    async collect() {
      this.reset();
      for (const [kind, count] of (await soon(gauges.processes())) ?? []) this.set({ kind }, count);
    },
  });

  return {
    meter: {
      received: (result) => received.inc({ result }),
      scored: (category) => scored.inc({ category }),
      delivered: (destination, result) => delivered.inc({ destination, result }),
      disbelieved: (destination) => disbelieved.inc({ destination }),
      stage: (name, seconds) => stage.observe({ stage: name }, seconds),
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}
