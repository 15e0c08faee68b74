import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../src/dicom/uid.ts';
import { seededRandom } from '../../src/model/random.ts';
import { whyNotInstalled } from '../support/installed.ts';
import {
  expectedProbability,
  expectedValues,
  filesBelow,
  type LungPairWorld,
  lungPairWorld,
  objections,
  QUIET_PERIOD_SECONDS,
} from '../support/lung-pair.ts';
import { describeWithReference } from '../support/reference.ts';
import { reportValues } from '../support/report-values.ts';
import { acknowledged, storescuAttempt } from '../support/storescu.ts';
import { until } from '../support/until.ts';

/** Longer than the quiet period by what a second report would need to appear. */
const LONG_ENOUGH_FOR_ANOTHER = (QUIET_PERIOD_SECONDS + 3) * 1000;

const missing = whyNotInstalled('storescu', 'Orthanc', 'dciodvfy', 'dsrdump');

describeWithReference('a real lung cancer at two time points, through a real PACS', (reference) => {
  describe.skipIf(missing)(missing ?? 'storescu to Earshot to Orthanc', () => {
    const expected = expectedValues(reference || '../shared/reference');

    function expectTheNumbers(bytes: Uint8Array): void {
      const values = reportValues(bytes);
      expect(Math.abs(values.baseline! - expected.baseline)).toBeLessThan(1e-9);
      expect(Math.abs(values.followUp! - expected.followUp)).toBeLessThan(1e-9);
      expect(Math.abs(values.delta! - expected.delta)).toBeLessThan(1e-9);
    }

    async function expectOneReportOnly(world: LungPairWorld): Promise<void> {
      await pause(LONG_ENOUGH_FOR_ANOTHER);
      expect((await world.reports()).size, world.earshot.log()).toBe(1);
    }

    test('baseline, then follow-up: one report, exact, without an objection of dciodvfy or dsrdump', async () => {
      await using world = await lungPairWorld({ reference, normalised: true });
      await world.send('baseline');
      await world.send('followup');
      const sent = performance.now();
      const report = await world.report();
      const seconds = (performance.now() - sent) / 1000 - QUIET_PERIOD_SECONDS;
      process.stdout.write(`last instance to report, less the quiet period: ${seconds.toFixed(2)} s\n`);
      expectTheNumbers(report);
      const { probability, delta } = reportValues(report);
      expect(probability).toBeCloseTo(expectedProbability(delta!), 9);
      expect(await objections(report)).toEqual([]);
      await expectOneReportOnly(world);
    });

    test('everything sent again makes no second report', async () => {
      await using world = await lungPairWorld({ reference, normalised: true });
      for (const timePoint of ['baseline', 'followup'] as const) await world.send(timePoint);
      const report = await world.report();
      for (const timePoint of ['followup', 'baseline'] as const) await world.send(timePoint);
      await expectOneReportOnly(world);
      expect(await world.report()).toEqual(report);
    });

    test('follow-up, then baseline: the same numbers', async () => {
      await using world = await lungPairWorld({ reference, normalised: true });
      await world.send('followup');
      await pause((QUIET_PERIOD_SECONDS + 1) * 1000);
      expect((await world.reports()).size).toBe(0);
      await world.send('baseline');
      expectTheNumbers(await world.report());
      await expectOneReportOnly(world);
    });

    test.each(['baseline', 'followup'] as const)('an RTSTRUCT of the %s long after its CT', async (late) => {
      await using world = await lungPairWorld({ reference, normalised: true });
      for (const timePoint of ['baseline', 'followup'] as const) {
        await world.send(timePoint, late === timePoint ? 'ct' : undefined);
      }
      await pause((QUIET_PERIOD_SECONDS + 2) * 1000);
      expect((await world.reports()).size).toBe(0);
      await world.send(late, 'rs.dcm');
      expectTheNumbers(await world.report());
      await expectOneReportOnly(world);
    });

    test('each object over an association of its own', async () => {
      await using world = await lungPairWorld({ reference, normalised: true });
      await world.sendOneByOne('baseline');
      await world.sendOneByOne('followup');
      expectTheNumbers(await world.report());
      await expectOneReportOnly(world);
    });

    test('a report that the PACS sends back starts nothing', async () => {
      await using world = await lungPairWorld({ reference, normalised: true, reportsComeBack: true });
      await world.send('baseline');
      await world.send('followup');
      expectTheNumbers(await world.report());
      await until('the PACS to have sent the report back', async () =>
        (await world.orthanc.finishedTransfers()) > 0 ? true : undefined,
      );
      await expectOneReportOnly(world);
    });

    test('without a normalisation the report has the delta and says that there is no probability', async () => {
      await using world = await lungPairWorld({ reference, normalised: false });
      await world.send('baseline');
      await world.send('followup');
      const report = await world.report();
      expectTheNumbers(report);
      const { probability, category, summary } = reportValues(report);
      expect(probability).toBeUndefined();
      expect(category).toBeUndefined();
      expect(summary).toMatch(/no probability/i);
      expect(await objections(report)).toEqual([]);
    });

    test('a PACS that is down gets the report when it is back', async () => {
      await using world = await lungPairWorld({ reference, normalised: true });
      await world.orthanc.stop();
      await world.send('baseline');
      await world.send('followup');
      await pause((QUIET_PERIOD_SECONDS + 4) * 1000);
      await world.orthanc.start();
      expectTheNumbers(await world.report());
      await expectOneReportOnly(world);
    });

    test.each([1, 2, 3, 4, 5])(
      'killed (SIGKILL) at moment %i and started again: no acknowledged object lost, one report',
      async (moment) => {
        const random = seededRandom(digestOf(`kill ${moment}`));
        await using world = await lungPairWorld({ reference, normalised: true });
        await world.send('baseline');
        const folder = `${reference}/dicom/lung-pair/followup`;
        const sending = storescuAttempt(world.earshotAt, [folder]);
        // From the first bytes of the follow-up to about the delivery of its report.
        await pause(random.uniform() * (QUIET_PERIOD_SECONDS + 1.5) * 1000);
        await world.earshot.stop('SIGKILL');
        const { status, output } = await sending;
        await world.earshot.start();
        // A sender whose association broke sends again what was not acknowledged.
        if (status !== 0) {
          const stored = acknowledged(output);
          const files = filesBelow(folder).filter((file) => !stored.has(file));
          expect((await storescuAttempt(world.earshotAt, files)).status).toBe(0);
        }
        expectTheNumbers(await world.report());
        await expectOneReportOnly(world);
      },
    );
  });
});
