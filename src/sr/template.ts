/** Report templates: content trees as data, whose leaves name slots. Read from YAML, refused when they cannot make a legal report. */
import { z } from 'zod';
import { canonicalJson, digestOf } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import { templateIssues } from './template-issues.ts';
import { itemSchema } from './template-schema.ts';

/** Shape of `sr-templates/*.yaml`, and what `sr-templates/schema.json` is made from. */
export const templateFileSchema = z
  .strictObject({
    name: z.string().min(1).max(64),
    version: z.string().min(1).max(16),
    document: itemSchema.describe('The root: a CONTAINER of TID 1500'),
  })
  .superRefine(({ document }, context) => {
    for (const { path, message } of templateIssues(document, ['document']))
      context.addIssue({ code: 'custom', path: [...path], message });
  });

export type ReportTemplate = Readonly<z.infer<typeof templateFileSchema> & { digest: string }>;

function frozen<T>(value: T): T {
  if (value !== null && typeof value === 'object') Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

/**
 * A template from a parsed YAML file, frozen, with the SHA-256 of its content (comments and layout do not count).
 * TEMPLATE_INVALID names every path; its cause is the ZodError, from which a loader prints file:line:column.
 */
export function parseTemplate(value: unknown): ReportTemplate {
  const parsed = templateFileSchema.safeParse(value);
  if (!parsed.success) {
    const lines = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new Fault('TEMPLATE_INVALID', lines.join('; '), { cause: parsed.error });
  }
  return frozen({ ...parsed.data, digest: digestOf(canonicalJson(parsed.data)) });
}
