/** Numbers and foreign text as the report shows them. */
import type { FittedModel } from '../../model/fitted-model.ts';
import { oneLine } from '../../picture/svg-text.ts';
import type { AucEstimate, Interval, Proportion } from '../evaluate/evaluation.ts';
import type { ClassifierName, SelectorName } from '../record.ts';

const LONGEST = 120;

/** Foreign text (names of cases, sites, scanners, features) on one line, without control characters and direction marks, at most `most` characters. */
export function plain(text: string, most = LONGEST): string {
  const characters = [...oneLine(text)];
  return characters.length <= most ? characters.join('') : `${characters.slice(0, most - 1).join('')}…`;
}

const fixed = (value: number, decimals: number): string => {
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace('-', '') : text;
};

/** As the paper's tables have it, to be laid beside them. */
export const three = (value: number): string => fixed(value, 3);

/** Two decimals: no interval of a cohort of hundreds is known better. On one line. */
export const intervalText = ([low, high]: Interval): string =>
  `${fixed(low, 2)}\u00a0to\u00a0${fixed(high, 2)}`;

export const percent = (fraction: number): string => `${fixed(100 * fraction, 1)} %`;

/** Two significant digits. */
export const pText = (p: number): string => (p < 0.001 ? '< 0.001' : String(Number(p.toPrecision(2))));

/** So many decimals that the standard error has two significant digits, six at most; without one four significant digits. */
export function estimateText(value: number, se: number | null): string {
  if (se === null || !(se > 0)) return String(Number(value.toPrecision(4)));
  return fixed(value, Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(se)))));
}

/** The interval to trust: of resampled patients where they are known, on the logit scale otherwise. */
export function trusted(auc: AucEstimate): Readonly<{ interval: Interval; method: string }> {
  if (auc.patientBootstrap) return { interval: auc.patientBootstrap.interval, method: 'patients resampled' };
  return auc.logit
    ? { interval: auc.logit, method: 'DeLong on the logit scale' }
    : { interval: auc.delong, method: 'DeLong' };
}

export const aucText = (auc: AucEstimate): string =>
  `${three(auc.auc)} (${intervalText(trusted(auc).interval)})`;

/** `45/67 = 0.672 (0.55 to 0.77)` */
export const proportionText = (proportion: Proportion): string =>
  proportion === null
    ? 'none in the denominator'
    : `${proportion.x}/${proportion.n} = ${three(proportion.value)} (${intervalText(proportion.wilson)})`;

export const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

export const RESISTANT = 'resistance (label 1)';
export const OTHERS = 'no resistance (label 0)';

export const SELECTOR_WORDS: Readonly<Record<SelectorName, string>> = {
  ANOVA: 'ANOVA',
  KW: 'Kruskal-Wallis',
  RFE: 'RFE',
  Relief: 'Relief',
};

export const CLASSIFIER_WORDS: Readonly<Record<ClassifierName, string>> = {
  LR_none: 'logistic regression',
  SVM: 'linear SVM',
  LR_L2: 'logistic regression, L2',
};

const DEFINITION_WORDS: Readonly<Record<FittedModel['definition'], string>> = {
  followUpAlone: 'the follow-up alone (classic radiomics)',
  followUpMinusBaseline: 'follow-up minus reference (delta radiomics, as the paper defines it)',
  relativeChange: 'change relative to the reference',
  logRatio: 'logarithm of follow-up over reference',
  changePerMonth: 'change per month since the reference',
};
const REFERENCE_WORDS: Readonly<Record<FittedModel['reference'], string>> = {
  baseline: 'the baseline',
  previous: 'the previous examination',
  nadir: 'the nadir',
};

export const scoredText = ({
  definition,
  reference,
}: Pick<FittedModel, 'definition' | 'reference'>): string =>
  definition === 'followUpAlone'
    ? DEFINITION_WORDS[definition]
    : `${DEFINITION_WORDS[definition]}; the reference is ${REFERENCE_WORDS[reference]}`;

export function classifierText({ classifier }: Pick<FittedModel, 'classifier'>): string {
  if (classifier.kind === 'linearSVC')
    return `linear support vector machine, C = ${classifier.C}, with probabilities by Platt's method`;
  return classifier.C === null
    ? 'logistic regression without a penalty'
    : `logistic regression, L2 penalty, C = ${classifier.C}`;
}
