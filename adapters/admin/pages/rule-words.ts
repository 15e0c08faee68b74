/** Rule files and what dry runs say of them, in plain words. */
import type { Areas } from '../../../src/startup/operations.ts';
import { statusOf } from '../http-status.ts';
import type { Visit } from '../route.ts';

export type Rules = Areas['rules'];
export type RuleCheck = Awaited<ReturnType<Rules['check']['run']>>;
export type RuleFile = Awaited<ReturnType<Rules['read']['run']>>['which'];

/** In the order in which a case meets them. */
export const FILES = ['baseline', 'roi', 'eligibility'] as const satisfies readonly RuleFile[];
const isRuleFile = (name: string | undefined): name is RuleFile => FILES.some((file) => file === name);

export const FILE_WORDS: Readonly<Record<RuleFile, Readonly<{ name: string; about: string }>>> = {
  baseline: {
    name: 'Baseline',
    about: 'Which earlier study is the baseline of a follow-up. The first rule that takes a study decides.',
  },
  roi: { name: 'Region of interest', about: 'Which region of a mask is the tumour.' },
  eligibility: {
    name: 'Eligibility',
    about: 'What holds a case for a person, and what is only said in the report.',
  },
};

/** What was typed on the page of a rule file and is not saved. */
export type Typed = Readonly<{ which: RuleFile; text: string; basedOn: string; reason: string }>;

/** Of a form; undefined when it carries no text. Browsers send lines that end in CR and LF. */
export function typedIn({ fields }: Pick<Visit, 'fields'>): Typed | undefined {
  const { which, text, basedOn = '', reason = '' } = fields;
  if (!isRuleFile(which) || text === undefined) return undefined;
  return { which, text: text.replaceAll('\r\n', '\n'), basedOn, reason };
}

/** 256 KiB of text as a form writes it, with the rest of the form. */
export const MAX_TEXT_FORM_BYTES = 4 * 2 ** 20;

/** What a person may read of what was thrown; what nobody foresaw is thrown on. */
export function sentenceOf(thrown: unknown): string {
  const { fault } = statusOf(thrown);
  if (fault.code === 'INTERNAL') throw thrown;
  return fault.message;
}
