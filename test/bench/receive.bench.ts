/**
 * Receiving 512x512 CT slices over one association: our listener, durable (file synced, name synced, row committed
 * with synchronous=FULL) before each answer, against DCMTK storescp, which writes without syncing.
 *
 *     node --import tsx test/bench/receive.bench.ts [slices] [runs]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { startScp } from '../../adapters/dimse/scp.ts';
import { openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import { ctSlice } from '../support/ct-slice.ts';
import { freePort } from '../support/free-port.ts';

const FLOOR = 300;
const slices = Number(process.argv[2] ?? 300);
const runs = Number(process.argv[3] ?? 3);
const environment = { ...process.env, TCP_NODELAY: '1' };
const print = (line: string) => process.stdout.write(`${line}\n`);
const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** storescu prints nothing and is one process: its wall time is the time of the association. */
async function send(folder: string, port: number): Promise<number> {
  const started = performance.now();
  const child = spawn('storescu', ['-aec', 'EARSHOT', '+sd', '127.0.0.1', String(port), folder], {
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new Error(`storescu ended with ${status}`);
  return slices / ((performance.now() - started) / 1000);
}

async function ours(folder: string, scratch: string) {
  const files = await openInstanceFiles(join(scratch, 'ours'));
  const catalogue = new Database(join(scratch, 'ours', 'catalogue.sqlite'));
  catalogue.pragma('journal_mode = WAL');
  catalogue.pragma('synchronous = FULL');
  catalogue.exec('CREATE TABLE instance (uid TEXT, study TEXT, file TEXT, digest TEXT, header TEXT)');
  const insert = catalogue.prepare('INSERT INTO instance VALUES (?, ?, ?, ?, ?)');
  let run = 0;
  let peakRss = 0;
  const scp = await startScp(
    { aeTitle: 'EARSHOT', host: '127.0.0.1', port: 0 },
    {
      openIncoming: (meta) => files.receive(meta),
      receive: async (incoming) => {
        const { header, digest } = await incoming.finish();
        const file = `instances/${run}/${header.StudyInstanceUID}/${header.SOPInstanceUID}.dcm`;
        await incoming.keep(file);
        insert.run(header.SOPInstanceUID, header.StudyInstanceUID, file, digest, JSON.stringify(header));
        peakRss = Math.max(peakRss, process.memoryUsage.rss());
      },
    },
  );
  return {
    measure: async () => {
      run += 1;
      const cpu = process.cpuUsage();
      const rate = await send(folder, scp.port);
      const { user, system } = process.cpuUsage(cpu);
      return { rate, cpuMs: (user + system) / 1000 / slices };
    },
    finish: async () => {
      await scp[Symbol.asyncDispose]();
      const { count } = catalogue.prepare('SELECT count(*) AS count FROM instance').get() as {
        count: number;
      };
      if (count !== slices * run) throw new Error(`${count} rows for ${slices * run} instances`);
      catalogue.close();
      return peakRss;
    },
  };
}

async function storescp(folder: string, scratch: string) {
  const port = await freePort();
  const out = join(scratch, 'storescp');
  await mkdir(out);
  const child: ChildProcess = spawn('storescp', ['-od', out, String(port)], {
    env: environment,
    stdio: 'ignore',
  });
  await pause(500);
  return {
    measure: async () => {
      for (const name of await readdir(out)) await rm(join(out, name));
      return send(folder, port);
    },
    finish: async () => {
      child.kill();
      await once(child, 'exit');
    },
  };
}

const scratch = await mkdtemp(join(tmpdir(), 'earshot-bench-'));
try {
  const folder = join(scratch, 'slices');
  await mkdir(folder);
  for (let index = 0; index < slices; index++) {
    await writeFile(join(folder, `${String(index).padStart(4, '0')}.dcm`), ctSlice({ index, size: 512 }));
  }
  const [we, they] = [await ours(folder, scratch), await storescp(folder, scratch)];
  await we.measure();
  await they.measure();
  const [ourRates, theirRates, cpu]: [number[], number[], number[]] = [[], [], []];
  // Alternating, so that a busy moment of the machine meets both.
  for (let run = 0; run < runs; run++) {
    const { rate, cpuMs } = await we.measure();
    ourRates.push(rate);
    cpu.push(cpuMs);
    theirRates.push(await they.measure());
  }
  const peakRss = await we.finish();
  await they.finish();
  const [mine, dcmtk] = [median(ourRates), median(theirRates)];
  print(`slices            ${slices} of 512x512x16, 1 association, median of ${runs}`);
  print(
    `earshot, durable  ${mine.toFixed(0)} instances/s (${ourRates.map((rate) => rate.toFixed(0)).join(', ')})`,
  );
  print(
    `dcmtk storescp    ${dcmtk.toFixed(0)} instances/s (${theirRates.map((rate) => rate.toFixed(0)).join(', ')})`,
  );
  print(`ratio             ${(mine / dcmtk).toFixed(2)}`);
  print(`our CPU           ${median(cpu).toFixed(2)} ms/instance`);
  print(`our peak RSS      ${(peakRss / 2 ** 20).toFixed(0)} MiB`);
  print(`floor             ${FLOOR} instances/s: ${mine >= FLOOR ? 'met' : 'MISSED'}`);
} finally {
  await rm(scratch, { recursive: true, force: true });
}
