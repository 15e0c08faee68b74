/** Text that came from outside, as it may stand on a page: it changes nothing but what is read. */
import type { Html } from './html.ts';

/** Longer values are cut: a description of 64 KB is no description. */
const MAX_CHARACTERS = 200;
/** Controls, and what turns the direction of writing or hides itself (Unicode TR 9, TR 36). */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** What cannot be seen stands as its code point, and what is too long ends in an ellipsis. */
export function visible(value: string, most = MAX_CHARACTERS): string {
  const cut = value.length > most ? `${[...value.slice(0, most)].slice(0, most - 1).join('')}…` : value;
  return cut.replace(
    UNSEEN,
    (character) => `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
}

/** A value of a header or of a peer, in a direction of its own; a dash for none. */
export const Shown = ({ value, most }: { value: string | null | undefined; most?: number }): Html =>
  value === null || value === undefined || value === '' ? (
    <span class="none">–</span>
  ) : (
    <bdi>{visible(value, most)}</bdi>
  );
