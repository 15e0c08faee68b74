/** What each clause of a rule says of the facts. Findings are made from these answers, so that the two cannot differ. */
import {
  type Fact,
  type FactName,
  type Facts,
  type FactValue,
  factKind,
  inWords,
  type TimePointFacts,
} from './fact-names.ts';
import type { Finding } from './finding.ts';
import type { Condition, EligibilityRule, EligibilityRules } from './rule.ts';

export type Outcome = Finding['outcome'];
type Side = 'baseline' | 'followUp' | '';
/** Before a value that is told. */
export const SIDE_WORDS = { baseline: 'baseline ', followUp: 'follow-up ', '': '' } as const;

/** Facts as far as they are there. A fact that is absent was not measured yet; one that is null is not known for good. */
export type PartialFacts = Readonly<{
  /** undefined: nobody asks about this time point */
  baseline?: Partial<TimePointFacts> | undefined;
  followUp?: Partial<TimePointFacts> | undefined;
  pair?: Partial<Facts['pair']> | undefined;
  case?: Partial<Facts['case']> | undefined;
}>;

export type SeenFact = Readonly<{ of: Side; fact: Fact | undefined }>;

export type Clause = Readonly<{
  /** what happens when it is met */
  effect: 'hold' | 'warn';
  of: Side;
  /** in words: `above 5 mm` */
  wanted: string;
  answer: 'met' | 'notMet' | 'notMeasured';
}>;

export type ExplainedRule = Readonly<{
  id: string;
  check: string;
  because: string;
  fact: FactName;
  clauses: readonly Clause[];
  /** in words; null: withheld, because it is of the patient's record; undefined: not measured yet */
  seen: readonly Readonly<{ of: Side; value: string | null | undefined }>[];
  /** notMeasured: it may become worse when what is missing is measured */
  outcome: Outcome | 'notMeasured';
}>;

/** Every rule in the order of the file with what each of its clauses says. */
export const explainEligibility = ({ rules }: EligibilityRules, facts: PartialFacts): ExplainedRule[] =>
  rules.map((rule) => explainRule(rule, facts));

function explainRule(rule: EligibilityRule, facts: PartialFacts): ExplainedRule {
  const seen = seenBy(rule, facts);
  const clauses = clausesOf(rule, seen);
  const outcome = outcomeOf(clauses);
  const isOpen = seen.length === 0 || seen.some(({ fact }) => fact === undefined);
  return {
    id: rule.id,
    check: rule.check,
    because: rule.because,
    fact: rule.fact,
    clauses,
    seen: seen.map(({ of, fact }) => ({ of, value: shownValue(rule, fact) })),
    outcome: isOpen && outcome !== 'hold' ? 'notMeasured' : outcome,
  };
}

/** What a person told us of the patient's therapy is no business of who tries a rule. */
const shownValue = ({ scope, fact: name }: EligibilityRule, fact: Fact | undefined) => {
  if (scope === 'case') return null;
  return fact && inWords(name, fact);
};

/** The facts that a rule asks about, each with where it was seen. */
export function seenBy({ fact: name, scope }: EligibilityRule, facts: PartialFacts): SeenFact[] {
  const at = (of: Side, among: Readonly<Partial<Record<FactName, Fact>>> | undefined): SeenFact => ({
    of,
    fact: among?.[name],
  });
  if (scope === 'each') {
    const sides = ['baseline', 'followUp'] as const;
    return sides.filter((side) => facts[side] !== undefined).map((side) => at(side, facts[side]));
  }
  return [at('', facts[scope])];
}

/** The answer of every clause to every fact. */
export const clausesOf = (
  rule: Pick<EligibilityRule, 'fact' | 'hold' | 'warn'>,
  seen: readonly SeenFact[],
): Clause[] =>
  (['hold', 'warn'] as const).flatMap((effect) =>
    seen.flatMap(({ of, fact }) =>
      questionsOf(rule.fact, rule[effect]).map(({ wanted, isMetBy }) => ({
        effect,
        of,
        wanted,
        answer: fact === undefined ? 'notMeasured' : isMetBy(fact.value) ? 'met' : 'notMet',
      })),
    ),
  );

/** Of rules whose facts are all there: one clause that is met is enough. */
export function outcomeOf(clauses: readonly Clause[]): Outcome {
  const isMet = (effect: Clause['effect']) =>
    clauses.some((clause) => clause.effect === effect && clause.answer === 'met');
  if (isMet('hold')) return 'hold';
  return isMet('warn') ? 'warn' : 'pass';
}

/** A condition in words, its clauses joined. */
export const conditionInWords = (fact: FactName, condition: Condition | undefined): string =>
  questionsOf(fact, condition)
    .map(({ wanted }) => wanted)
    .join(', or ');

type Question = Readonly<{ wanted: string; isMetBy: (value: FactValue) => boolean }>;

// NaN is no number, so it is not known.
const isKnown = (value: FactValue): boolean => value !== null && !Number.isNaN(value);

function questionsOf(name: FactName, { above, below, anyOf, unknown }: Condition = {}): Question[] {
  const kind = factKind(name);
  const unit = kind.kind === 'number' ? ` ${kind.unit}` : '';
  const questions: Question[] = [];
  const ask = (wanted: string, isMetBy: Question['isMetBy']) => questions.push({ wanted, isMetBy });
  if (above !== undefined)
    ask(`above ${above}${unit}`, (value) => typeof value === 'number' && value > above);
  if (below !== undefined)
    ask(`below ${below}${unit}`, (value) => typeof value === 'number' && value < below);
  for (const word of anyOf ?? []) ask(inWords(name, { value: word }), (value) => value === word);
  if (unknown) ask('not known', (value) => !isKnown(value));
  return questions;
}
