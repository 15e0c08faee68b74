/**
 * A service that goes on and on: EARSHOT_SOAK cases (default 20, the long form 200), one after the other, each with 100 instances of
 * which 40 are of a study that concerns nobody. Memory, latency and descriptors do not grow.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ctSlice } from '../support/ct-slice.ts';
import { newDatabase, postgresMissing } from '../support/databases.ts';
import { earshotProcess } from '../support/earshot-process.ts';
import { freePort } from '../support/free-port.ts';
import { metricOf } from '../support/metric.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { NORMALISATION, PACS, sendTo, startPacs } from '../support/running-service.ts';
import { slopeOf } from '../support/slope.ts';
import { until } from '../support/until.ts';

const CASES = Number(process.env['EARSHOT_SOAK'] ?? 20);
const OTHERS = 40;
const QUIET_SECONDS = 0.5;
/** Compiling, caches and connections come in the beginning. */
const WARMING = Math.ceil(CASES / 4);
/** Over the whole run, of the mean: a slope whose whole interval is above it is growth. */
const MOST_GROWTH = 0.1;

const print = (line: string) => process.stdout.write(`${line}\n`);

describe.each(['sqlite', 'postgres'] as const)('a service on %s', (kind) => {
  it.skipIf(kind === 'postgres' && postgresMissing())(
    `takes ${CASES} cases and ${100 * CASES} instances without growing, each reported once`,
    { timeout: 60_000 + CASES * 20_000 },
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'earshot-soak-'));
      await using pacs = await startPacs();
      const [dimsePort, httpPort] = [await freePort(), await freePort()];
      const earshot = earshotProcess(
        folder,
        {
          database: kind === 'sqlite' ? 'sqlite' : await newDatabase(),
          dimse: { aeTitle: 'EARSHOT', host: '127.0.0.1', port: dimsePort },
          http: { host: '127.0.0.1', port: httpPort },
          completeness: { quietPeriodSeconds: QUIET_SECONDS },
          nodes: [
            {
              name: 'pacs',
              aeTitle: PACS,
              host: '127.0.0.1',
              port: pacs.port,
              roles: ['source', 'destination'],
            },
          ],
          model: { normalisation: NORMALISATION },
        },
        process.env['EARSHOT_BUILT'] ? 'built' : 'source',
      );
      const samples: { seconds: number; rss: number; descriptors: number }[] = [];
      try {
        await earshot.start();
        for (let at = 0; at < CASES; at += 1) {
          const { baseline, followUp } = phantomCase(`soak-${kind}-${at}`);
          const others = Array.from({ length: OTHERS }, (_, index) =>
            ctSlice({ study: `2.25.${9000 + at}`, index, size: 64 }),
          );
          await sendTo({ dimsePort }, [...others, ...baseline.all, ...followUp.all]);
          const last = performance.now();
          const arrived = () =>
            pacs.reports.some(({ StudyInstanceUID }) => StudyInstanceUID === followUp.StudyInstanceUID);
          await until(`report ${at}`, async () => arrived() || undefined, { withinMs: 60_000, everyMs: 10 });
          const seconds = (performance.now() - last) / 1000 - QUIET_SECONDS;
          const page = await earshot.metrics();
          samples.push({
            seconds,
            rss: metricOf(page, 'process_resident_memory_bytes') / 2 ** 20,
            descriptors: metricOf(page, 'process_open_fds'),
          });
        }
        const settled = samples.slice(WARMING);
        for (const what of ['rss', 'seconds'] as const) {
          const { perStep, low, high, mean } = slopeOf(settled.map((sample) => sample[what]));
          const grown = (slope: number): string => (slope * settled.length).toFixed(2);
          print(
            `${kind} ${what}: mean ${mean.toFixed(2)}, over ${settled.length} cases ${grown(perStep)} (${grown(low)} to ${grown(high)})`,
          );
          expect(low * settled.length, `${what} grows`).toBeLessThan(MOST_GROWTH * mean);
        }
        const most = Math.max(...settled.slice(0, settled.length / 2).map(({ descriptors }) => descriptors));
        const end = settled.slice(-5).map(({ descriptors }) => descriptors);
        print(`${kind} descriptors: at most ${most} in the first half, at the end ${end.join(', ')}`);
        expect(Math.min(...end)).toBeLessThanOrEqual(most);
        const uids = pacs.reports.map(({ SOPInstanceUID }) => SOPInstanceUID);
        expect(new Set(uids).size).toBe(uids.length);
      } finally {
        await earshot.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
