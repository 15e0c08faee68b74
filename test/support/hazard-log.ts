import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { checkYaml } from '../../src/rules/yaml.ts';

const sentence = z.string().min(1);

/** A test file alone: all of its tests. With a title: that test, or all tests of that `describe`. */
const referenceSchema = z.strictObject({
  file: z.string().regex(/^test\/.+\.(test|contract)\.ts$/),
  title: sentence.optional(),
});

const requirementSchema = z
  .strictObject({
    id: z.string().regex(/^R-\d+\.\d+$/),
    /** one sentence: what Earshot does */
    does: sentence,
    /** rows of test/issues/README.md */
    pains: z.array(z.int().positive()).min(1).optional(),
    tests: z.array(referenceSchema).min(1).optional(),
    /** what no test shows */
    open: sentence.optional(),
  })
  .refine(({ tests, open }) => tests !== undefined || open !== undefined, 'neither a test nor an open point');

const hazardSchema = z.strictObject({
  id: z.string().regex(/^H-\d+$/),
  hazard: sentence,
  harm: sentence,
  severity: z.enum(['negligible', 'minor', 'serious', 'critical']),
  probability: z.enum(['improbable', 'remote', 'occasional', 'probable', 'frequent']),
  causes: z.array(sentence).min(1),
  /** what the measures leave */
  remains: sentence,
  measures: z.array(requirementSchema).min(1),
});

const hazardLogSchema = z.array(hazardSchema).min(1);

export type Reference = z.infer<typeof referenceSchema>;
export type Requirement = z.infer<typeof requirementSchema>;
export type Hazard = z.infer<typeof hazardSchema>;

/** The hazard log of docs/hazards.yaml; what does not fit the schema is an Error that names each place. */
export function readHazardLog(): Hazard[] {
  const text = readFileSync(new URL('../../docs/hazards.yaml', import.meta.url), 'utf8');
  const checked = checkYaml(text, hazardLogSchema);
  if (checked.isValid) return checked.value;
  const places = checked.problems.map(({ line, column, message }) => `${line}:${column}: ${message}`);
  throw new Error(`docs/hazards.yaml:${places.join('\n')}`);
}

export const requirementsOf = (hazards: readonly Hazard[]): Requirement[] =>
  hazards.flatMap(({ measures }) => measures);
