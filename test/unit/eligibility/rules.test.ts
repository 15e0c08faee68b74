import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runEligibilityExamples } from '../../../src/eligibility/evaluate.ts';
import { eligibilityRulesSchema } from '../../../src/eligibility/rule.ts';
import { runBaselineExamples } from '../../../src/matching/examples.ts';
import { baselineRulesSchema } from '../../../src/matching/rule.ts';
import { ruleSchemas } from '../../support/write-rule-schemas.ts';

const yaml = (file: string): unknown => parse(readFileSync(file, 'utf8'));
type Loose = { rules: Record<string, unknown>[] };
const eligibility = () => yaml('rules/eligibility.yaml') as Loose;
const baseline = () => yaml('rules/baseline.yaml') as Loose;
const pathsOf = (result: { error?: { issues: { path: PropertyKey[] }[] } | undefined }): string[] =>
  (result.error?.issues ?? []).map(({ path }) => path.join('.'));

describe('rule files', () => {
  it('rules/eligibility.yaml keeps every one of its examples', () => {
    const rules = eligibilityRulesSchema.parse(eligibility());
    expect(rules.rules.length).toBeGreaterThanOrEqual(35);
    expect(runEligibilityExamples(rules)).toEqual([]);
  });

  it('rules/baseline.yaml keeps every one of its examples', () => {
    expect(runBaselineExamples(baselineRulesSchema.parse(baseline()))).toEqual([]);
  });

  it('every rule of eligibility shows each outcome that it can have', () => {
    for (const rule of eligibilityRulesSchema.parse(eligibility()).rules) {
      const shown = new Set(rule.examples.map(({ expect: outcome }) => outcome));
      const possible = ['pass', rule.warn && 'warn', rule.hold && 'hold'].filter(Boolean);
      expect([rule.id, ...[...shown].sort()]).toEqual([rule.id, ...possible.sort()]);
    }
  });

  it('an example that a rule does not keep is reported with rule, number, expected and got', () => {
    const file = eligibility();
    file.rules[3] = { ...file.rules[3], hold: { above: 6 } };
    expect(runEligibilityExamples(eligibilityRulesSchema.parse(file))).toEqual([
      { rule: 'QC-04', example: 2, expected: 'hold', got: 'pass' },
    ]);
    const baselines = baseline();
    baselines.rules[2] = { ...baselines.rules[2], take: 'latest' };
    expect(runBaselineExamples(baselineRulesSchema.parse(baselines))).toEqual([
      { rule: 'earliest-with-mask', example: 1, expected: 'first drawn', got: 'second drawn' },
    ]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['an unknown fact', { fact: 'patientName' }, 'rules.3.fact'],
    ['an unknown key', { holds: { above: 5 } }, 'rules.3'],
    ['a condition of the wrong kind', { warn: { anyOf: ['thick'] } }, 'rules.3.warn'],
    ['a condition that asks nothing', { hold: {} }, 'rules.3.hold'],
    ['another scope than the fact has', { scope: 'pair' }, 'rules.3.scope'],
    [
      'an example that is no value of the fact',
      {
        examples: [
          { value: 'x', expect: 'pass' },
          { value: 1, expect: 'pass' },
        ],
      },
      'rules.3.examples.0.value',
    ],
    ['no examples', { examples: [] }, 'rules.3.examples'],
    ['the id of another rule', { id: 'QC-05' }, 'rules'],
  ])('%s is refused, and the place is named', (_, change, place) => {
    const file = eligibility();
    file.rules[3] = { ...file.rules[3], ...change };
    expect(pathsOf(eligibilityRulesSchema.safeParse(file))).toContain(place);
  });

  it('a baseline rule with a bad date or an unknown key is refused', () => {
    const file = baseline();
    file.rules[1] = {
      ...file.rules[1],
      when: {},
      examples: [{ followUp: '2023-02-30', studies: [], expect: 'none' }],
    };
    expect(pathsOf(baselineRulesSchema.safeParse(file))).toEqual(
      expect.arrayContaining(['rules.1', 'rules.1.examples.0.followUp']),
    );
  });

  it.each(Object.entries(ruleSchemas()))(
    '%s is what the code generates (write-rule-schemas.ts)',
    (file, schema) => {
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(schema)));
    },
  );
});
