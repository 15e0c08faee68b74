import { Fault } from '../fault.ts';
import { CLASSIFIERS, SELECTORS } from '../lab/record.ts';
import type { FitOptions } from '../lab/search/fit-options.ts';
import type { FittedModel } from '../model/fitted-model.ts';
import { numberOption, parse, wholeNumberOption } from './command.ts';
import type { patientSplit } from './patient-split.ts';

/** What a table of deltas holds, by the names the command line has for it. */
const DEFINITION_NAMES = {
  absolute: 'followUpMinusBaseline',
  relative: 'relativeChange',
  logRatio: 'logRatio',
  perMonth: 'changePerMonth',
  alone: 'followUpAlone',
} as const satisfies Record<string, FittedModel['definition']>;

const OPTIONS = {
  features: { type: 'string' },
  delta: { type: 'string' },
  split: { type: 'string' },
  train: { type: 'string' },
  test: { type: 'string' },
  share: { type: 'string' },
  draws: { type: 'string' },
  'split-seed': { type: 'string' },
  out: { type: 'string' },
  mode: { type: 'string', default: 'recommended' },
  definition: { type: 'string', default: 'absolute' },
  reference: { type: 'string', default: 'baseline' },
  'all-features': { type: 'boolean', default: false },
  rule: { type: 'string' },
  k: { type: 'string' },
  pcc: { type: 'string' },
  selectors: { type: 'string', default: SELECTORS.join() },
  classifiers: { type: 'string', default: 'LR_none,SVM' },
  folds: { type: 'string' },
  seed: { type: 'string' },
  jobs: { type: 'string' },
  id: { type: 'string', default: 'fitted' },
  scouts: { type: 'string', default: 'on' },
  combat: { type: 'string' },
} as const;

export type FitRequest = Readonly<{
  features: string | undefined;
  /** the table of the baselines, where it is one of its own */
  delta: string | undefined;
  /** the clinical table by which patients are drawn into two sets, and how; null: all rows train */
  split: Readonly<{ clinical: string; sizes: Sizes }> | null;
  out: string | undefined;
  jobs: number | undefined;
  options: FitOptions;
}>;

type Sizes = Parameters<typeof patientSplit>[2];

const MOST_SEED = 2 ** 32 - 1;

/** Throws USAGE. */
export function fitRequest(args: readonly string[]): FitRequest {
  const { values } = parse(args, OPTIONS);
  const mode = oneOf(values.mode, '--mode', ['recommended', 'fae']);
  const pccThreshold = numberOption(values.pcc, '--pcc') ?? 0.98;
  if (pccThreshold <= 0 || pccThreshold > 1) throw new Fault('USAGE', '--pcc must be above 0 and at most 1');
  const seed = wholeNumberOption(values.seed, '--seed', 0) ?? null;
  if (seed !== null && seed > MOST_SEED) throw new Fault('USAGE', `--seed must be at most ${MOST_SEED}`);
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(values.id))
    throw new Fault('USAGE', '--id: lower case letters, digits and hyphens');
  const rule = oneOf(values.rule ?? (mode === 'fae' ? 'max' : 'one-se'), '--rule', ['max', 'one-se']);
  return {
    features: values.features,
    delta: values.delta,
    split: splitOf(values),
    out: values.out,
    jobs: wholeNumberOption(values.jobs, '--jobs', 1),
    options: {
      id: values.id,
      mode,
      definition: definitionOf(values),
      reference: oneOf(values.reference, '--reference', ['baseline', 'previous', 'nadir']),
      featureSet: values['all-features'] ? 'all' : 'paper',
      selectors: listOf(values.selectors, '--selectors', SELECTORS),
      classifiers: listOf(values.classifiers, '--classifiers', CLASSIFIERS),
      folds: foldsOf(wholeNumberOption(values.folds, '--folds', 2) ?? 5),
      seed,
      pccThreshold,
      rule: rule === 'max' ? 'max' : 'oneStandardError',
      most: wholeNumberOption(values.k, '--k', 1) ?? 20,
      isScouted: oneOf(values.scouts, '--scouts', ['on', 'off']) === 'on',
      harmoniseBy:
        values.combat === undefined ? null : oneOf(values.combat, '--combat', ['site', 'scanner', 'kernel']),
    },
  };
}

function definitionOf(values: Readonly<{ definition: string; delta?: string | undefined }>) {
  const names = Object.keys(DEFINITION_NAMES) as (keyof typeof DEFINITION_NAMES)[];
  const definition = oneOf(values.definition, '--definition', names);
  if (definition === 'alone' && values.delta !== undefined)
    throw new Fault('USAGE', '--delta subtracts baselines; a model of --definition alone has none');
  return DEFINITION_NAMES[definition];
}

type Given = Readonly<Partial<Record<'split' | 'train' | 'test' | 'share' | 'draws' | 'split-seed', string>>>;

function splitOf({ split, 'split-seed': splitSeed, train, test, share, draws }: Given): FitRequest['split'] {
  const seed = wholeNumberOption(splitSeed, '--split-seed', 0);
  const sizes = { train, test, share, draws, seed };
  if (split !== undefined) return { clinical: split, sizes };
  if (Object.values(sizes).some((given) => given !== undefined))
    throw new Fault('USAGE', '--train, --test, --share, --draws and --split-seed go with --split');
  return null;
}

function foldsOf(folds: number): number {
  if (folds > 255) throw new Fault('USAGE', '--folds must be at most 255');
  return folds;
}

function oneOf<const T extends string>(text: string, option: string, names: readonly T[]): T {
  const name = names.find((each) => each === text);
  if (name === undefined) throw new Fault('USAGE', `${option} is ${names.join(' or ')}`);
  return name;
}

/** In the order of `names`, which breaks ties. */
function listOf<const T extends string>(text: string, option: string, names: readonly T[]): readonly T[] {
  const given = text.split(',').map((each) => oneOf(each.trim(), option, names));
  return names.filter((each) => given.includes(each));
}
