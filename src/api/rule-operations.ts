/** Rules in the browser and by the API: read, check while typing, save, try on what is here. */
import { z } from 'zod';
import { digestOf, isUid } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import { type DryRunFileNeeds, dryRunFile, MAX_DROPPED_BYTES } from '../pipeline/dry-run-file.ts';
import { type DryRunNeeds, type DryRunRules, dryRunStudy } from '../pipeline/dry-run-study.ts';
import {
  checkRules,
  parseRules,
  RULE_FILES,
  type RuleCheck,
  type RuleFile,
  type RulesByFile,
} from '../rules/check-rules.ts';
import { MAX_TEXT_CHARACTERS } from '../rules/rule-limits.ts';
import { dryRunOfFile, dryRunOfStudy } from './dry-run-shapes.ts';
import { operation } from './operation.ts';

export type RuleOperationNeeds = Readonly<{
  world: DryRunNeeds;
  /** the rules in use */
  rules: () => DryRunRules;
  /** their texts */
  texts: () => Readonly<Record<RuleFile, string>>;
  /** Keeps a new text with who and why, and puts it into use. Faults: CHANGE_CONFLICT when `basedOn` is not what stands there. */
  change: (
    which: RuleFile,
    text: string,
    about: Readonly<{ author: string; reason: string; source: 'browser' | 'token'; basedOn: string }>,
  ) => Promise<Readonly<{ state: 'inUse' | 'waitsForApproval' }>>;
  files: DryRunFileNeeds;
}>;

const which = z.enum(RULE_FILES);
const text = z.string().max(MAX_TEXT_CHARACTERS, 'at most 256 KiB');
const texts = z
  .strictObject({ baseline: text.optional(), eligibility: text.optional(), roi: text.optional() })
  .default({})
  .describe('candidate texts; a file that is left out is as it is in use');
const uid = z.string().refine(isUid, 'a UID');
export const changeReason = z
  .string()
  .trim()
  .min(3, 'why, in at least 3 characters')
  .max(500)
  .describe('why, or the number of a ticket; it stands in the history');

const problem = z.strictObject({
  line: z.number(),
  column: z.number(),
  path: z.string(),
  message: z.string(),
});
const example = z.strictObject({
  rule: z.string(),
  example: z.number(),
  expected: z.string(),
  got: z.string(),
  passes: z.boolean(),
});
const checked = z.strictObject({
  isValid: z.boolean(),
  problems: z.array(problem).readonly(),
  examples: z.array(example).readonly(),
  rules: z.array(z.strictObject({ id: z.string(), sentence: z.string(), because: z.string() })).readonly(),
  sha256: z.string(),
}) satisfies z.ZodType<RuleCheck>;
const listed = z.strictObject({
  which,
  text: z.string(),
  sha256: z.string(),
  examples: z.number(),
  failing: z.number(),
});

