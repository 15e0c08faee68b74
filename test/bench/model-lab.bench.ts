/**
 * The paper's whole search against scikit-learn on this machine: 134 rows, 378 features of 4 images, 4 scouts (k to 15), the final search
 * (k to 20), 4 selectors, 2 classifiers, 5 folds. Both programs read one seeded table. `node --import tsx test/bench/model-lab.bench.ts`;
 * theirs is test/bench/model-lab.py under Debian's python3-sklearn. --smoke: 40 features, k to 4, ours alone if python3-sklearn is absent.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fit as modelOf } from '../../src/lab/search/fit.ts';
import type { FitOptions } from '../../src/lab/search/fit-options.ts';
import { answerFold } from '../../src/lab/search/fold.ts';
import { preparedTable } from '../../src/lab/search/prepare.ts';
import type { FoldRunner } from '../../src/lab/search/search.ts';
import { readFeatureTable } from '../../src/lab/table/read-feature-table.ts';
import { openLab } from '../../src/startup/open-lab.ts';
import { csvOf, madeTable } from '../support/feature-tables.ts';

const isSmoke = process.argv.includes('--smoke');
const PYTHON = '/usr/bin/python3';
const most = isSmoke ? 4 : 20;
const made = madeTable({ patients: 67, perImage: isSmoke ? 10 : 95, effect: 0.6, seed: 2023 });
// 4 x 95 less the last two: the paper's 378.
const kept = isSmoke ? made.header.length : made.header.length - 2;
const text = csvOf({ header: made.header.slice(0, kept), rows: made.rows.map((row) => row.slice(0, kept)) });

const OPTIONS: FitOptions = {
  ...{
    id: 'bench',
    mode: 'fae',
    definition: 'followUpMinusBaseline',
    reference: 'baseline',
    featureSet: 'all',
  },
  ...{ selectors: ['ANOVA', 'KW', 'RFE', 'Relief'], classifiers: ['LR_none', 'SVM'], folds: 5, seed: null },
  ...{ pccThreshold: 0.98, rule: 'max', most, isScouted: true, harmoniseBy: null },
};

const usage = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

async function timed(name: string, run: FoldRunner): Promise<number> {
  const [start, cpu] = [performance.now(), usage()];
  const options = { ...OPTIONS };
  const model = await modelOf(
    preparedTable(readFeatureTable(text), options),
    options,
    { tables: [], software: '', recipe: null, split: null },
    run,
  );
  const seconds = (performance.now() - start) / 1000;
  process.stdout.write(
    `${name.padEnd(34)} ${seconds.toFixed(2)} s (CPU ${(usage() - cpu).toFixed(2)} s): ${model.title}\n`,
  );
  return seconds;
}

const ofOneThread = async (): Promise<number> => timed('ours, one thread', async (task) => answerFold(task));

async function ofAllCores(): Promise<number> {
  await using lab = openLab(availableParallelism(), new AbortController().signal);
  return await timed(`ours, ${availableParallelism()} threads from their start`, lab.run);
}

/** Seconds of the search alone: the start of Python and its imports are not counted. */
function theirs(): number | null {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-bench-'));
  try {
    writeFileSync(join(folder, 'features.csv'), text);
    const script = fileURLToPath(new URL('model-lab.py', import.meta.url));
    const { stdout, status, stderr } = spawnSync(
      PYTHON,
      [script, join(folder, 'features.csv'), String(most)],
      { encoding: 'utf8' },
    );
    if (status !== 0) {
      process.stdout.write(
        `scikit-learn: not measured (${stderr?.trim().split('\n').at(-1) ?? 'no python3'})\n`,
      );
      return null;
    }
    const { seconds, cpuSeconds, choice } = JSON.parse(stdout) as {
      seconds: number;
      cpuSeconds: number;
      choice: string;
    };
    process.stdout.write(
      `${'scikit-learn, one process'.padEnd(34)} ${seconds.toFixed(2)} s (CPU ${cpuSeconds.toFixed(2)} s): ${choice}\n`,
    );
    return seconds;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const one = await ofOneThread();
const all = await ofAllCores();
const other = theirs();
if (other !== null) {
  process.stdout.write(
    `scikit-learn takes ${(other / one).toFixed(1)} times as long as one thread, ${(other / all).toFixed(1)} times as long as all\n`,
  );
  if (!isSmoke && other < all) process.exitCode = 1;
}
