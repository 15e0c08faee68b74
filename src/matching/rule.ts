/** Schema of rules/baseline.yaml: which earlier study is the baseline, as an ordered list of rules. */
import { z } from 'zod';
import { dayOf } from './study-date.ts';

const day = z
  .string()
  .refine((text) => dayOf(text.replaceAll('-', '')) !== undefined, 'a date, YYYY-MM-DD')
  .describe('a date, YYYY-MM-DD');

const exampleStudy = z
  .strictObject({
    name: z.string().min(1),
    date: day.nullable().describe('null: the study has no StudyDate'),
    mask: z.boolean().default(true),
    designated: z.boolean().default(false),
    contrast: z.boolean().default(false).describe('its only CT series was made with contrast'),
  })
  .readonly();

const example = z
  .strictObject({
    followUp: day,
    therapyStart: day.optional(),
    studies: z.array(exampleStudy).readonly(),
    expect: z.string().min(1).describe('name of the study that this rule alone takes; `none`; `ambiguous`'),
  })
  .readonly();

const baselineRuleSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z][a-z0-9-]*$/, 'lower case letters, digits and hyphens'),
    take: z.enum(['designated', 'latest', 'earliest']),
    among: z
      .enum(['earlier', 'onOrBeforeTherapyStart'])
      .default('earlier')
      .describe('studies before the follow-up; or, of these, those on or before the TKI start'),
    mask: z
      .enum(['required', 'optional'])
      .default('optional')
      .describe('optional: a study without a mask is taken too, and the case waits for the mask'),
    because: z.string().min(1).describe('the clinical reason, shown with every match'),
    examples: z.array(example).min(1).readonly(),
  })
  .readonly();

export const baselineRulesSchema = z
  .strictObject({ rules: z.array(baselineRuleSchema).min(1).readonly() })
  .refine(({ rules }) => new Set(rules.map(({ id }) => id)).size === rules.length, {
    message: 'two rules have the same id',
    path: ['rules'],
  })
  .readonly();

export type BaselineRule = z.infer<typeof baselineRuleSchema>;
export type BaselineRules = z.infer<typeof baselineRulesSchema>;
export type BaselineExample = z.infer<typeof example>;
