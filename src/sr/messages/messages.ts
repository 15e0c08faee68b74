/** Every sentence that a report or its picture says, by language. Numbers come formatted; foreign text comes clipped. */
import type { Finding } from '../../eligibility/finding.ts';
import type { ClassicResult } from '../../model/classic.ts';
import type { Category, NormalisationState, ScoreResult } from '../../model/score-result.ts';
import type { TargetChoice } from '../report.ts';

export type Messages = Readonly<{
  /** RFC 5646, with its meaning in English as CodeMeaning has it */
  languageCode: Readonly<{ value: string; meaning: string }>;
  baseline: string;
  followUp: string;
  change: string;
  unknownDate: string;
  notComputable: string;

  verdict: Readonly<Record<Category, string>>;
  provisional: string;
  /** all in percent; `interval` undefined: there is none */
  probability(
    v: Readonly<{ verdict: string; probability: string; interval?: string | undefined; cutOff: string }>,
  ): string;
  interval(low: string, high: string): string;
  intervalSentence(interval: string): string;
  /** why the category is what it is, or why there is no probability */
  because(score: ScoreResult): string;
  noProbability(because: string): string;
  notEvaluable(because: string): string;
  progression: string;
  /** prevalence of the training set, in percent; the site's own beside it */
  trainedAt(percent: string): string;
  atSite(prevalence: string, probability: string): string;
  researchUse: string;
  /** what the view is, and that it is not the result of record */
  viewOnly: string;
  limits: string;
  supersedes(dates: string): string;

  delta(
    v: Readonly<{
      feature: string;
      delta: string;
      baseline: string;
      followUp: string;
      range?: readonly [string, string] | undefined;
    }>,
  ): string;
  rank(below: number, of: number): string;
  stability(v: Readonly<{ minimum: string; maximum: string; sd: string; pairs: number }>): string;
  lesion(
    v: Readonly<{
      name: string;
      /** mm3 and mm, baseline and follow-up */
      volume: readonly [string, string];
      diameter: readonly [string, string];
      shrinkage: string;
      dates: readonly [string, string];
      days: number | null;
    }>,
  ): string;
  target(choice: TargetChoice): string | undefined;
  unpaired(v: Readonly<{ baseline: number; followUp: number }>): string | undefined;
  growth(
    v: Readonly<{
      lesions: number;
      current: string;
      nadir: string;
      date: string;
      percent: string;
      mm: string;
    }>,
  ): string;
  notAssessed: string;
  /** earlier CTs that the growth was not compared with, by date */
  uncompared(dates: string): string;
  otherPoints(n: number): string;
  late(days: number, newer: string | null): string;
  trend(
    v: Readonly<{
      date: string;
      delta: string;
      probability?: string | undefined;
      category?: string | undefined;
    }>,
  ): string;
  thisTimePoint: string;

  normalisation(
    v: Readonly<{ state: NormalisationState; source: string; version: string; isUsed: boolean }>,
  ): string;
  quality(worst: Finding['outcome'], named: string): string;
  noFindings: string;
  finding(finding: Finding): string;
  check(finding: Finding): string;
  findingParts(finding: Finding): Readonly<Pick<Finding, 'check' | 'values'>>;
  baselineChoice(rule: string, because: string): string;
  unanswered: string;
  maskOrigin(
    v: Readonly<{
      label: string;
      kind: string;
      object: string;
      region: string;
      drawn: string | undefined;
      tool: string;
      author: string | undefined;
      /** a person said that this region is the lesion */
      isChosen: boolean;
      approval?: Readonly<{ status: string; by: string | undefined; on: string | undefined }> | undefined;
    }>,
  ): string;
  classicBecause(result: ClassicResult): string;
  /** the secondary model, in percent; without a probability `because` says why */
  classic(
    v: Readonly<{
      title: string;
      probability: string | undefined;
      interval: string | undefined;
      cutOff: string;
      verdict: string | undefined;
      because: string;
    }>,
  ): string;
}>;
