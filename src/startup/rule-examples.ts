import { fileNameOf, type RuleFile } from '../configuration/section.ts';
import { runEligibilityExamples } from '../eligibility/evaluate.ts';
import { Fault } from '../fault.ts';
import { failedRoiExamples } from '../masks/roi-examples.ts';
import { type ExampleFailure, runBaselineExamples } from '../matching/examples.ts';
import { parseRules } from '../rules/check-rules.ts';
import type { Rules } from './load.ts';
import { saidProblems } from './yaml.ts';

const inWords = ({ rule, example, expected, got }: ExampleFailure): string =>
  `${rule} example ${example}: expected ${expected}, got ${got}`;

/** Runs the examples that rules carry. Throws RULES_INVALID with those of the first file that does not keep its own. */
export function refuseFailedExamples({ baseline, eligibility, roi }: Rules): void {
  const failures = {
    'rules/baseline.yaml': runBaselineExamples(baseline.value).map(inWords),
    'rules/eligibility.yaml': runEligibilityExamples(eligibility.value).map(inWords),
    'rules/roi.yaml': failedRoiExamples(roi.value),
  };
  for (const [file, failed] of Object.entries(failures))
    if (failed.length > 0) throw new Fault('RULES_INVALID', `${file}: ${failed.join('; ')}`);
}

/** The name of a rule section as `check-rules.ts` knows it. */
const SHORT = {
  'rules/baseline': 'baseline',
  'rules/eligibility': 'eligibility',
  'rules/roi': 'roi',
} as const;

/** Throws RULES_INVALID for a text that would take long to read or to try; nothing of it is run before. */
export function refuseSlowRules(section: RuleFile, text: string): void {
  const parsed = parseRules(SHORT[section], text);
  if (!parsed.isValid)
    throw new Fault('RULES_INVALID', saidProblems(`rules/${fileNameOf(section)}`, parsed.problems));
}
