import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../fault.ts';
import type { SelectorName } from '../lab/record.ts';
import type { FoldResult } from '../lab/search/fold.ts';
import type { FoldRunner } from '../lab/search/search.ts';
import { writeFiles } from '../startup/whole-files.ts';
import { writing } from './writing.ts';

const MODEL = 'model.json';
const PROGRESS = 'progress.jsonl';

type StoredResult = Readonly<{
  selector: SelectorName;
  order: readonly number[];
  /** scores as little-endian doubles in base64, or `{ because }` */
  scores: readonly (readonly (string | Readonly<{ because: string }>)[])[];
}>;

/**
 * The output folder of a fit. `progress.jsonl` names the run (digest of table and options) in its first line and holds a finished fold in
 * each other, so that the same command goes on where it was stopped. Throws FOLDER_OF_ANOTHER_RUN, OUTPUT_FAILED.
 */
export class FitFolder {
  readonly #path: string;
  readonly #digest: string;
  readonly #known: ReadonlyMap<string, readonly FoldResult[]>;

  constructor(path: string, digest: string) {
    this.#path = path;
    this.#digest = digest;
    this.#known = writing(() => {
      mkdirSync(path, { recursive: true });
      return this.#open();
    });
  }

  /** A runner that asks `run` for what is not known yet, and keeps it. */
  remembering(run: FoldRunner, onFold: () => void): FoldRunner {
    return async (task) => {
      const known = this.#known.get(task.key);
      const results = known ?? (await run(task));
      if (known === undefined)
        writing(() => appendFileSync(this.#file(PROGRESS), `${lineOf(task.key, results)}\n`));
      onFold();
      return results;
    };
  }

  /** All are written before the first takes its place; the model last. The folds are not needed any more. */
  finish(model: string, others: Readonly<Record<string, string>>): void {
    const files = { ...others, [MODEL]: model, [PROGRESS]: this.#header() };
    writing(() => writeFiles(this.#path, files));
  }

  #file = (name: string): string => join(this.#path, name);
  #header = (): string => `${JSON.stringify({ run: this.#digest })}\n`;

  #open(): ReadonlyMap<string, readonly FoldResult[]> {
    if (!existsSync(this.#file(PROGRESS))) {
      if (existsSync(this.#file(MODEL))) throw new Fault('FOLDER_OF_ANOTHER_RUN', `it has a ${MODEL}`);
      this.#replace(PROGRESS, this.#header());
      return new Map();
    }
    const [header = '', ...lines] = readFileSync(this.#file(PROGRESS), 'utf8').split('\n');
    if (`${header}\n` !== this.#header()) throw new Fault('FOLDER_OF_ANOTHER_RUN');
    const known = lines.flatMap((line) => foldOf(line));
    // A run that was killed may have left half a line, which the next one must not be appended to.
    if (lines.at(-1) !== '')
      this.#replace(
        PROGRESS,
        this.#header() + known.map(([key, results]) => `${lineOf(key, results)}\n`).join(''),
      );
    return new Map(known);
  }

  #replace = (name: string, text: string): void => writeFiles(this.#path, { [name]: text });
}

function lineOf(key: string, results: readonly FoldResult[]): string {
  const stored: readonly StoredResult[] = results.map(({ selector, order, scores }) => ({
    ...{ selector, order },
    scores: scores.map((byCount) =>
      byCount.map((each) =>
        typeof each === 'string'
          ? { because: each }
          : Buffer.from(each.buffer, each.byteOffset, each.byteLength).toString('base64'),
      ),
    ),
  }));
  return JSON.stringify({ key, results: stored });
}

function foldOf(line: string): [string, readonly FoldResult[]][] {
  try {
    const { key, results } = JSON.parse(line) as { key: string; results: readonly StoredResult[] };
    return [
      [
        key,
        results.map(({ scores, ...of }) => ({
          ...of,
          scores: scores.map((byCount) => byCount.map(scoresOf)),
        })),
      ],
    ];
  } catch {
    return [];
  }
}

function scoresOf(stored: string | Readonly<{ because: string }>): Float64Array | string {
  if (typeof stored !== 'string') return stored.because;
  return new Float64Array(Uint8Array.from(Buffer.from(stored, 'base64')).buffer);
}
