/** Names of lesions: when two of them may be one, and when they certainly tell apart. */

/** Case, separators and the gap before a number do not tell lesions apart: `GTV-1`, `gtv_1` and `GTV1` are one name. */
export const foldedName = (name: string | undefined): string =>
  (name ?? '')
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s_.-]+/g, ' ')
    .replaceAll(/(?<=\p{L})(?=\d)/gu, ' ')
    .trim();

/** Words that any lesion is called by; they say neither where it is nor which of several. */
const GENERIC = /^(i?gtv|tumou?r|lesion|nodule|target|mass)( 0*1)?$/;
/** A number other than 1 counts lesions, so `GTV` and `GTV-2` may be two. */
const OTHER_NUMBER = /\d+/g;

const isGeneric = (names: readonly string[]): boolean => names.every((name) => GENERIC.test(name));
const countsOthers = (names: readonly string[]): boolean =>
  names.some((name) => (name.match(OTHER_NUMBER) ?? []).some((digits) => Number(digits) !== 1));

/**
 * True when the folded names of two regions do not speak against one lesion: one side is named by nothing but generic words,
 * and the other carries no number but 1. A region without a name says nothing.
 */
export const mayBeOneLesion = (a: readonly string[], b: readonly string[]): boolean =>
  (isGeneric(a) && !countsOthers(b)) || (isGeneric(b) && !countsOthers(a));
