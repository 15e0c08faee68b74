/** Report templates: content trees as data, whose leaves name slots. Read from YAML, refused when they cannot make a legal report. */
import { z } from 'zod';
import { Fault } from '../fault.ts';
import type { ReportContent } from './report.ts';
import { templateIssues } from './template-issues.ts';
import { itemSchema } from './template-schema.ts';

/** Shape of `sr-templates/*.yaml`, and what `sr-templates/schema.json` is made from. */
export const templateSchema = z
  .strictObject({
    name: z.string().min(1).max(64),
    version: z.string().min(1).max(16),
    document: itemSchema.describe('The root: a CONTAINER of TID 1500'),
  })
  .superRefine(({ document }, context) => {
    for (const { path, message } of templateIssues(document, ['document']))
      context.addIssue({ code: 'custom', path: [...path], message });
  });

/** The template of each form of the report. */
export type ReportTemplates = Readonly<Record<ReportContent['srSopClass'], Readonly<{ value: Template }>>>;

export type Template = Readonly<z.infer<typeof templateSchema>>;

/**
 * A template from a parsed YAML file. TEMPLATE_INVALID names every path; its cause is the ZodError. Who has the file's
 * text uses `templateSchema` and can print file:line:column.
 */
export function parseTemplate(value: unknown): Template {
  const parsed = templateSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Fault('TEMPLATE_INVALID', lines.join('; '), { cause: parsed.error });
}
