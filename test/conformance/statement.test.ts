import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { conformanceStatement } from '../support/conformance-statement.ts';

it('docs/CONFORMANCE.md says what the program does: SOP classes, roles, transfer syntaxes, statuses', () => {
  const written = readFileSync(new URL('../../docs/CONFORMANCE.md', import.meta.url), 'utf8');
  expect(written).toBe(conformanceStatement());
});
