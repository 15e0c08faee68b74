/** Writes docs/TRACE.md from docs/hazards.yaml and the titles of the tests: `node --import tsx test/support/write-trace.ts`. */
import { writeFileSync } from 'node:fs';
import { readHazardLog } from './hazard-log.ts';
import { faultsOf, traceDocument } from './trace.ts';

const hazards = readHazardLog();
const faults = faultsOf(hazards);
if (faults.length > 0) {
  process.stderr.write(`${faults.join('\n')}\n`);
  process.exitCode = 1;
} else writeFileSync(new URL('../../docs/TRACE.md', import.meta.url), traceDocument(hazards));
