/** Writes docs/CONFORMANCE.md from the tables of the program: `node --import tsx test/support/write-conformance.ts`. */
import { writeFileSync } from 'node:fs';
import { conformanceStatement } from './conformance-statement.ts';

writeFileSync(new URL('../../docs/CONFORMANCE.md', import.meta.url), conformanceStatement());
