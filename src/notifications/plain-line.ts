/** Controls, line ends, and what turns the direction of writing or hides itself (Unicode TR 9, TR 36). */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** Text from outside as one short line: it can begin no header and no line of its own. */
export function plainLine(text: string, most = 120): string {
  const line = text
    .slice(0, 8 * most)
    .replace(UNSEEN, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  const characters = [...line];
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : line;
}
