/**
 * What a study costs on PostgreSQL, by step, and what a second worker adds on two cores: `earshot serve` of the build (`npm run
 * build` first), Debian's PostgreSQL with fsync, DCMTK's storescp as the PACS. The full form takes half an hour.
 *
 *     node --import tsx test/bench/scaling.bench.ts [pairs] [--steps | --workers] [--write] | --smoke
 *
 * `--write` keeps what was measured in test/simulation/costs.json, from which `npm run simulate -- --write` makes the tables
 * of docs/SCALING.md. `--steps` leaves the comparison of workers as it was kept,
 * `--workers` measures nothing else.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { costTables } from '../simulation/cost-tables.ts';
import { type Costs, readCosts, writeCosts } from '../simulation/costs.ts';
import { MEASURED_SETTINGS, openMeter } from '../support/postgres-meter.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { capacity, idle, syncsPerSecond } from './scaling/capacity.ts';
import { bytesOfInstance, receiveCost, takeIn } from './scaling/intake.ts';
import { type Role, type Site, startPacs } from './scaling/site.ts';
import { queueCost, readMasks, runStages, settleBaselines } from './scaling/stages.ts';
import { compareWorkers, fillQueue } from './scaling/throughput.ts';

const isSmoke = process.argv.includes('--smoke');
const isStepsOnly = process.argv.includes('--steps');
const isWorkersOnly = process.argv.includes('--workers');
const SIZE = isSmoke ? ([128, 128, 60] as const) : ([512, 512, 300] as const);
/** One more than is counted. */
const CASES = isSmoke ? 2 : 10;
const PAIRS = isSmoke ? 1 : Number(process.argv.find((given) => /^\d+$/.test(given)) ?? 6);
const IDLE_SECONDS = isSmoke ? 3 : 30;
const ROLES: readonly Role[] = ['all', 'receive', 'work', 'admin'];

const tell = (line: string) => process.stderr.write(`${line}\n`);
const load = (): number => loadavg()[0] ?? Number.NaN;

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    tell(`ended by ${signal}`);
    process.exit(1);
  });
const server = await startPostgres(MEASURED_SETTINGS);
if (!server) {
  tell('Not measured: no PostgreSQL is installed (the package postgresql).');
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'earshot-scaling-'));
const pacs = await startPacs(folder);
const meter = await openMeter(server);
const site: Site = {
  folder,
  dataDir: join(folder, 'data'),
  meter,
  pacsPort: pacs.port,
  pacsPid: pacs.child.pid ?? Number.NaN,
  size: SIZE,
  cases: CASES,
  isSmoke,
};

async function postgresVersion(): Promise<string> {
  const client = new pg.Client({ connectionString: server?.url });
  await client.connect();
  const { rows } = await client.query('SHOW server_version');
  await client.end();
  return String(rows[0]?.server_version);
}

async function measureWorkers(
  filled: string,
  baselines: readonly string[],
  followUps: readonly string[],
): Promise<Costs['workers']> {
  await readMasks(site, filled, followUps);
  await fillQueue(filled, baselines, followUps);
  const comparing = { pairs: PAIRS, followUps, tell };
  tell('extraction: one worker, two workers');
  const extraction = await compareWorkers(site, 'filled', 'extraction', comparing);
  tell('end to end: one worker, two workers');
  const endToEnd = await compareWorkers(site, 'filled', 'endToEnd', comparing);
  return { extraction, endToEnd };
}

async function measureAll(): Promise<Costs> {
  const loadBefore = load();
  tell('receiving');
  const filled = await meter.make('filled');
  const intake = { name: 'filled', database: filled, of: 'case', size: SIZE };
  const baselines = await takeIn(site, { ...intake, kind: 'baseline' });
  const small = await takeIn(
    { ...site, dataDir: join(folder, 'small') },
    {
      name: 'small',
      database: await meter.make('small'),
      of: 'small',
      kind: 'baseline',
      size: [16, 16, SIZE[2]],
    },
  );
  const assessBaseline = await settleBaselines(site, filled);
  const followUps = await takeIn(site, { ...intake, kind: 'followUp' });

  if (isWorkersOnly)
    return {
      ...readCosts(),
      workers: await measureWorkers(filled, baselines.studies, followUps.studies),
    };
  tell('steps');
  const staged = await meter.make('staged', 'filled');
  const stages = await runStages(site, 'staged', staged, { baselines: baselines.studies, assessBaseline });
  const job = await queueCost(site, staged, isSmoke ? 20 : 200);

  tell('at rest');
  const resting: Record<string, Costs['idle'][string]> = {};
  for (const role of ROLES)
    resting[role] = await idle(site, role, { name: 'staged', database: staged, seconds: IDLE_SECONDS });

  tell('the database alone');
  const capacities: Costs['capacity'][number][] = [];
  for (const connections of [1, 4, 16])
    capacities.push(await capacity(site, staged, { connections, seconds: isSmoke ? 1 : 8 }));
  await meter.drop('staged');
  const fileBytes = bytesOfInstance(baselines);
  const disk: Costs['disk'][number][] = [];
  for (const parallel of [1, 8]) {
    const filesPerSecond = await syncsPerSecond(site, {
      bytes: Math.round(fileBytes),
      parallel,
      files: isSmoke ? 40 : 800,
    });
    disk.push({ parallel, filesPerSecond });
  }

  const workers = isStepsOnly
    ? readCosts().workers
    : await measureWorkers(filled, baselines.studies, followUps.studies);
  return {
    machine: {
      date: new Date().toISOString().slice(0, 10),
      processor: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      node: process.version,
      postgres: await postgresVersion(),
      load: [loadBefore, load()],
    },
    study: {
      slices: SIZE[2],
      columns: SIZE[0],
      rows: SIZE[1],
      fileBytes,
      cases: CASES - 1,
    },
    receive: receiveCost(baselines, small),
    ...stages,
    job,
    idle: resting,
    capacity: capacities,
    disk,
    workers,
  };
}

try {
  mkdirSync(site.dataDir, { recursive: true });
  const costs = await measureAll();
  process.stdout.write(`${costTables(costs)}\n`);
  if (process.argv.includes('--write') && !isSmoke) writeCosts(costs);
} finally {
  pacs.child.kill();
  await meter[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}
