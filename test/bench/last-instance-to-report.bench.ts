/**
 * From the last instance of a follow-up to its report in the PACS, less the quiet period: two time points of 300 slices of
 * 512x512, the follow-up's RTSTRUCT sent last, the service as its own process built by `npm run build`.
 *
 *     node --import tsx test/bench/last-instance-to-report.bench.ts [--smoke]
 */
import { phantomPatient } from '../../src/demo/phantom.ts';
import { phantomObjects } from '../../src/demo/phantom-dicom.ts';
import { largeTimePoint } from '../support/large-time-point.ts';
import { sendTo, startService } from '../support/running-service.ts';
import { until } from '../support/until.ts';

const isSmoke = process.argv.includes('--smoke');
const SIZE = isSmoke ? ([128, 128, 60] as const) : ([512, 512, 300] as const);
const QUIET_SECONDS = 1;
const GOAL_SECONDS = 2;

const print = (line: string) => process.stdout.write(`${line}\n`);
const patient = phantomPatient(7, 0);
await using running = await startService(
  { completeness: { quietPeriodSeconds: QUIET_SECONDS } },
  undefined,
  'shipped',
);
const { service } = running;
const waits: number[] = [];
for (const [run, kind] of (['baseline', 'followUp'] as const).entries()) {
  const timePoint = {
    ...patient[kind],
    ...largeTimePoint(String(run).padStart(64, '0'), SIZE),
    maskKind: 'RTSTRUCT' as const,
  };
  const { StudyInstanceUID, ct, mask } = phantomObjects(patient, timePoint);
  await sendTo(service, ct);
  await sendTo(service, [mask]);
  const last = performance.now();
  if (kind === 'baseline') {
    await running.inState(StudyInstanceUID, 'waitingForBaseline');
    continue;
  }
  await until('the report', async () => running.arrived(StudyInstanceUID)[0], {
    withinMs: 120_000,
    everyMs: 5,
  });
  waits.push((performance.now() - last) / 1000 - QUIET_SECONDS);
}
const [wait = Number.NaN] = waits;
print(`time points       2 of ${SIZE[2]} slices of ${SIZE[0]}x${SIZE[1]}, RTSTRUCT last`);
print(`last instance to report in the PACS, less the quiet period: ${wait.toFixed(2)} s`);
print(`goal              under ${GOAL_SECONDS} s: ${wait < GOAL_SECONDS ? 'met' : 'MISSED'}`);
