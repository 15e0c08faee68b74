/** What is wrong with the text of a rule file, what its examples do, and what its rules say: while a person types. */
import { digestOf } from '../dicom/uid.ts';
import { eligibilityExampleResults } from '../eligibility/evaluate.ts';
import { type EligibilityRules, eligibilityRulesSchema } from '../eligibility/rule.ts';
import { roiExampleResults } from '../masks/roi-examples.ts';
import { type RoiRules, roiRulesSchema } from '../masks/roi-rules.ts';
import { baselineExampleResults } from '../matching/examples.ts';
import { type BaselineRules, baselineRulesSchema } from '../matching/rule.ts';
import { isQuickOn, MAX_NAME_CHARACTERS, MAX_TEXT_CHARACTERS, patternFault } from './rule-limits.ts';
import {
  baselineSentences,
  eligibilitySentences,
  type RuleSentence,
  roiSentences,
} from './rule-sentences.ts';
import { type CheckedYaml, checkYaml, type YamlProblem } from './yaml.ts';

export const RULE_FILES = ['baseline', 'eligibility', 'roi'] as const;
export type RuleFile = (typeof RULE_FILES)[number];
export type RulesByFile = Readonly<{
  baseline: BaselineRules;
  eligibility: EligibilityRules;
  roi: RoiRules;
}>;

type ExampleRun = Readonly<{
  /** id of the rule, or title of the example */
  rule: string;
  /** from 1, of its rule */
  example: number;
  expected: string;
  got: string;
  passes: boolean;
}>;

export type RuleCheck = Readonly<{
  /** it is YAML, every key and value is one we know, and nothing in it takes long; false: no examples were run */
  isValid: boolean;
  problems: readonly YamlProblem[];
  examples: readonly ExampleRun[];
  rules: readonly RuleSentence[];
  sha256: string;
}>;

/** Rules of a text that is valid, whether or not their examples pass; else its problems. Never throws. */
export function parseRules<File extends RuleFile>(which: File, text: string): CheckedYaml<RulesByFile[File]> {
  if (text.length > MAX_TEXT_CHARACTERS) {
    const message = `The text has more than ${MAX_TEXT_CHARACTERS / 1024} KiB.`;
    return { isValid: false, problems: [{ line: 0, column: 0, path: '', message }] };
  }
  if (isTooDeep(text)) {
    return {
      isValid: false,
      problems: [{ line: 0, column: 0, path: '', message: 'It is nested too deeply.' }],
    };
  }
  const schema = BOUNDED[which];
  return checkYaml<RulesByFile[File]>(text, schema as never, { maxAliasCount: MOST_ALIASES });
}

/** Never throws, and takes no longer than a person who types will wait: what would take longer is a problem of the text. */
export function checkRules(which: RuleFile, text: string): RuleCheck {
  const sha256 = digestOf(text);
  const parsed = parseRules(which, text);
  if (!parsed.isValid) {
    const problems = parsed.problems.slice(0, MOST_PROBLEMS);
    return { isValid: false, problems, examples: [], rules: [], sha256 };
  }
  return { isValid: true, problems: [], ...said(which, parsed.value), sha256 };
}

/** Reading nested brackets takes the square of their number. Those in quoted texts and comments count too. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1;
    if (depth > MOST_BRACKETS) return true;
  }
  return /(?:[-?:][ \t]+){50}/.test(text);
}
const MOST_BRACKETS = 100;

const MOST_PROBLEMS = 50;
/** Files that are shipped have none. */
const MOST_ALIASES = 10;
const MOST_EXAMPLES = 500;
const MOST_STUDIES = 50;
const MOST_REGIONS = 100;

function said(which: RuleFile, rules: unknown): Pick<RuleCheck, 'examples' | 'rules'> {
  if (which === 'baseline') {
    const of = rules as BaselineRules;
    return { examples: baselineExampleResults(of), rules: baselineSentences(of) };
  }
  if (which === 'eligibility') {
    const of = rules as EligibilityRules;
    return { examples: eligibilityExampleResults(of), rules: eligibilitySentences(of) };
  }
  const of = rules as RoiRules;
  const examples = roiExampleResults(of).map(({ title, ...result }, at) => ({
    rule: title,
    example: at + 1,
    ...result,
  }));
  return { examples, rules: roiSentences(of) };
}

type Report = (path: PropertyKey[], message: string) => void;

/** The schemas of the files, and that nothing in them takes long. */
const BOUNDED = {
  baseline: baselineRulesSchema.superRefine((rules, context) =>
    boundBaseline(rules, (path, message) => context.addIssue({ code: 'custom', path, message })),
  ),
  eligibility: eligibilityRulesSchema,
  roi: roiRulesSchema.superRefine((rules, context) =>
    boundRoi(rules, (path, message) => context.addIssue({ code: 'custom', path, message })),
  ),
} as const;

function boundBaseline({ rules }: BaselineRules, report: Report): void {
  const examples = rules.flatMap((rule) => rule.examples);
  if (examples.length > MOST_EXAMPLES) report(['rules'], `more than ${MOST_EXAMPLES} examples`);
  rules.forEach((rule, at) => {
    rule.examples.forEach(({ studies }, example) => {
      if (studies.length > MOST_STUDIES)
        report(['rules', at, 'examples', example, 'studies'], `more than ${MOST_STUDIES} studies`);
    });
  });
}

function boundRoi(rules: RoiRules, report: Report): void {
  const { examples } = rules;
  for (const key of ['include', 'exclude'] as const) {
    rules[key].forEach((pattern, at) => {
      const fault = patternFault(pattern);
      if (fault !== undefined) report([key, at], fault);
    });
  }
  if (examples.length > MOST_EXAMPLES) report(['examples'], `more than ${MOST_EXAMPLES} examples`);
  examples.forEach(({ regions }, at) => {
    if (regions.length > MOST_REGIONS)
      report(['examples', at, 'regions'], `more than ${MOST_REGIONS} regions`);
    if (regions.some(({ name }) => name.length > MAX_NAME_CHARACTERS))
      report(['examples', at, 'regions'], `a name has more than ${MAX_NAME_CHARACTERS} characters`);
  });
  const names = examples.flatMap(({ regions }) => regions.map(({ name }) => name));
  if (!isQuickOn(rules, names)) report(['examples'], 'patterns and examples take too long together');
}
