/**
 * A service that goes on and on: EARSHOT_SOAK cases (default 24, the long form 200), one after the other, each with 100 instances of
 * which 40 are of a study that concerns nobody. Memory, latency and descriptors do not grow. A vitest project of its own, which runs
 * after all others: what runs beside it would be measured too.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readPart10, writePart10 } from '../../src/dicom/part10.ts';
import { openDatabase } from '../../src/startup/open-database.ts';
import { ctSlice, datasetOf } from '../support/ct-slice.ts';
import { newDatabase, postgresMissing } from '../support/databases.ts';
import { earshotProcess } from '../support/earshot-process.ts';
import { freePort } from '../support/free-port.ts';
import { metricOf } from '../support/metric.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { NORMALISATION, pacsNode, sendTo, startPacs } from '../support/running-service.ts';
import { say } from '../support/say.ts';
import { sha256 } from '../support/sha256.ts';
import { slopeOf } from '../support/slope.ts';
import { until } from '../support/until.ts';

const CASES = Number(process.env['EARSHOT_SOAK'] ?? 24);
const OTHERS = 40;
const QUIET_SECONDS = 0.25;
/** Compiling, caches and connections come in the beginning. */
const WARMING = Math.ceil(CASES / 4);
/**
 * How much each may grow over all cases together: less than the upper end of the interval of its slope says. The heap is what is kept
 * for good; resident memory fills up to what the collectors think fit, then comes and goes.
 */
const MOST_GROWN = { heapMiB: 12, rssMiB: 80, descriptors: 8 } as const;
/** Of the median: processor time and latency, where the cases are many enough for their intervals to be narrow. */
const MOST_GROWN_OF_MEDIAN = 0.5;
const MANY_CASES = 100;
/** At this signal the program collects its garbage: what is left then is what it keeps. */
const COLLECTING = {
  NODE_OPTIONS: "--expose-gc --import=data:text/javascript,process.on('SIGUSR2',()=>gc())",
};
/** The least of the last third, after the least of the first: what disturbs only makes slower, what grows makes all slower. */
const mostSeconds = (first: number): number => 1.5 * first + 0.1;

type Sample = Record<keyof typeof MOST_GROWN | 'cpuSeconds' | 'seconds', number>;

const least = (samples: readonly Sample[], what: keyof Sample): number =>
  Math.min(...samples.map((sample) => sample[what]));

