/**
 * From the last instance of a follow-up to its report in the PACS, less the quiet period, while 1, 10 and 50 studies arrive at once,
 * each over an association of its own: `earshot serve` of the build on SQLite, phantom patients whose baselines are there. And
 * receiving on one association against DCMTK's storescp, which is test/bench/receive.bench.ts. Needs `npm run build`.
 *
 *     npm run bench:load [-- --smoke]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { earshotProcess } from '../support/earshot-process.ts';
import { freePort } from '../support/free-port.ts';
import { metricOf } from '../support/metric.ts';
import { type PhantomCase, phantomCase } from '../support/phantom-case.ts';
import { NORMALISATION, PACS, sendTo, startPacs } from '../support/running-service.ts';
import { until } from '../support/until.ts';

const isSmoke = process.argv.includes('--smoke');
const CONCURRENT = isSmoke ? [1, 3] : [1, 10, 50];
/** Studies of each row. */
const STUDIES = isSmoke ? 3 : 200;
const QUIET_SECONDS = 2;

const print = (line: string) => process.stdout.write(`${line}\n`);
const quantile = (sorted: readonly number[], p: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;

const folder = mkdtempSync(join(tmpdir(), 'earshot-load-'));
const pacs = await startPacs();
const [dimsePort, httpPort] = [await freePort(), await freePort()];
const earshot = earshotProcess(
  folder,
  {
    dimse: {
      aeTitle: 'EARSHOT',
      host: '127.0.0.1',
      port: dimsePort,
      maxAssociations: 64,
      maxAssociationsPerHost: 64,
    },
    http: { host: '127.0.0.1', port: httpPort },
    completeness: { quietPeriodSeconds: QUIET_SECONDS },
    nodes: [
      { name: 'pacs', aeTitle: PACS, host: '127.0.0.1', port: pacs.port, roles: ['source', 'destination'] },
    ],
    model: { normalisation: NORMALISATION },
  },
  'built',
);

const reportOf = ({ followUp }: PhantomCase) =>
  pacs.reports.some(({ StudyInstanceUID }) => StudyInstanceUID === followUp.StudyInstanceUID);

/** Baselines and follow-ups are measured as soon as they are complete; what is reported has had both. */
async function measuredAhead(): Promise<number> {
  const page = await earshot.metrics();
  return metricOf(page, 'earshot_stage_seconds_count{stage="measure"}') - followUps;
}
let followUps = 0;

/** Seconds of each study of the wave. */
async function wave(cases: readonly PhantomCase[]): Promise<number[]> {
  return Promise.all(
    cases.map(async (each) => {
      await sendTo({ dimsePort }, each.followUp.all);
      const last = performance.now();
      await until('a report', async () => reportOf(each) || undefined, { withinMs: 600_000, everyMs: 10 });
      return (performance.now() - last) / 1000 - QUIET_SECONDS;
    }),
  );
}

try {
  await earshot.start();
  print(
    '| Studies at once | Studies | Instances | p50 s | p95 s | p99 s | Longest s | Studies/min | RSS MiB after |',
  );
  print('|---|---|---|---|---|---|---|---|---|');
  // The first ones compile and open what the others find.
  let baselines = 0;
  for (const concurrent of [0, ...CONCURRENT]) {
    const isWarming = concurrent === 0;
    const count = isWarming ? 2 : Math.max(STUDIES, concurrent);
    const cases = Array.from({ length: count }, (_, index) => phantomCase(`load-${concurrent}-${index}`));
    for (const { baseline } of cases) await sendTo({ dimsePort }, baseline.all);
    baselines += count;
    await until('baselines to be measured', async () => (await measuredAhead()) >= baselines || undefined, {
      withinMs: 600_000,
      everyMs: 500,
    });
    const started = performance.now();
    const seconds: number[] = [];
    const step = isWarming ? 1 : concurrent;
    for (let at = 0; at < count; at += step) seconds.push(...(await wave(cases.slice(at, at + step))));
    followUps += count;
    if (isWarming) continue;
    const minutes = (performance.now() - started) / 60_000;
    const sorted = seconds.sort((a, b) => a - b);
    const rss = metricOf(await earshot.metrics(), 'process_resident_memory_bytes') / 2 ** 20;
    const instances = cases.reduce((sum, { followUp }) => sum + followUp.all.length, 0);
    const times = [0.5, 0.95, 0.99, 1].map((p) => quantile(sorted, p).toFixed(2));
    print(
      `| ${[concurrent, count, instances, ...times, (count / minutes).toFixed(0), rss.toFixed(0)].join(' | ')} |`,
    );
  }
} finally {
  await earshot.stop();
  await pacs[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}
print('');
print(
  `${cpus()[0]?.model ?? ''}, ${cpus().length} cores, Node ${process.version}; quiet period ${QUIET_SECONDS} s`,
);
print('');
const receive = fileURLToPath(new URL('receive.bench.ts', import.meta.url));
const { status } = spawnSync(
  process.execPath,
  ['--import', 'tsx', receive, ...(isSmoke ? ['--smoke'] : [])],
  {
    stdio: 'inherit',
  },
);
process.exitCode = status ?? 1;
