/** Writes docs/FAULTS.md from the tables of the program: `node --import tsx test/support/write-faults.ts`. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hexStatus } from '../../adapters/dimse/status.ts';
import { storeStatus } from '../../src/dicom/store-status.ts';
import { FAULTS, Fault, type FaultCode } from '../../src/fault.ts';
import { REASON_CODES } from '../../src/study/reasons.ts';

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const faultRows = Object.entries(FAULTS).map(([code, { disposition, sentence, remedy }]) => [
  `\`${code}\``,
  disposition,
  sentence,
  remedy,
  `\`${hexStatus(storeStatus(new Fault(code as FaultCode)))}\``,
]);
const reasonRows = Object.entries(REASON_CODES).map(([code, meaning]) => [`\`${code}\``, meaning]);

const document = `# Faults and reasons

Every failure that Earshot shows, logs or keeps with a case has one of these codes. A code is never reused for another
meaning. Details beside a code name files, places, counts and statuses, never values of a patient.

## Faults

The disposition says whose turn it is:

- **refuse**: the sender's or the user's mistake. It is told at once and nothing is tried again.
- **retry**: the world's mistake (a full disk, a peer that is down). Earshot tries again by itself, later and later.
- **hold**: a person must look. The case waits as \`held\`, with the code as its reason.

The status is what the sender of a C-STORE hears when the fault meets its object
([PS3.4 table B.2-1](https://dicom.nema.org/medical/dicom/current/output/chtml/part04/sect_B.2.3.html)); its Error Comment begins
with the code. On the command line a fault ends the program with status 1, \`USAGE\` with status 2.

${table(['Code', 'Disposition', 'What it means', 'What to do', 'C-STORE status'], faultRows)}

## Reasons of a case

Why a case waits, is held or is not scored. Faults that hold a case stand there under their own code.

${table(['Code', 'What it means'], reasonRows)}
`;

writeFileSync(fileURLToPath(new URL('../../docs/FAULTS.md', import.meta.url)), document);
