import { expect, it } from 'vitest';
import { loadMigrations } from '../../../src/startup/load.ts';

/** From here on several processes run on one database, of two versions while it is upgraded. */
const FIRST = 18;
/** What the version before would fall over. */
const TAKES_AWAY = /\b(DROP\s+(TABLE|COLUMN)|RENAME|ALTER\s+COLUMN|SET\s+NOT\s+NULL)\b/i;
const ADDS_WITHOUT_DEFAULT = /ADD\s+COLUMN\s+"\w+"\s+\w+\s+NOT\s+NULL(?!\s+DEFAULT)/i;

const later = loadMigrations().filter(({ version }) => version >= FIRST);

it.each(later)('migration $version leaves what the version before works with', ({ text }) => {
  expect(text).not.toMatch(TAKES_AWAY);
  expect(text).not.toMatch(ADDS_WITHOUT_DEFAULT);
});
