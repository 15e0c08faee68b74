/** Rules as sentences, for people who do not read YAML. */
import { conditionInWords } from '../eligibility/explain.ts';
import type { EligibilityRule, EligibilityRules } from '../eligibility/rule.ts';
import type { RoiRules } from '../masks/roi-rules.ts';
import type { BaselineRule, BaselineRules } from '../matching/rule.ts';

export type RuleSentence = Readonly<{
  /** id of the rule, or key of the file */
  id: string;
  sentence: string;
  /** the clinical reason; '' where the file gives none */
  because: string;
}>;

export const baselineSentences = ({ rules }: BaselineRules): RuleSentence[] =>
  rules.map((rule) => ({ id: rule.id, sentence: baselineSentence(rule), because: rule.because }));

function baselineSentence({ take, among, mask }: BaselineRule): string {
  const masked = mask === 'required' ? ', only with a mask' : ', with or without a mask';
  if (take === 'designated') return `Takes the study that a person designated${masked}.`;
  const when =
    among === 'earlier' ? 'before the follow-up' : 'before the follow-up that are on or before the TKI start';
  return `Takes the ${take} of the eligible studies ${when}${masked}.`;
}

export const eligibilitySentences = ({ rules }: EligibilityRules): RuleSentence[] =>
  rules.map((rule) => ({ id: rule.id, sentence: eligibilitySentence(rule), because: rule.because }));

const SCOPES = { each: 'at each time point', pair: 'of both time points', case: 'of the case' } as const;

function eligibilitySentence({ check, scope, fact, hold, warn }: EligibilityRule): string {
  const effects = [
    ...(hold ? [`holds when ${conditionInWords(fact, hold)}`] : []),
    ...(warn ? [`warns when ${conditionInWords(fact, warn)}`] : []),
  ];
  const about = check.endsWith(SCOPES[scope]) ? check : `${check} ${SCOPES[scope]}`;
  return `${about}: ${effects.join('; ')}.`;
}

export function roiSentences(rules: RoiRules): RuleSentence[] {
  const codes = rules.codes.map(({ meaning, value, scheme }) =>
    meaning ? `“${meaning}”` : `${value} (${scheme})`,
  );
  const lines: readonly (readonly [keyof RoiRules, string])[] = [
    [
      'excludedInterpretedTypes',
      `Never a tumour by interpreted type: ${listed(rules.excludedInterpretedTypes)}.`,
    ],
    ['exclude', `Never a tumour by name: ${listed(rules.exclude)}.`],
    ['codes', `A tumour by code: ${listed([...new Set(codes)])}.`],
    ['interpretedTypes', `A tumour by interpreted type: ${listed(rules.interpretedTypes)}.`],
    ['include', `A tumour by name: ${listed(rules.include)}.`],
    [
      'acceptOnlyRegion',
      rules.acceptOnlyRegion
        ? 'A region that is the only one drawn is taken whatever its name.'
        : 'A region that is the only one drawn must say tumour like any other.',
    ],
    [
      'severalObjects',
      rules.severalObjects === 'hold'
        ? 'Several mask objects with tumours are held for a person.'
        : 'Of several mask objects with tumours the one that was certainly drawn last counts.',
    ],
    [
      'severalLesions',
      rules.severalLesions === 'measure'
        ? 'Several lesions that match are all measured.'
        : 'Several lesions that match are held for a person.',
    ],
  ];
  return lines.map(([id, sentence]) => ({ id, sentence, because: '' }));
}

const MOST_LISTED = 20;
function listed(words: readonly string[]): string {
  if (words.length === 0) return 'none';
  const rest = words.length - MOST_LISTED;
  return [...words.slice(0, MOST_LISTED), ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
}
