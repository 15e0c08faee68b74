/**
 * Receiving 512x512 CT slices over one association: the service, durable (file synced, name synced, row committed with
 * synchronous=FULL) before each answer, against DCMTK storescp, which writes without syncing. Each keeps what it has received: memory
 * that a removed file has given back is cheaper to write to than memory of the machine that nobody has used yet. Needs `npm run build`.
 *
 *     node --import tsx test/bench/receive.bench.ts [slices] [runs] | --smoke
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ctSlice } from '../support/ct-slice.ts';
import { freePort } from '../support/free-port.ts';
import { metricOf } from '../support/metric.ts';
import { senderFolder } from './sender-folder.ts';

const FLOOR = 300;
const isSmoke = process.argv.includes('--smoke');
const slices = isSmoke ? 30 : Number(process.argv[2] ?? 300);
const runs = isSmoke ? 1 : Number(process.argv[3] ?? 5);
const environment = { ...process.env, TCP_NODELAY: '1' };
const print = (line: string) => process.stdout.write(`${line}\n`);
const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** What others have written and not synced is written now, or our syncs would wait for it. */
const settleDisk = () => spawnSync('sync');

/** storescu prints nothing and is one process: its wall time is the time of the association. */
async function send(folder: string, port: number): Promise<number> {
  settleDisk();
  const started = performance.now();
  const child = spawn('storescu', ['-aec', 'EARSHOT', '+sd', '127.0.0.1', String(port), folder], {
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new Error(`storescu ended with ${status}`);
  return slices / ((performance.now() - started) / 1000);
}

/** The whole service as people run it: `earshot serve` of the build, its own catalogue, in a process of its own. */
async function ours(scratch: string) {
  const [dimsePort, httpPort] = [await freePort(), await freePort()];
  const config = join(scratch, 'earshot.yaml');
  await writeFile(
    config,
    [
      `dataDir: ${join(scratch, 'ours')}`,
      `dimse: { host: 127.0.0.1, port: ${dimsePort} }`,
      `http: { port: ${httpPort} }`,
      'completeness: { quietPeriodSeconds: 600 }',
      'nodes: [{ name: sender, aeTitle: STORESCU, roles: [source] }]',
      'log: { level: error }',
    ].join('\n'),
  );
  const child = spawn(process.execPath, ['bin/earshot.js', 'serve', '--config', config], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const text = async (path: string) => (await fetch(`http://127.0.0.1:${httpPort}${path}`)).text();
  for (let tries = 0; tries < 100; tries++) {
    if ((await text('/readyz').catch(() => '')).includes('"ready"')) break;
    await pause(100);
  }
  let sent = 0;
  return {
    measure: async (folder: string) => {
      const before = metricOf(await text('/metrics'), 'process_cpu_seconds_total');
      const rate = await send(folder, dimsePort);
      sent += slices;
      const page = await text('/metrics');
      const added = metricOf(page, 'earshot_instances_received_total{result="added"}');
      if (added !== sent) throw new Error(`${added} instances in the catalogue, ${sent} sent`);
      const cpuMs = ((metricOf(page, 'process_cpu_seconds_total') - before) * 1000) / slices;
      return { rate, cpuMs, rss: metricOf(page, 'process_resident_memory_bytes') };
    },
    finish: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function storescp(scratch: string) {
  const port = await freePort();
  const out = join(scratch, 'storescp');
  await mkdir(out);
  const child: ChildProcess = spawn('storescp', ['-od', out, String(port)], {
    env: environment,
    stdio: 'ignore',
  });
  await pause(500);
  return {
    measure: (folder: string) => send(folder, port),
    finish: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}

/** The disk's share: the same bytes written and synced one after the other, without network, name or catalogue. */
async function diskAlone(folder: string, out: string): Promise<number> {
  const names = await readdir(folder);
  const bytes = await readFile(join(folder, names[0] ?? ''));
  await mkdir(out);
  settleDisk();
  const started = performance.now();
  for (const name of names) {
    const file = await open(join(out, name), 'wx');
    await file.write(bytes);
    await file.datasync();
    await file.close();
  }
  return names.length / ((performance.now() - started) / 1000);
}

/** A study of its own a run: an object that is here already would only be compared. */
async function makeSlices(run: number): Promise<string> {
  const folder = await mkdtemp(join(senderFolder(), 'earshot-slices-'));
  for (let index = 0; index < slices; index++) {
    const bytes = ctSlice({ index, size: 512, study: `2.25.${1000 + run}` });
    await writeFile(join(folder, `${String(index).padStart(4, '0')}.dcm`), bytes);
  }
  return folder;
}

const scratch = await mkdtemp(join(tmpdir(), 'earshot-bench-'));
try {
  const [we, they] = [await ours(scratch), await storescp(scratch)];
  const ourRates: number[] = [];
  const theirRates: number[] = [];
  const diskRates: number[] = [];
  const cpu: number[] = [];
  const rss: number[] = [];
  // Alternating, so that a busy moment of the machine meets both; the first run warms both up.
  for (let run = 0; run <= runs; run++) {
    const folder = await makeSlices(run);
    const mine = await we.measure(folder);
    const dcmtk = await they.measure(folder);
    const disk = await diskAlone(folder, join(scratch, `disk-${run}`));
    await rm(folder, { recursive: true });
    if (run === 0) continue;
    ourRates.push(mine.rate);
    cpu.push(mine.cpuMs);
    rss.push(mine.rss);
    theirRates.push(dcmtk);
    diskRates.push(disk);
  }
  await we.finish();
  await they.finish();
  const list = (rates: readonly number[]) => rates.map((rate) => rate.toFixed(0)).join(', ');
  const [mine, dcmtk] = [median(ourRates), median(theirRates)];
  print(`slices            ${slices} of 512x512x16, 1 association, median of ${runs}`);
  print(`earshot serve     ${mine.toFixed(0)} instances/s (${list(ourRates)}), durable before each answer`);
  print(`dcmtk storescp    ${dcmtk.toFixed(0)} instances/s (${list(theirRates)}), no fsync`);
  print(
    `disk alone        ${median(diskRates).toFixed(0)} instances/s (${list(diskRates)}), written and synced, nothing else`,
  );
  print(`ratio             ${(mine / dcmtk).toFixed(2)}`);
  print(`our CPU           ${median(cpu).toFixed(2)} ms/instance`);
  print(
    `our RSS           ${rss.map((bytes) => (bytes / 2 ** 20).toFixed(0)).join(', ')} MiB after each run`,
  );
  print(`floor             ${FLOOR} instances/s: ${mine >= FLOOR ? 'met' : 'MISSED'}`);
} finally {
  await rm(scratch, { recursive: true, force: true });
}
