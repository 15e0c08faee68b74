import { type ExampleFailure, type ExampleResult, failuresOf } from '../matching/examples.ts';
import { clausesOf, outcomeOf, type SeenFact, SIDE_WORDS, seenBy } from './explain.ts';
import { type Fact, type Facts, inWords } from './fact-names.ts';
import type { Finding } from './finding.ts';
import type { EligibilityRules } from './rule.ts';

/** The schema keeps a rule's fact and scope together, so the fact is there. */
const UNKNOWN: Fact = { value: null };

/**
 * One finding for every rule, in the order of the file. A rule of scope `each` looks at both time points and takes the worse
 * outcome. A fact that is not known passes unless the rule says otherwise.
 */
export function evaluateEligibility({ rules }: EligibilityRules, facts: Facts): Finding[] {
  return rules.map((rule) => {
    const seen = seenBy(rule, facts).map(({ of, fact = UNKNOWN }) => ({ of, fact }));
    const values = seen.map(({ of, fact }) => `${SIDE_WORDS[of]}${inWords(rule.fact, fact)}`).join('; ');
    return {
      id: rule.id,
      check: rule.check,
      values,
      outcome: outcomeOf(clausesOf(rule, seen)),
      fact: rule.fact,
      seen: seen.map(({ of, fact }) => ({ of, ...fact })),
    };
  });
}

/** Every example of every rule, kept or not. */
export function eligibilityExampleResults({ rules }: EligibilityRules): ExampleResult[] {
  return rules.flatMap((rule) =>
    rule.examples.map(({ value, expect: expected }, at) => {
      const seen: readonly SeenFact[] = [{ of: '', fact: { value } }];
      const got = outcomeOf(clausesOf(rule, seen));
      return { rule: rule.id, example: at + 1, expected, got, passes: got === expected };
    }),
  );
}

/** Runs every example of every rule; what is returned is wrong, and an empty list is good. */
export const runEligibilityExamples = (rules: EligibilityRules): ExampleFailure[] =>
  failuresOf(eligibilityExampleResults(rules));
