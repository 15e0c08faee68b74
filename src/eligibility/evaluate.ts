import type { ExampleFailure } from '../matching/examples.ts';
import { type Fact, type FactName, type Facts, type FactValue, inWords } from './fact-names.ts';
import type { Finding } from './finding.ts';
import type { Condition, EligibilityRule, EligibilityRules } from './rule.ts';

type Outcome = Finding['outcome'];
const WORSE: readonly Outcome[] = ['pass', 'warn', 'hold'];

/**
 * One finding for every rule, in the order of the file. A rule of scope `each` looks at both time points and takes the worse
 * outcome. A fact that is not known passes unless the rule says otherwise.
 */
export function evaluateEligibility({ rules }: EligibilityRules, facts: Facts): Finding[] {
  return rules.map((rule) => {
    const seen = factsFor(rule, facts);
    const outcomes = seen.map(({ fact }) => outcomeOf(rule, fact.value));
    const outcome = WORSE[Math.max(...outcomes.map((each) => WORSE.indexOf(each)))] ?? 'pass';
    const values = seen.map(({ of, fact }) => `${SIDES[of]}${inWords(rule.fact, fact)}`).join('; ');
    return {
      id: rule.id,
      check: rule.check,
      values,
      outcome,
      fact: rule.fact,
      seen: seen.map(({ of, fact }) => ({ of, ...fact })),
    };
  });
}

/** Runs every example of every rule; what is returned is wrong, and an empty list is good. */
export function runEligibilityExamples({ rules }: EligibilityRules): ExampleFailure[] {
  return rules.flatMap((rule) =>
    rule.examples.flatMap(({ value, expect }, at) => {
      const got = outcomeOf(rule, value);
      return got === expect ? [] : [{ rule: rule.id, example: at + 1, expected: expect, got }];
    }),
  );
}

type Seen = Readonly<{ of: keyof typeof SIDES; fact: Fact }>;
const SIDES = { baseline: 'baseline ', followUp: 'follow-up ', '': '' } as const;

function factsFor({ fact: name, scope }: EligibilityRule, facts: Facts): readonly Seen[] {
  if (scope === 'each') {
    return [
      { of: 'baseline', fact: named(facts.baseline, name) },
      { of: 'followUp', fact: named(facts.followUp, name) },
    ];
  }
  return [{ of: '', fact: named(scope === 'pair' ? facts.pair : facts.case, name) }];
}

const UNKNOWN: Fact = { value: null };
/** The schema keeps a rule's fact and scope together, so the fact is there. */
const named = (facts: Readonly<Partial<Record<FactName, Fact>>>, name: FactName): Fact =>
  facts[name] ?? UNKNOWN;

function outcomeOf({ hold, warn }: EligibilityRule, value: FactValue): Outcome {
  if (hold && meets(hold, value)) return 'hold';
  return warn && meets(warn, value) ? 'warn' : 'pass';
}

function meets({ above, below, anyOf, unknown }: Condition, value: FactValue): boolean {
  // NaN is no number, so it is not known.
  if (value === null || Number.isNaN(value)) return unknown === true;
  if (typeof value !== 'number') return anyOf?.includes(value) ?? false;
  return (above !== undefined && value > above) || (below !== undefined && value < below);
}
