import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateEligibility } from '../../../src/eligibility/evaluate.ts';
import { explainEligibility } from '../../../src/eligibility/explain.ts';
import type { Facts, FactValue } from '../../../src/eligibility/fact-names.ts';
import { knownFacts } from '../../../src/eligibility/known-facts.ts';
import type { Condition, EligibilityRule } from '../../../src/eligibility/rule.ts';

const NUMBER = fc.oneof(fc.constantFrom(-1, 0, 1, 2, 5, Number.NaN), fc.double({ min: -10, max: 10 }));
const WORDS = ['soft', 'sharp', 'unknown'];
const value: fc.Arbitrary<FactValue> = fc.oneof(
  NUMBER,
  fc.constantFrom(...WORDS),
  fc.boolean(),
  fc.constant(null),
);
const condition: fc.Arbitrary<Condition> = fc.record(
  {
    above: fc.integer({ min: -5, max: 5 }),
    below: fc.integer({ min: -5, max: 5 }),
    anyOf: fc.array(fc.oneof(fc.constantFrom(...WORDS), fc.boolean()), { minLength: 1, maxLength: 3 }),
    unknown: fc.constant(true as const),
  },
  { requiredKeys: [] },
);
const rule = fc.record(
  {
    id: fc.constant('QC-01'),
    check: fc.constant('x'),
    fact: fc.constantFrom('sliceThicknessMm' as const, 'kernelAgreement' as const, 'mutation' as const),
    hold: condition,
    warn: condition,
    because: fc.constant('x'),
    examples: fc.constant([]),
  },
  { requiredKeys: ['id', 'check', 'fact', 'because', 'examples'] },
);
const SCOPE = { sliceThicknessMm: 'each', kernelAgreement: 'pair', mutation: 'case' } as const;

/** What a condition means, written down once more. */
function meets(asked: Condition, seen: FactValue): boolean {
  if (seen === null || Number.isNaN(seen)) return asked.unknown === true;
  if (typeof seen !== 'number') return asked.anyOf?.includes(seen) ?? false;
  return seen > (asked.above ?? Number.POSITIVE_INFINITY) || seen < (asked.below ?? Number.NEGATIVE_INFINITY);
}
const outcome = ({ hold, warn }: Pick<EligibilityRule, 'hold' | 'warn'>, seen: readonly FactValue[]) =>
  seen.some((each) => hold && meets(hold, each))
    ? 'hold'
    : seen.some((each) => warn && meets(warn, each))
      ? 'warn'
      : 'pass';

const factsWith = (one: FactValue, other: FactValue): Facts =>
  ({
    baseline: { sliceThicknessMm: { value: one } },
    followUp: { sliceThicknessMm: { value: other } },
    pair: { kernelAgreement: { value: one } },
    case: { mutation: { value: one } },
  }) as unknown as Facts;

describe('rules of eligibility, clause by clause', () => {
  it('the explanation, the findings and the meaning of the rules agree, whatever the rule and the facts', () => {
    fc.assert(
      fc.property(rule, value, value, (drawn, one, other) => {
        const rules = { rules: [{ ...drawn, scope: SCOPE[drawn.fact] } as EligibilityRule] };
        const seen = drawn.fact === 'sliceThicknessMm' ? [one, other] : [one];
        const expected = outcome(drawn, seen);
        expect(explainEligibility(rules, factsWith(one, other))[0]?.outcome).toBe(expected);
        expect(evaluateEligibility(rules, factsWith(one, other))[0]?.outcome).toBe(expected);
      }),
      { seed: 20_230, numRuns: 500 },
    );
  });

  const thickness: EligibilityRule = {
    id: 'QC-04',
    check: 'slice thickness',
    fact: 'sliceThicknessMm',
    scope: 'each',
    hold: { above: 5 },
    warn: { unknown: true },
    because: 'x',
    examples: [],
  };

  it('a fact that was not measured yet leaves its clauses open, unless another one holds anyway', () => {
    const open = explainEligibility(
      { rules: [thickness] },
      { baseline: {}, followUp: { sliceThicknessMm: { value: 2 } } },
    )[0];
    expect(open?.outcome).toBe('notMeasured');
    expect(open?.clauses.map(({ of, wanted, answer }) => [of, wanted, answer])).toEqual([
      ['baseline', 'above 5 mm', 'notMeasured'],
      ['followUp', 'above 5 mm', 'notMet'],
      ['baseline', 'not known', 'notMeasured'],
      ['followUp', 'not known', 'notMet'],
    ]);
    const held = explainEligibility(
      { rules: [thickness] },
      { baseline: {}, followUp: { sliceThicknessMm: { value: 7 } } },
    )[0];
    expect(held).toMatchObject({ outcome: 'hold', seen: [{ value: undefined }, { value: '7 mm' }] });
  });

  it('what a person told of the therapy is never among the values, only what the clause says of it', () => {
    const rules = {
      rules: [
        { ...thickness, fact: 'mutation', scope: 'case', hold: { anyOf: ['other'] } } as EligibilityRule,
      ],
    };
    const patient = { PatientID: 'P', mutation: 'other', optOut: false, listed: true } as const;
    const [said] = explainEligibility(rules, knownFacts({ baseline: {}, followUp: {}, patient }));
    expect(said).toMatchObject({ outcome: 'hold', seen: [{ of: '', value: null }] });
  });
});
