/** The shape of one item of a report template. */
import { z } from 'zod';
import type { Code } from '../dicom/header.ts';
import { LANGUAGES, type Language } from './language.ts';
import { RELATIONSHIPS, VALUE_TYPES } from './relationships.ts';
import {
  CODE_SLOTS,
  CONDITIONS,
  NUMBER_SLOTS,
  REFERENCE_SLOTS,
  REPEATS,
  TEXT_SLOTS,
  UID_SLOTS,
} from './slots.ts';

const keysOf = <T extends object>(table: T) => z.enum(Object.keys(table) as [keyof T & string]);

const codeSchema = z
  .tuple([z.string().min(1).max(16), z.string().min(1).max(16), z.string().min(1).max(64)])
  .describe('A fixed code: value, coding scheme, meaning');

const conceptSchema = z.union([codeSchema, z.strictObject({ slot: keysOf(CODE_SLOTS) })]);

const fixedText = z.string().min(1).max(1000);

export const itemSchema = z.strictObject({
  valueType: z.enum(VALUE_TYPES).exclude(['SCOORD']).describe('Kind of content item (PS3.3 C.17.3)'),
  relationship: z
    .enum(RELATIONSHIPS)
    .exclude(['SELECTED FROM'])
    .optional()
    .describe('To the item above; only the root has none'),
  concept: conceptSchema.describe('What the item is about: a code, or a slot that gives one'),
  template: z.enum(['1500', '1411', '1501']).optional().describe('TID of a CONTAINER'),
  text: z
    .strictObject(
      Object.fromEntries(LANGUAGES.map((each) => [each, fixedText])) as Record<Language, typeof fixedText>,
    )
    .or(fixedText)
    .optional()
    .describe('Fixed value of a TEXT, in one wording or in one for each language'),
  code: codeSchema.optional().describe('Fixed value of a CODE'),
  unit: codeSchema.optional().describe('Unit of a NUM'),
  slot: z
    .enum([
      ...keysOf(TEXT_SLOTS).options,
      ...keysOf(NUMBER_SLOTS).options,
      ...keysOf(CODE_SLOTS).options,
      ...keysOf(UID_SLOTS).options,
      ...keysOf(REFERENCE_SLOTS).options,
    ])
    .optional()
    .describe('Where the value comes from; when the slot is empty the item and all below it are left out'),
  when: keysOf(CONDITIONS).optional().describe('The item is made only if this holds'),
  repeat: keysOf(REPEATS).optional().describe('The item is made once for each element'),
  get children() {
    return z.array(itemSchema).optional();
  },
});

export type TemplateItem = z.infer<typeof itemSchema>;
export type TemplateCode = z.infer<typeof codeSchema>;

/** A code as a template writes it, as a DICOM code. */
export const codeOf = ([CodeValue, CodingSchemeDesignator, CodeMeaning]: TemplateCode): Code => ({
  CodeValue,
  CodingSchemeDesignator,
  CodeMeaning,
});
