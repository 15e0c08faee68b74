/**
 * Where the time of one received instance goes: 512x512 CT slices from DCMTK's storescu over one association, through the listener, the
 * files and the catalogue (SQLite) of the service, in this process, each step timed. Run it with `TMPDIR` on a memory file system to
 * see what the disk's part is.
 *
 *     node --import tsx test/bench/receive-stages.bench.ts [slices] [runs]
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startScp } from '../../adapters/dimse/scp.ts';
import { openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import { receive } from '../../src/pipeline/receive.ts';
import type { IncomingInstance } from '../../src/ports.ts';
import { openCatalogue } from '../../src/startup/open-catalogue.ts';
import { ctSlice } from '../support/ct-slice.ts';
import { keptLog } from '../support/log.ts';
import { silentMeter } from '../support/silent-meter.ts';
import { senderFolder } from './sender-folder.ts';

const slices = Number(process.argv[2] ?? 300);
const runs = Number(process.argv[3] ?? 5);

/** In the order in which an instance meets them; each lasts from the end of the one before. */
const STAGES = {
  peer: 'answer, and the peer until the first bytes of its next object',
  arrived: 'the rest of the object arrives: network, PDUs, structure, SHA-256, writing begun',
  finished: 'the rest is written, the header read',
  looked: 'the catalogue is asked whether it is known',
  kept: 'its name is given, file and folder are synced',
  row: 'its rows are committed, the log of the catalogue synced',
} as const;
type Stage = keyof typeof STAGES;

const seconds = new Map<Stage, number[]>(Object.keys(STAGES).map((stage) => [stage as Stage, []]));
let before: number | undefined;
/** A stage ends now. */
const mark = (stage: Stage): void => {
  const now = performance.now();
  if (before !== undefined) seconds.get(stage)?.push(now - before);
  before = now;
};

function timed(incoming: IncomingInstance): IncomingInstance {
  let isFirst = true;
  return {
    write: (chunk) => {
      if (isFirst) mark('peer');
      isFirst = false;
      return incoming.write(chunk);
    },
    drained: () => incoming.drained(),
    content: () => incoming.content(),
    discard: () => incoming.discard(),
    finish: async () => {
      mark('arrived');
      const received = await incoming.finish();
      mark('finished');
      return received;
    },
    keep: async (place, elsewhere) => {
      mark('looked');
      const file = await incoming.keep(place, elsewhere);
      mark('kept');
      return file;
    },
  };
}

async function send(folder: string, port: number): Promise<void> {
  const child = spawn('storescu', ['-aec', 'EARSHOT', '+sd', '127.0.0.1', String(port), folder], {
    env: { ...process.env, TCP_NODELAY: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new Error(`storescu ended with ${status}`);
}

const scratch = await mkdtemp(join(tmpdir(), 'earshot-bench-'));
const place = { database: 'sqlite', databaseConnections: 1, dataDir: join(scratch, 'data') };
await mkdir(place.dataDir);
const { sql, catalogue } = await openCatalogue(place, () => new Date());
const files = await openInstanceFiles(place.dataDir);
const world = {
  catalogue,
  files,
  log: keptLog(),
  meter: silentMeter,
  limits: { minFreeBytes: 0, maxComparedBytes: 2 ** 20 },
};
const scp = await startScp(
  { aeTitle: 'EARSHOT', host: '127.0.0.1', port: 0 },
  {
    openIncoming: (meta) => timed(files.receive(meta)),
    receive: async (incoming, { SOPClassUID, SOPInstanceUID, from }) => {
      await receive(world, incoming, { SOPClassUID, SOPInstanceUID, from });
      mark('row');
    },
  },
);
try {
  // The first run warms up.
  for (let run = 0; run <= runs; run++) {
    const folder = await mkdtemp(join(senderFolder(), 'earshot-slices-'));
    for (let index = 0; index < slices; index++)
      await writeFile(
        join(folder, `${index}.dcm`),
        ctSlice({ index, size: 512, study: `2.25.${1000 + run}` }),
      );
    spawnSync('sync');
    before = undefined;
    await send(folder, scp.port);
    await rm(folder, { recursive: true });
    if (run === 0) for (const values of seconds.values()) values.length = 0;
  }
} finally {
  await scp[Symbol.asyncDispose]();
  await sql.close();
  await rm(scratch, { recursive: true, force: true });
}

const print = (line: string) => process.stdout.write(`${line}\n`);
print('| Stage | p50 ms | Mean ms | p95 ms |');
print('|---|---|---|---|');
let mean = 0;
for (const [stage, values] of seconds) {
  const sorted = values.sort((a, b) => a - b);
  const average = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  mean += average;
  const at = (p: number): string => (sorted[Math.floor(p * (sorted.length - 1))] ?? Number.NaN).toFixed(2);
  print(`| ${STAGES[stage]} | ${at(0.5)} | ${average.toFixed(2)} | ${at(0.95)} |`);
}
print(`| an instance | | ${mean.toFixed(2)} | |`);
