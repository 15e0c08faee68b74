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
};

export type Metrics = Readonly<{ meter: Meter; contentType: string; text(): Promise<string> }>;

/** Prometheus metrics of one service. Labels come from closed lists: no patient, no UID, no AE title of a stranger. */
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
  const stage = new Histogram({
    name: 'earshot_stage_seconds',
    help: 'Duration of a step of the pipeline',
    labelNames: ['stage'],
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100],
    registers,
  });
  new Gauge({
    name: 'earshot_cases',
    help: 'Cases by state',
    labelNames: ['state'],
    registers,
    async collect() {
      this.reset();
      for (const [state, count] of await gauges.casesByState()) this.set({ state }, count);
    },
  });
  new Gauge({
    name: 'earshot_jobs_waiting',
    help: 'Jobs that could run now',
    registers,
    async collect() {
      this.set((await gauges.queue()).count);
    },
  });
  new Gauge({
    name: 'earshot_job_oldest_seconds',
    help: 'Age of the oldest job that could run now',
    registers,
    async collect() {
      this.set((await gauges.queue()).oldestSeconds);
    },
  });
  new Gauge({
    name: 'earshot_associations_open',
    help: 'Open DICOM associations',
    registers,
    collect() {
      this.set(gauges.openAssociations());
    },
  });
  new Gauge({
    name: 'earshot_disk_free_bytes',
    help: 'Free space of the data folder',
    registers,
    async collect() {
      this.set(await gauges.freeBytes());
    },
  });

  new Gauge({
    name: 'earshot_mask_requests',
    help: 'Cases that wait for a mask which an annotator was asked to draw',
    registers,
    async collect() {
      this.set((await gauges.maskRequests?.())?.count ?? 0);
    },
  });
  new Gauge({
    name: 'earshot_mask_request_oldest_seconds',
    help: 'Age of the oldest request for a mask that is still awaited',
    registers,
    async collect() {
      this.set((await gauges.maskRequests?.())?.oldestSeconds ?? 0);
    },
  });

  new Gauge({
    name: 'earshot_duties_held',
    help: 'Whether this process has the duties of one process at a time: 1 or 0',
    registers,
    collect() {
      this.set(gauges.hasDuties() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'earshot_processes',
    help: 'Processes of the installation that run, by role',
    // Not `role`: that is the label of the process that is asked.
    labelNames: ['kind'],
    registers,
    async collect() {
      for (const [role, count] of await gauges.processes()) this.set({ kind: role }, count);
    },
  });

  return {
    meter: {
      received: (result) => received.inc({ result }),
      scored: (category) => scored.inc({ category }),
      delivered: (destination, result) => delivered.inc({ destination, result }),
      stage: (name, seconds) => stage.observe({ stage: name }, seconds),
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}
