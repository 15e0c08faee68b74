import { z } from 'zod';

const pattern = z.string().refine(isPattern, 'not a regular expression');

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, 'i') instanceof RegExp;
  } catch {
    return false;
  }
}

const code = z.strictObject({
  value: z.string().min(1),
  scheme: z.string().min(1),
  meaning: z.string().optional(),
});

const exampleRegion = z.strictObject({
  number: z.int(),
  name: z.string(),
  interpretedType: z.string().optional(),
  codes: z.array(z.strictObject({ value: z.string(), scheme: z.string() })).default([]),
  /** false: nothing was drawn */
  isDrawn: z.boolean().default(true),
});

/** `rules/roi.yaml`: which region of a mask object is the tumour. Patterns ignore case. */
export const roiRulesSchema = z.strictObject({
  version: z.int().min(1),
  /** codes of RT ROI identification or segmented property type that mean a tumour */
  codes: z.array(code),
  /** RTROIInterpretedType values that mean a tumour, and those that never do */
  interpretedTypes: z.array(z.string()),
  excludedInterpretedTypes: z.array(z.string()).default([]),
  include: z.array(pattern).min(1),
  exclude: z.array(pattern),
  /** true: a region that is the only one drawn is taken whatever its name, unless excluded */
  acceptOnlyRegion: z.boolean().default(false),
  /** several mask objects for one series: a person decides, or the newest one counts */
  severalObjects: z.enum(['hold', 'newest']).default('hold'),
  /** several lesions that are certainly the same at both time points: all are measured, or a person decides */
  severalLesions: z.enum(['measure', 'hold']).default('measure'),
  examples: z
    .array(
      z.strictObject({
        title: z.string(),
        regions: z.array(exampleRegion),
        chosen: z.union([z.int(), z.enum(['none', 'ambiguous'])]),
      }),
    )
    .default([]),
});

export type RoiRules = z.infer<typeof roiRulesSchema>;
