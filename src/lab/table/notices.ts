/** Sentences on the columns of a table. */
const MOST_NAMED = 10;
const LONGEST_NAME = 80;

/** `Columns that …: a, b.`, the first ten by name; none without names. */
export function columnsNotice(names: readonly string[], what: string): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, MOST_NAMED).map((name) => name.slice(0, LONGEST_NAME));
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return [`Columns that ${what}: ${shown.join(', ')}${more}.`];
}
