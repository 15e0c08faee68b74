/** Writes rules/schema-*.json from the zod schemas: `node --import tsx test/support/write-rule-schemas.ts`. */
import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { eligibilityRulesSchema } from '../../src/eligibility/rule.ts';
import { roiRulesSchema } from '../../src/masks/roi-rules.ts';
import { baselineRulesSchema } from '../../src/matching/rule.ts';

/** Folder-relative file name to the schema as an editor wants it: what a person types, before defaults. */
export const ruleSchemas = (): Readonly<Record<string, unknown>> => ({
  'rules/schema-baseline.json': z.toJSONSchema(baselineRulesSchema, { io: 'input' }),
  'rules/schema-eligibility.json': z.toJSONSchema(eligibilityRulesSchema, { io: 'input' }),
  'rules/schema-roi.json': z.toJSONSchema(roiRulesSchema, { io: 'input' }),
});

if (process.argv[1] === import.meta.filename) {
  for (const [file, schema] of Object.entries(ruleSchemas()))
    writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`);
}
