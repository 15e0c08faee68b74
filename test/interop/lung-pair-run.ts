/** What `test/interop/lung-pair` runs: prints each figure beside what was expected; exit status 1 when one is off. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  expectedProbability,
  expectedValues,
  lungPairWorld,
  NORMALISATION,
  objections,
  QUIET_PERIOD_SECONDS,
} from '../support/lung-pair.ts';
import { reportValues } from '../support/report-values.ts';

const reference = process.argv[2] ?? '../shared/reference';
let failures = 0;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
function check(what: string, isRight: boolean, seen: string): void {
  if (!isRight) failures += 1;
  say(`${isRight ? 'ok  ' : 'FAIL'}  ${what}: ${seen}`);
}
function checkNumber(what: string, value: number | undefined, expected: number): void {
  const error = Math.abs((value ?? Number.NaN) - expected);
  check(what, error < 1e-9, `${value}, expected ${expected}, off by ${error.toExponential(1)}`);
}

await using world = await lungPairWorld({ reference, normalised: true, from: 'built' });
say(`Earshot listens on DIMSE port ${world.earshotAt.port}, Orthanc on ${world.orthanc.dicomPort}.`);
say(
  `Normalisation for this run: mean ${NORMALISATION.mean}, sd ${NORMALISATION.sd} (${NORMALISATION.source}).`,
);

const begin = performance.now();
await world.send('baseline');
await world.send('followup');
const sent = performance.now();
say(`Both time points sent in ${((sent - begin) / 1000).toFixed(2)} s.`);
const report = await world.report();
const late = (performance.now() - sent) / 1000 - QUIET_PERIOD_SECONDS;
check(
  'from the last instance to the report in the PACS, less the quiet period',
  late < 2,
  `${late.toFixed(2)} s`,
);

const complaints = await objections(report);
check('dciodvfy and dsrdump', complaints.length === 0, complaints.join('; ') || 'no objection');

const expected = expectedValues(reference);
const values = reportValues(report);
checkNumber('baseline', values.baseline, expected.baseline);
checkNumber('follow-up', values.followUp, expected.followUp);
checkNumber('delta', values.delta, expected.delta);
checkNumber('probability', values.probability, expectedProbability(expected.delta));
say(`      category: ${values.category}`);

await world.send('followup');
await world.send('baseline');
await pause((QUIET_PERIOD_SECONDS + 3) * 1000);
const { size } = await world.reports();
check('reports in the PACS after everything was sent again', size === 1, String(size));

if (failures > 0) say(world.earshot.log());
process.exitCode = failures > 0 ? 1 : 0;
