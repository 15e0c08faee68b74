/** Damaged inputs by the thousand: each is refused with a code or read soundly, in bounded time and memory. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { namedRandom } from '../../src/demo/random.ts';
import { Fault } from '../../src/fault.ts';
import type { Random } from '../../src/model/random.ts';
import type { BlockCoverage } from './block-coverage.ts';
import { mutated } from './mutate.ts';
import type { Reader } from './reader.ts';

const BATCH = 64;
/** One input takes milliseconds; more than this is a hang. */
const LIMIT_MS = 20_000;
const MOST_BUGS = 5;

export type Tally = Readonly<{
  inputs: number;
  read: number;
  /** refusals by code */
  refused: Readonly<Record<string, number>>;
  slowestMs: number;
  /** resident memory, most less what it was after the first inputs */
  grownMiB: number;
  /** inputs that reached something new and were kept as a beginning of others; 0 without coverage */
  kept: number;
  /** what was thrown without a code, or took too long, and where its input lies */
  bugs: readonly string[];
}>;
type Counting = { -readonly [Key in keyof Tally]: Tally[Key] } & {
  refused: Record<string, number>;
  bugs: string[];
};

type Task = Readonly<{ name: string; bytes: Buffer }>;

/** The n-th input of a seed is the same on every machine as long as no coverage is asked for. */
export async function hammer(
  reader: Reader,
  {
    inputs,
    seed,
    others,
    coverage,
  }: Readonly<{
    inputs: number;
    seed: string;
    others: readonly Buffer[];
    coverage?: BlockCoverage | undefined;
  }>,
): Promise<Tally> {
  const tally: Counting = { inputs: 0, read: 0, refused: {}, slowestMs: 0, grownMiB: 0, kept: 0, bugs: [] };
  const corpus = [...reader.valid];
  const strangers = [...reader.valid, ...others];
  let residentAtFirst = 0;
  while (tally.inputs < inputs && tally.bugs.length < MOST_BUGS) {
    await reader.prepare?.();
    const tasks = Array.from({ length: Math.min(BATCH, inputs - tally.inputs) }, (_, k): Task => {
      const name = `${seed}/${reader.name}/${tally.inputs + k}`;
      const random = namedRandom(name);
      const from = corpus[random.index(corpus.length)] ?? Buffer.alloc(0);
      return { name, bytes: mutated(from, random, strangers) };
    });
    readAll(reader, tasks, tally);
    tally.inputs += tasks.length;
    if (coverage) corpus.push(...(await newOf(reader, tasks, coverage, tally)));
    const resident = process.memoryUsage.rss() / 2 ** 20;
    if (residentAtFirst === 0) residentAtFirst = resident;
    tally.grownMiB = Math.max(tally.grownMiB, Math.round(resident - residentAtFirst));
  }
  return tally;
}

/** Of a batch that reached something new: the inputs that do so when they are read again, one by one. */
async function newOf(
  reader: Reader,
  tasks: readonly Task[],
  coverage: BlockCoverage,
  tally: Counting,
): Promise<Buffer[]> {
  const wanted = new Set(await coverage.newlyRun());
  const kept: Buffer[] = [];
  for (const task of wanted.size > 0 ? tasks : []) {
    if (wanted.size === 0) break;
    readAll(reader, [task], tally);
    const reached = await coverage.ranAgain(wanted);
    if (reached.size > 0) kept.push(task.bytes);
    for (const place of reached) wanted.delete(place);
  }
  tally.kept += kept.length;
  return kept;
}

const AT_WORK = Symbol.for('earshot.hammer');

/** All of them in one script, which V8 ends when it runs for too long. */
function readAll(reader: Reader, tasks: readonly Task[], tally: Counting): void {
  let at = 0;
  const work = (): void => {
    for (; at < tasks.length; at++) readOne(reader, tasks[at] as Task, tally);
  };
  const context = globalThis as Record<symbol, unknown>;
  while (at < tasks.length) {
    context[AT_WORK] = work;
    try {
      runInThisContext("globalThis[Symbol.for('earshot.hammer')]()", { timeout: LIMIT_MS });
    } catch (thrown) {
      tally.bugs.push(told(tasks[at] as Task, `more than ${LIMIT_MS} ms: ${(thrown as Error).message}`));
      at += 1;
    }
  }
}

function readOne(reader: Reader, task: Task, tally: Counting): void {
  const started = performance.now();
  const found = outcomeOf(reader, task.bytes, namedRandom(`${task.name}/read`));
  tally.slowestMs = Math.max(tally.slowestMs, Math.round(performance.now() - started));
  if (found === undefined) tally.read += 1;
  else if (found instanceof Fault && found.code !== 'INTERNAL')
    tally.refused[found.code] = (tally.refused[found.code] ?? 0) + 1;
  else tally.bugs.push(told(task, String((found as { stack?: unknown }).stack ?? found)));
}

/** What reading throws; undefined: it was read. */
function outcomeOf(reader: Reader, bytes: Buffer, random: Random): unknown {
  try {
    reader.read(bytes, random);
    return undefined;
  } catch (thrown) {
    return thrown ?? 'undefined was thrown';
  }
}

function told({ name, bytes }: Task, what: string): string {
  const file = join(tmpdir(), `earshot-${name.replaceAll(/[^\w-]+/g, '-')}.bin`);
  writeFileSync(file, bytes);
  return `${file}: ${what}`;
}
