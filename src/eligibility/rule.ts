/** Schema of rules/eligibility.yaml: which facts hold a case, and which are only said in the report. */
import { z } from 'zod';
import { FACT_NAMES, type FactName, type FactValue, factKind } from './fact-names.ts';

const condition = z
  .strictObject({
    above: z.number().optional(),
    below: z.number().optional(),
    anyOf: z
      .array(z.union([z.string(), z.boolean()]))
      .min(1)
      .readonly()
      .optional(),
    unknown: z.literal(true).optional().describe('the fact is not known'),
  })
  .readonly()
  .describe('true when any of its keys is');

const example = z
  .strictObject({
    value: z.union([z.number(), z.string(), z.boolean(), z.null()]).describe('of the fact; null: not known'),
    expect: z.enum(['pass', 'warn', 'hold']),
  })
  .readonly();

const ruleShape = z
  .strictObject({
    id: z.string().regex(/^QC-\d\d$/, 'QC- and two digits'),
    check: z.string().min(1).max(64),
    fact: z.enum(FACT_NAMES),
    scope: z.enum(['each', 'pair', 'case']),
    hold: condition.optional(),
    warn: condition.optional(),
    because: z.string().min(1),
    examples: z.array(example).min(2).readonly(),
  })
  .readonly();

export type Condition = z.infer<typeof condition>;
export type EligibilityRule = z.infer<typeof ruleShape>;

const eligibilityRuleSchema = ruleShape.superRefine((rule, context) => {
  const problem = (path: PropertyKey[], message: string) =>
    context.addIssue({ code: 'custom', path, message });
  const { scope } = factKind(rule.fact);
  if (rule.scope !== scope) problem(['scope'], `the fact ${rule.fact} is of scope ${scope}`);
  if (!rule.hold && !rule.warn) problem([], 'the rule neither holds nor warns');
  for (const key of ['hold', 'warn'] as const) {
    const wrong = rule[key] && conditionFault(rule.fact, rule[key]);
    if (wrong) problem([key], wrong);
  }
  rule.examples.forEach(({ value }, at) => {
    if (!fits(rule.fact, value)) problem(['examples', at, 'value'], `is no value of ${rule.fact}`);
  });
});

export const eligibilityRulesSchema = z
  .strictObject({ rules: z.array(eligibilityRuleSchema).min(1).readonly() })
  .refine(({ rules }) => new Set(rules.map(({ id }) => id)).size === rules.length, {
    message: 'two rules have the same id',
    path: ['rules'],
  })
  .readonly();

export type EligibilityRules = z.infer<typeof eligibilityRulesSchema>;

function fits(fact: FactName, value: FactValue): boolean {
  if (value === null) return true;
  const kind = factKind(fact);
  if (kind.kind === 'number') return typeof value === 'number';
  if (kind.kind === 'flag') return typeof value === 'boolean';
  return typeof value === 'string' && kind.words.includes(value);
}

function conditionFault(fact: FactName, { above, below, anyOf, unknown }: Condition): string | undefined {
  if (above === undefined && below === undefined && anyOf === undefined && unknown === undefined) {
    return 'asks nothing';
  }
  const isNumber = factKind(fact).kind === 'number';
  if (!isNumber && (above !== undefined || below !== undefined)) return `${fact} is not a number`;
  const bad = anyOf?.find((value) => !fits(fact, value));
  return bad === undefined ? undefined : `${String(bad)} is no value of ${fact}`;
}