describe.each(['sqlite', 'postgres'] as const)('a service on %s', (kind) => {
  it.skipIf(kind === 'postgres' && postgresMissing())(
    `takes ${CASES} cases and ${100 * CASES} instances without growing, keeps each instance and reports each case once`,
    { timeout: 60_000 + CASES * 20_000 },
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'earshot-soak-'));
      await using pacs = await startPacs();
      const [dimsePort, httpPort] = [await freePort(), await freePort()];
      const database = kind === 'sqlite' ? 'sqlite' : await newDatabase();
      const earshot = earshotProcess(
        folder,
        {
          database,
          databaseConnections: 4,
          dimse: { aeTitle: 'EARSHOT', host: '127.0.0.1', port: dimsePort },
          http: { host: '127.0.0.1', port: httpPort },
          completeness: { quietPeriodSeconds: QUIET_SECONDS },
          nodes: [pacsNode(pacs)],
          model: { normalisation: NORMALISATION },
        },
        process.env['EARSHOT_BUILT'] ? 'built' : 'source',
        COLLECTING,
      );
      /** SOP Instance UID and digest of the dataset of all that was sent: `sendTo` throws unless each was acknowledged. */
      const acknowledged = new Set<string>();
      const followUps: string[] = [];
      const samples: Sample[] = [];
      try {
        await earshot.start();
        let cpuBefore = 0;
        for (let at = 0; at < CASES; at += 1) {
          const { baseline, followUp } = phantomCase(`soak-${kind}-${at}`);
          // Of patients of their own, as in a hospital: each look at a patient looks at all studies of that one.
          const others = Array.from({ length: OTHERS }, (_, index) => {
            const slice = ctSlice({ study: `2.25.${9000 + at}`, index, size: 64 });
            return Buffer.from(writePart10({ ...readPart10(slice), PatientID: `OTHER-${at}` }));
          });
          const files = [...others, ...baseline.all, ...followUp.all];
          await sendTo({ dimsePort }, files);
          const last = performance.now();
          followUps.push(followUp.StudyInstanceUID);
          const arrived = () =>
            pacs.reports.some(({ StudyInstanceUID }) => StudyInstanceUID === followUp.StudyInstanceUID);
          await until(`report ${at}`, async () => arrived() || undefined, { withinMs: 60_000, everyMs: 10 });
          const seconds = (performance.now() - last) / 1000 - QUIET_SECONDS;
          const worked = await earshot.metrics();
          earshot.signal('SIGUSR2');
          await pause(150);
          const page = await earshot.metrics();
          samples.push({
            seconds,
            cpuSeconds: metricOf(worked, 'process_cpu_seconds_total') - cpuBefore,
            heapMiB: metricOf(page, 'nodejs_heap_size_used_bytes') / 2 ** 20,
            rssMiB: metricOf(page, 'process_resident_memory_bytes') / 2 ** 20,
            descriptors: metricOf(page, 'process_open_fds'),
          });
          cpuBefore = metricOf(page, 'process_cpu_seconds_total');
          for (const file of files)
            acknowledged.add(`${readPart10(file)['SOPInstanceUID']} ${sha256(datasetOf(Buffer.from(file)))}`);
        }
        await earshot.stop();

        expect(acknowledged.size).toBe(100 * CASES);
        expect(await keptBy(join(folder, 'data'), database)).toEqual([...acknowledged].sort());
        // One object a study, and none of any other study.
        expect(pacs.reports.map(({ StudyInstanceUID }) => StudyInstanceUID).sort()).toEqual(followUps.sort());

        expectNoGrowth(kind, samples.slice(WARMING));
      } finally {
        await earshot.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});

/** That nothing grows from one settled case to the next, as its slope and the ends of its interval tell. */
function expectNoGrowth(kind: string, settled: readonly Sample[]): void {
  const told = (what: keyof Sample) => {
    const slope = slopeOf(settled.map((sample) => sample[what]));
    const [perCase, ...interval] = [slope.perStep, slope.low, slope.high].map((one) => one.toFixed(3));
    say(
      `${kind} ${what}: median ${slope.median.toFixed(2)}, ${perCase} a case (95 % ${interval.join(' to ')}), ${settled.length} cases`,
    );
    return { median: slope.median, most: slope.high * settled.length };
  };
  for (const what of ['heapMiB', 'rssMiB', 'descriptors'] as const)
    expect(told(what).most, `${what} may have grown`).toBeLessThan(MOST_GROWN[what]);
  const third = Math.floor(settled.length / 3);
  for (const what of ['cpuSeconds', 'seconds'] as const) {
    const { most, median } = told(what);
    if (CASES >= MANY_CASES) expect(most, `${what} may grow`).toBeLessThan(MOST_GROWN_OF_MEDIAN * median);
    const [first, end] = [least(settled.slice(0, third), what), least(settled.slice(-third), what)];
    say(`${kind} ${what}: least of the first third ${first.toFixed(2)}, of the last ${end.toFixed(2)}`);
    expect(end, `${what} grow`).toBeLessThan(mostSeconds(first));
  }
}

/** What the catalogue has of instances and the disk under the names it gives; and files that it does not know, by their names. */
async function keptBy(dataDir: string, database: string): Promise<string[]> {
  const sql = await openDatabase({ dataDir, database, databaseConnections: 1 });
  try {
    const rows = await sql.query<{ SOPInstanceUID: string; file: string }>(
      'SELECT "SOPInstanceUID", "file" FROM "instance"',
    );
    const known = new Set(rows.map(({ file }) => file));
    const strange = readdirSync(join(dataDir, 'instances'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(dataDir.length + 1))
      .filter((file) => !known.has(file));
    const kept = rows.map(
      ({ SOPInstanceUID, file }) =>
        `${SOPInstanceUID} ${sha256(datasetOf(readFileSync(join(dataDir, file))))}`,
    );
    return [...kept, ...strange].sort();
  } finally {
    await sql.close();
  }
}
