import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startReceivingArchive } from '../../adapters/dimse/receiving-archive.ts';
import { openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import { validateReport } from '../../src/sr/validate.ts';
import { datasetOf } from '../support/ct-slice.ts';
import { Killable } from '../support/killable.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { PACS, type Pacs, startPacs } from '../support/running-service.ts';
import { sha256 } from '../support/sha256.ts';
import { until } from '../support/until.ts';

describe('Earshot that is killed and started again', () => {
  let run: Killable;
  let pacs: Pacs | undefined;
  beforeAll(async () => {
    run = await Killable.start();
  });
  afterAll(() => run[Symbol.asyncDispose]());
  afterEach(() => stopPacs());

  const openPacs = async (): Promise<void> => {
    pacs = await startPacs(run.pacsPort);
  };
  const stopPacs = async (): Promise<void> => {
    await pacs?.[Symbol.asyncDispose]();
    pacs = undefined;
  };
  const reportsOf = (study: string) =>
    (pacs?.reports ?? []).filter(({ StudyInstanceUID }) => StudyInstanceUID === study);

  /** After the restart: the case is delivered, exactly one report is at the archive, and stays the only one. */
  async function expectOneReport(study: string): Promise<string> {
    await run.inState(study, 'delivered');
    await pause(1100);
    const arrived = reportsOf(study);
    const uids = new Set(arrived.map(({ SOPInstanceUID }) => SOPInstanceUID));
    expect(uids.size).toBe(1);
    const made = 'SELECT "SOPInstanceUID" FROM "report" WHERE "StudyInstanceUID" = ?';
    expect(run.query(made, study)).toHaveLength(1);
    expect(() => validateReport(arrived[0]!.bytes)).not.toThrow();
    run.expectNothingLost();
    return arrived[0]!.SOPInstanceUID;
  }

  it('in the middle of an association keeps what it acknowledged; sent again, there is one report', async () => {
    await openPacs();
    const phantom = phantomCase('killed-receiving');
    await run.send(phantom.baseline.all);
    const half = Math.floor(phantom.followUp.all.length / 2);
    let killing: Promise<void> | undefined;
    await run
      .send(phantom.followUp.all, (answered) => {
        if (answered === half) killing = run.kill();
      })
      .catch(() => undefined);
    await killing;
    expect(run.state(phantom.followUp.StudyInstanceUID)).toBe('receiving');

    run.expectNothingLost();
    await run.earshot.start();
    run.expectNothingLost();
    await run.send(phantom.followUp.all);
    await expectOneReport(phantom.followUp.StudyInstanceUID);
  });

  it('while the studies are arriving closes them by itself afterwards', async () => {
    await openPacs();
    const phantom = phantomCase('killed-quiet');
    await run.sendCase(phantom);
    await run.kill();
    expect(run.state(phantom.followUp.StudyInstanceUID)).toBe('receiving');
    run.expectNothingLost();
    await run.earshot.start();
    await expectOneReport(phantom.followUp.StudyInstanceUID);
  });

  for (const states of [['complete', 'ready'], ['scoring']] as const) {
    it(`while the case is ${states.join(' or ')} scores it afterwards`, async () => {
      await openPacs();
      // A busy machine may miss the moment: states last some tens of milliseconds.
      let hits = 0;
      for (let tries = 0; hits === 0 && tries < 5; tries++) {
        const phantom = phantomCase(`killed-${states[0]}-${tries}`);
        const study = phantom.followUp.StudyInstanceUID;
        await run.sendCase(phantom);
        await run.inState(study, ...states, 'reported', 'delivering', 'delivered');
        await run.kill();
        // The case may have moved on between the look and the signal, but not as far as a report.
        if (['complete', 'ready', 'scoring'].includes(run.state(study) ?? '')) {
          expect(reportsOf(study)).toEqual([]);
          hits += 1;
        }
        run.expectNothingLost();
        await run.earshot.start();
        await expectOneReport(study);
      }
      expect(hits).toBe(1);
    });
  }

  it('after the report was made, while the archive is away, delivers that very report afterwards', async () => {
    const phantom = phantomCase('killed-undelivered');
    await run.sendCase(phantom);
    await run.inState(phantom.followUp.StudyInstanceUID, 'delivering', 'reported');
    await run.kill();
    const [made] = run.query<{ SOPInstanceUID: string; file: string }>(
      'SELECT * FROM "report" WHERE "StudyInstanceUID" = ?',
      phantom.followUp.StudyInstanceUID,
    );
    await run.earshot.start();
    await openPacs();
    const uid = await expectOneReport(phantom.followUp.StudyInstanceUID);
    expect(uid).toBe(made!.SOPInstanceUID);
    const file = readFileSync(join(run.folder, 'data', made!.file));
    expect(sha256(datasetOf(file))).toBe(
      sha256(datasetOf(Buffer.from(reportsOf(phantom.followUp.StudyInstanceUID)[0]!.bytes))),
    );
  });

  it('in the middle of its C-STORE to the archive sends the same report again, as one object', async () => {
    const arrivals: string[] = [];
    const deaf = await deafArchive(arrivals);
    const phantom = phantomCase('killed-c-store');
    await run.sendCase(phantom);
    await until('the report at an archive that does not answer', async () => arrivals[0]);
    await run.kill();
    expect(run.state(phantom.followUp.StudyInstanceUID)).toBe('delivering');
    await deaf[Symbol.asyncDispose]();
    await openPacs();
    await run.earshot.start();
    expect(await expectOneReport(phantom.followUp.StudyInstanceUID)).toBe(arrivals[0]);
  });

  /** Takes the whole object, and its answer never comes. */
  async function deafArchive(arrivals: string[]): Promise<AsyncDisposable> {
    const files = await openInstanceFiles(join(run.folder, 'deaf'));
    const release: (() => void)[] = [];
    const archive = await startReceivingArchive({
      aeTitle: PACS,
      host: '127.0.0.1',
      port: run.pacsPort,
      files: {
        receive: (meta) => {
          const incoming = files.receive(meta);
          return {
            ...incoming,
            write: (chunk) => incoming.write(chunk),
            drained: () => incoming.drained(),
            finish: () => incoming.finish(),
            content: () => incoming.content(),
            discard: () => incoming.discard(),
            keep: async (place, elsewhere) => {
              const lasting = await incoming.keep(place, elsewhere);
              arrivals.push(meta.SOPInstanceUID);
              await new Promise<void>((done) => release.push(done));
              return lasting;
            },
          };
        },
      },
    });
    return {
      [Symbol.asyncDispose]: async () => {
        for (const done of release) done();
        await archive[Symbol.asyncDispose]();
      },
    };
  }

  it('says nothing of the patient in its log or its metrics, even at its most talkative', async () => {
    await openPacs();
    const phantom = phantomCase('log');
    await run.sendCase(phantom);
    await expectOneReport(phantom.followUp.StudyInstanceUID);
    await run.send([phantom.objects('followUp', { ct: { PatientSex: 'O' } }).ct[0]!]);
    await run.inState(phantom.followUp.StudyInstanceUID, 'held');
    const log = run.earshot.log();
    expect(log).toContain('case.reported');
    const { PatientID, PatientName, PatientBirthDate, IssuerOfPatientID } = phantom.patient;
    for (const secret of [PatientID, PatientName, 'SECRETNAME', PatientBirthDate, IssuerOfPatientID]) {
      expect(log).not.toContain(secret);
    }
    const metrics = await run.earshot.metrics();
    expect(metrics).toMatch(/earshot_cases\{state="delivered"\} [1-9]/);
    for (const secret of [PatientID, 'SECRETNAME', PatientBirthDate, '2.25.']) {
      expect(metrics).not.toContain(secret);
    }
  });
});
