/** What comes out of dry runs of rules, as the API describes it. */
import { z } from 'zod';
import { FACT_NAMES } from '../eligibility/fact-names.ts';
import { STUDY_STATES } from '../study/lifecycle.ts';

const side = z.enum(['baseline', 'followUp', '']).describe("'' for what is of both or of the case");
const outcome = z.enum(['pass', 'warn', 'hold', 'notMeasured']);

const eligibility = z
  .array(
    z.strictObject({
      id: z.string(),
      check: z.string(),
      because: z.string(),
      fact: z.enum(FACT_NAMES),
      clauses: z
        .array(
          z.strictObject({
            effect: z.enum(['hold', 'warn']),
            of: side,
            wanted: z.string(),
            answer: z.enum(['met', 'notMet', 'notMeasured']),
          }),
        )
        .readonly(),
      seen: z
        .array(
          z.strictObject({
            of: side,
            value: z
              .string()
              .nullish()
              .describe('in words; null: withheld, of the patient record; absent: not measured yet'),
          }),
        )
        .readonly(),
      outcome,
    }),
  )
  .readonly();

const regions = z
  .array(
    z.strictObject({
      number: z.number(),
      name: z.string().describe('text from outside'),
      verdict: z.enum(['taken', 'candidate', 'rankedLower', 'rejected']),
      because: z.string(),
    }),
  )
  .readonly();

const reasons = z.array(z.strictObject({ code: z.string(), text: z.string() })).readonly();
const place = z.strictObject({ SOPInstanceUID: z.string(), region: z.number() });

export const dryRunOfStudy = z.strictObject({
  StudyInstanceUID: z.string(),
  state: z.strictObject({
    now: z.enum(STUDY_STATES),
    would: z.enum(STUDY_STATES),
    isDifferent: z.boolean(),
    reasonsNow: reasons,
    reasons,
    note: z.string(),
  }),
  baseline: z.strictObject({
    kind: z.enum(['matched', 'ambiguous', 'none', 'conflict', 'isBaselineItself', 'notAsked']),
    chosen: z.string().nullable(),
    rule: z.string().nullable(),
    because: z.string(),
    rejected: z.array(z.strictObject({ StudyInstanceUID: z.string(), because: z.string() })).readonly(),
  }),
  lesions: z
    .array(
      z.strictObject({
        label: z.string().describe('text from outside'),
        by: z.enum(['trackingUid', 'name', 'single', 'map', 'person']),
        baseline: place,
        followUp: place,
        isTarget: z.boolean().nullable().describe('null: not known before all are measured'),
        isMeasured: z.boolean(),
      }),
    )
    .readonly(),
  masks: z
    .array(z.strictObject({ of: z.enum(['baseline', 'followUp']), SOPInstanceUID: z.string(), regions }))
    .readonly(),
  rejectedRegions: z
    .array(z.strictObject({ SOPInstanceUID: z.string(), region: z.number().nullable(), because: z.string() }))
    .readonly(),
  eligibility,
  rules: z
    .strictObject({ baseline: z.string(), eligibility: z.string(), roi: z.string() })
    .describe('sha256 of the texts'),
});

export const dryRunOfFile = z.strictObject({
  sopClass: z.string().nullable(),
  transferSyntax: z.string().nullable(),
  role: z.enum(['image', 'mask', 'report', 'other']).nullable(),
  outcome: z.enum(['kept', 'ignored', 'refused']),
  problems: reasons,
  missing: z.array(z.string()).readonly(),
  seriesRuledOut: z.string().nullable(),
  eligibility,
  regions: regions.nullable(),
});
