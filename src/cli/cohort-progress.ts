/** What is done of a cohort, line by line, so that a run that was stopped goes on where it was. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { canonicalJson, digestOf } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import type { CaseOutcome } from '../lab/cohort/measured-case.ts';
import { ENGINE } from '../radiomics/recipe.ts';
import type { CohortRecipe } from './cohort-case.ts';
import { writing } from './writing.ts';

const FILE = 'progress.jsonl';
/** Files that another program, or another run, may have put there. */
const RESULTS = ['features.csv', 'deltas.csv', 'flow.json'];

export type Progress = Readonly<{
  /** what came of the same row with the same images before */
  known(inputs: string): CaseOutcome | undefined;
  /** durable for a process that is killed, once it returns */
  keep(inputs: string, outcome: CaseOutcome): void;
}>;

const outcomeLine = z.object({
  inputs: z.string(),
  outcome: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('measured'),
      measured: z.object({
        features: z.record(z.string(), z.number()),
        recipeDigest: z.string(),
        date: z.string(),
        scanner: z.string(),
        kernel: z.string(),
      }),
    }),
    z.object({
      kind: z.literal('excluded'),
      excluded: z.object({ reason: z.string(), detail: z.string() }),
    }),
  ]),
});
const anyLine = z.union([outcomeLine, z.object({ run: z.string() })]);
type Line = z.infer<typeof anyLine>;

/** Everything that decides what comes of a study. */
const runOf = ({ settings, features, rules }: CohortRecipe): string =>
  digestOf(
    canonicalJson({
      engine: ENGINE,
      settings,
      features,
      rules: [rules.eligibility.sha256, rules.roi.sha256],
    }),
  );

/** Opens or begins the folder. Throws FOLDER_OF_ANOTHER_RUN, OUTPUT_FAILED. */
export function openProgress(folder: string, recipe: CohortRecipe): Progress {
  const file = join(folder, FILE);
  const run = runOf(recipe);
  const outcomes = new Map<string, CaseOutcome>();
  let refused: unknown;
  const write = (line: Line): void =>
    writing(() => {
      // A line that was cut short is mended when it is the last one: after it nothing is written.
      if (refused !== undefined) throw refused;
      try {
        appendFileSync(file, `${JSON.stringify(line)}\n`, { flush: true });
      } catch (thrown) {
        refused = thrown;
        throw thrown;
      }
    });
  writing(() => mkdirSync(folder, { recursive: true }));
  const [head, ...lines] = readLines(file);
  if (head === undefined) {
    const foreign = RESULTS.find((name) => existsSync(join(folder, name)));
    if (foreign !== undefined) throw new Fault('FOLDER_OF_ANOTHER_RUN', `it holds ${foreign} and no ${FILE}`);
    write({ run });
  } else if (!('run' in head) || head.run !== run) {
    throw new Fault('FOLDER_OF_ANOTHER_RUN', 'it was begun with other settings, rules or version');
  }
  for (const line of lines) if ('inputs' in line) outcomes.set(line.inputs, line.outcome);
  return {
    known: (inputs) => outcomes.get(inputs),
    keep: (inputs, outcome) => write({ inputs, outcome }),
  };
}

/** A last line that was cut short, when the process was killed while it wrote or the disk was full, is taken away. */
function readLines(file: string): readonly Line[] {
  if (!existsSync(file)) return [];
  const text = writing(() => readFileSync(file, 'utf8'));
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) writing(() => truncateSync(file, Buffer.byteLength(whole)));
  try {
    return whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => anyLine.parse(JSON.parse(line)));
  } catch (thrown) {
    throw new Fault('FOLDER_OF_ANOTHER_RUN', `${FILE} cannot be read`, { cause: thrown });
  }
}
