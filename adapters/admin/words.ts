/** States and results in plain words, with the tone that a badge has. */
import type { StudyState } from '../../src/study/lifecycle.ts';

type Tone = 'ok' | 'warning' | 'failed' | 'waiting' | 'off';

export const STATE_WORDS: Readonly<Record<StudyState, Readonly<{ word: string; tone: Tone }>>> = {
  receiving: { word: 'receiving', tone: 'waiting' },
  complete: { word: 'complete', tone: 'waiting' },
  waitingForBaseline: { word: 'waiting for baseline', tone: 'waiting' },
  waitingForMask: { word: 'waiting for mask', tone: 'waiting' },
  held: { word: 'held for a person', tone: 'warning' },
  notEligible: { word: 'not eligible', tone: 'off' },
  ready: { word: 'ready', tone: 'waiting' },
  scoring: { word: 'scoring', tone: 'waiting' },
  reported: { word: 'reported', tone: 'ok' },
  delivering: { word: 'delivering', tone: 'waiting' },
  delivered: { word: 'delivered', tone: 'ok' },
  failed: { word: 'failed', tone: 'failed' },
  deliveryFailed: { word: 'delivery failed', tone: 'failed' },
};

const NEXT_WORDS = {
  fetch: 'archives are asked',
  delivery: 'delivery is tried',
  maskRequest: 'mask is asked for',
  expiry: 'is given up',
} as const;
/** The beginning of a sentence that ends with a moment. */
const AHEAD_WORDS: Readonly<Record<keyof typeof NEXT_WORDS, string>> = {
  fetch: 'Archives are asked for earlier studies at',
  delivery: 'Delivery is tried again at',
  maskRequest: 'Annotators are asked for a mask at',
  expiry: 'Without what it waits for, the case is given up at',
};
export const aheadWord = (what: keyof typeof NEXT_WORDS): string => AHEAD_WORDS[what];

export const nextWord = (what: keyof typeof NEXT_WORDS): string => NEXT_WORDS[what];

const CATEGORY_WORDS: Readonly<Record<string, string>> = {
  positive: 'positive',
  negative: 'negative',
  indeterminate: 'indeterminate',
  notEvaluable: 'not evaluable',
};
export const categoryWord = (category: string): string => CATEGORY_WORDS[category] ?? category;

/** 20260302 as 2026-03-02; what is no date stays as it is. */
export const dayOf = (da: string): string =>
  /^\d{8}$/.test(da) ? `${da.slice(0, 4)}-${da.slice(4, 6)}-${da.slice(6)}` : da;

/** 131502.25 as 13:15:02; what is no time stays as it is. */
export const timeOf = (tm: string): string => {
  const [, hours, minutes, seconds] = /^(\d{2})(\d{2})(\d{2})?(?:\.\d{1,6})?$/.exec(tm) ?? [];
  return hours ? [hours, minutes, seconds].filter(Boolean).join(':') : tm;
};

/** A number with so many digits that they mean something. */
export const figure = (value: number | null | undefined, digits = 3): string =>
  value === null || value === undefined ? '–' : value.toPrecision(digits);