export function ruleOperations(needs: RuleOperationNeeds) {
  const listOf = (file: RuleFile): z.infer<typeof listed> => {
    const { examples, sha256 } = checkRules(file, needs.texts()[file]);
    const failing = examples.filter(({ passes }) => !passes).length;
    return { which: file, text: needs.texts()[file], sha256, examples: examples.length, failing };
  };
  return {
    list: operation({
      id: 'rules.list',
      method: 'GET',
      path: '/rules',
      role: 'viewer',
      changes: false,
      summary: 'The rule files with their texts, digests and how many of their examples fail',
      input: z.strictObject({}),
      output: z.array(listed),
      run: async () => RULE_FILES.map(listOf),
    }),
    read: operation({
      id: 'rules.read',
      method: 'GET',
      path: '/rules/{which}',
      role: 'viewer',
      changes: false,
      summary: 'One rule file with its text and the check of it',
      input: z.strictObject({ which }),
      output: z.strictObject({ which, text: z.string(), check: checked }),
      run: async (input) => ({
        which: input.which,
        text: needs.texts()[input.which],
        check: checkRules(input.which, needs.texts()[input.which]),
      }),
    }),
    check: operation({
      id: 'rules.check',
      method: 'POST',
      path: '/rules/{which}/check',
      role: 'viewer',
      changes: false,
      summary: 'Checks a text and runs its examples; nothing is kept',
      input: z.strictObject({ which, text }),
      output: checked,
      run: async (input) => checkRules(input.which, input.text),
    }),
    change: operation({
      id: 'rules.change',
      method: 'PUT',
      path: '/rules/{which}',
      role: 'administrator',
      changes: true,
      summary: 'Saves a rule file that is valid and keeps all of its examples',
      input: z.strictObject({
        which,
        text,
        reason: changeReason,
        basedOn: z.string().describe('sha256 of the text that was changed'),
      }),
      output: z.strictObject({ state: z.enum(['inUse', 'waitsForApproval']), sha256: z.string() }),
      subject: (input) => ({ kind: 'rule', id: input.which }),
      run: async (input, { name: author, via: source }) => {
        const { isValid, problems, examples, sha256 } = checkRules(input.which, input.text);
        if (!isValid) throw new Fault('RULES_INVALID', problems.map(placed).join('; '));
        const failing = examples.filter(({ passes }) => !passes);
        if (failing.length > 0) throw new Fault('RULES_INVALID', failing.map(saidFailing).join('; '));
        const before = digestOf(needs.texts()[input.which]);
        if (before !== input.basedOn) throw new Fault('CHANGE_CONFLICT');
        if (before === sha256) throw new Fault('CHANGE_EMPTY');
        const { reason, basedOn } = input;
        const about = { author, reason, source, basedOn };
        const { state } = await needs.change(input.which, input.text, about);
        return { state, sha256 };
      },
    }),
    dryRunStudy: operation({
      id: 'rules.dryRunStudy',
      method: 'POST',
      path: '/rules/dry-run/study',
      role: 'operator',
      changes: false,
      isAudited: true,
      summary: 'What rules would make of a study that is here; nothing is changed or sent',
      input: z.strictObject({ StudyInstanceUID: uid, texts }),
      output: dryRunOfStudy,
      subject: (input) => ({ kind: 'case', id: input.StudyInstanceUID }),
      run: async (input) =>
        dryRunStudy(needs.world, input.StudyInstanceUID, candidate(needs.rules(), input.texts)),
    }),
    dryRunFile: operation({
      id: 'rules.dryRunFile',
      method: 'POST',
      path: '/rules/dry-run/file',
      maxBytes: 96 * 2 ** 20,
      role: 'operator',
      changes: false,
      isAudited: true,
      summary: 'What would become of a DICOM file, were it sent; nothing is kept',
      input: z.strictObject({
        content: z
          .string()
          .max(Math.ceil(MAX_DROPPED_BYTES / 3) * 4, 'at most 64 MiB')
          .regex(/^[A-Za-z0-9+/]*={0,2}$/, 'base64')
          .describe('the file in base64'),
        texts,
      }),
      output: dryRunOfFile,
      run: async (input) => {
        const bytes = Buffer.from(input.content, 'base64');
        const signal = AbortSignal.timeout(DESCRIBE_WITHIN_MS);
        return dryRunFile(needs.files, bytes, candidate(needs.rules(), input.texts), signal);
      },
    }),
  } as const;
}

const DESCRIBE_WITHIN_MS = 60_000;

const placed = ({ line, column, path, message }: z.infer<typeof problem>): string =>
  `${line}:${column} ${path === '' ? message : `${path}: ${message}`}`;

const saidFailing = ({ rule, example: number, expected, got }: z.infer<typeof example>): string =>
  `${rule} example ${number}: expected ${expected}, got ${got}`;

/** The rules in use, with the candidate texts in the place of theirs. Faults: RULES_INVALID. */
export function candidate(
  inUse: DryRunRules,
  given: Readonly<{ [File in RuleFile]?: string | undefined }>,
): DryRunRules {
  return {
    baseline: digested('baseline', given.baseline) ?? inUse.baseline,
    eligibility: digested('eligibility', given.eligibility) ?? inUse.eligibility,
    roi: digested('roi', given.roi) ?? inUse.roi,
  };
}

function digested<File extends RuleFile>(
  file: File,
  given: string | undefined,
): Readonly<{ value: RulesByFile[File]; sha256: string }> | undefined {
  if (given === undefined) return undefined;
  const parsed = parseRules(file, given);
  if (!parsed.isValid)
    throw new Fault('RULES_INVALID', `${file}.yaml: ${parsed.problems.map(placed).join('; ')}`);
  return { value: parsed.value, sha256: digestOf(given) };
}
