import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPart10, writePart10 } from '../../src/dicom/part10.ts';
import { validateReport } from '../../src/sr/validate.ts';
import { openCatalogue } from '../../src/startup/open-catalogue.ts';
import { testPlace } from '../support/databases.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { reportValues } from '../support/report-values.ts';
import { NORMALISATION, type RunningService, startService } from '../support/running-service.ts';

/** The published model, written out once more from the paper: intercept, coefficient. */
const published = (z: number): number => 1 / (1 + Math.exp(-(0.06478 + 0.90483 * z)));

describe('a follow-up CT that comes by DIMSE', () => {
  let earshot: RunningService;
  beforeAll(async () => {
    earshot = await startService();
  });
  afterAll(() => earshot[Symbol.asyncDispose]());

  /** Sends baseline and follow-up of a new patient and waits for the report. */
  async function delivered(name: string) {
    const phantom = phantomCase(name);
    await earshot.send(phantom.baseline.all);
    await earshot.send(phantom.followUp.all);
    await earshot.inState(phantom.followUp.StudyInstanceUID, 'delivered');
    await earshot.settled(phantom.patient.PatientID);
    return phantom;
  }
  /** Associations are told whatever they stored, a little after they ended. */
  const movesOf = async (StudyInstanceUID: string) =>
    (await earshot.service.world.catalogue.eventsOf(StudyInstanceUID)).filter(
      ({ kind }) => kind !== 'association.closed',
    );
  const only = (StudyInstanceUID: string) => {
    const reports = earshot.arrived(StudyInstanceUID);
    expect(reports).toHaveLength(1);
    return reports[0]!;
  };

  it('is answered with one valid report in its own study, with delta, probability and both values', async () => {
    const { baseline, followUp } = await delivered('plain');
    const { bytes } = only(followUp.StudyInstanceUID);
    expect(() => validateReport(bytes)).not.toThrow();
    const report = reportValues(bytes);
    expect(report.delta).toBeCloseTo(report.followUp! - report.baseline!, 12);
    expect(report.delta).not.toBe(0);
    const z = (report.delta! - NORMALISATION.mean) / NORMALISATION.sd;
    expect(report.probability).toBeCloseTo(published(z), 9);
    expect(report.dataset['PatientID']).toBe('CASE-plain');
    // The baseline is a case of its own: it has no earlier study, and no report.
    await earshot.inState(baseline.StudyInstanceUID, 'waitingForBaseline');
    expect(earshot.arrived(baseline.StudyInstanceUID)).toEqual([]);
  });

  it('is kept with its report closed to other users of the machine: files 0640, folders 0750', () => {
    const found = readdirSync(earshot.dataDir, { recursive: true, withFileTypes: true });
    const modes = (isFolder: boolean, within: RegExp) => [
      ...new Set(
        found
          .filter((entry) => entry.isDirectory() === isFolder)
          .map((entry) => join(entry.parentPath, entry.name))
          .filter((path) => within.test(path.slice(earshot.dataDir.length)))
          .map((path) => (statSync(path).mode & 0o777).toString(8)),
      ),
    ];
    expect(modes(true, /^\/(incoming|instances|reports)/)).toEqual(['750']);
    expect(modes(false, /^\/(instances|reports)\//)).toEqual(['640']);
  });

  it('waits for a baseline that arrives after it, and gives the same numbers', async () => {
    const { baseline, followUp } = phantomCase('follow-up-first');
    await earshot.send(followUp.all);
    await earshot.inState(followUp.StudyInstanceUID, 'waitingForBaseline');
    expect(await earshot.reasons(followUp.StudyInstanceUID)).toEqual(['BASELINE_MISSING']);
    await earshot.send(baseline.all);
    await earshot.inState(followUp.StudyInstanceUID, 'delivered');
    const { delta } = reportValues(only(followUp.StudyInstanceUID).bytes);
    const other = reportValues(only((await delivered('follow-up-second')).followUp.StudyInstanceUID).bytes);
    expect(delta).toBe(other.delta);
  });

  for (const maskKind of ['RTSTRUCT', 'SEG'] as const) {
    it(`waits for its ${maskKind} and is reported when that comes late`, async () => {
      const phantom = phantomCase(`late-${maskKind}`);
      const followUp = phantom.objects('followUp', { maskKind });
      await earshot.send(phantom.baseline.all);
      await earshot.send(followUp.ct);
      await earshot.inState(followUp.StudyInstanceUID, 'waitingForMask');
      expect(await earshot.reasons(followUp.StudyInstanceUID)).toEqual(['MASK_MISSING']);
      await earshot.send([followUp.mask]);
      await earshot.inState(followUp.StudyInstanceUID, 'delivered');
      only(followUp.StudyInstanceUID);
    });
  }

  it('waits while the mask of its baseline is missing', async () => {
    const { baseline, followUp } = phantomCase('late-baseline-mask');
    await earshot.send(baseline.ct);
    await earshot.send(followUp.all);
    await earshot.inState(followUp.StudyInstanceUID, 'waitingForBaseline');
    await earshot.send([baseline.mask]);
    await earshot.inState(followUp.StudyInstanceUID, 'delivered');
    only(followUp.StudyInstanceUID);
  });

  it('may have its mask in a study of its own that references the CT series', async () => {
    const phantom = phantomCase('mask-elsewhere');
    const elsewhere = '2.25.4711';
    const followUp = phantom.objects('followUp', { mask: { StudyInstanceUID: elsewhere } });
    await earshot.send(phantom.baseline.all);
    await earshot.send(followUp.ct);
    await earshot.inState(followUp.StudyInstanceUID, 'waitingForMask');
    await earshot.send([followUp.mask]);
    await earshot.inState(followUp.StudyInstanceUID, 'delivered');
    only(followUp.StudyInstanceUID);
    expect(await earshot.reasons(elsewhere)).toEqual(['NO_CT']);
  });

  it('may come with each object over an association of its own', async () => {
    const { baseline, followUp } = phantomCase('one-by-one');
    for (const file of [...followUp.all, ...baseline.all]) await earshot.send([file]);
    await earshot.inState(followUp.StudyInstanceUID, 'delivered');
    only(followUp.StudyInstanceUID);
  });

  it('is not reported again when everything is sent again: nothing moves', async () => {
    const { baseline, followUp } = await delivered('twice');
    const { catalogue } = earshot.service.world;
    const story = async () => [
      await catalogue.study(followUp.StudyInstanceUID),
      await catalogue.study(baseline.StudyInstanceUID),
      await movesOf(followUp.StudyInstanceUID),
      await movesOf(baseline.StudyInstanceUID),
    ];
    const before = await story();
    await earshot.send([...followUp.all, ...baseline.all]);
    await afterASweep();
    expect(await story()).toEqual(before);
    only(followUp.StudyInstanceUID);
  });

  it('does not listen to its own report that the PACS sends back', async () => {
    const { followUp } = await delivered('echo');
    const { catalogue } = earshot.service.world;
    const before = await movesOf(followUp.StudyInstanceUID);
    await earshot.send([only(followUp.StudyInstanceUID).bytes]);
    await afterASweep();
    expect(await movesOf(followUp.StudyInstanceUID)).toEqual(before);
    expect((await catalogue.study(followUp.StudyInstanceUID))?.state).toBe('delivered');
    only(followUp.StudyInstanceUID);
  });

  it('is held, with its report unchanged, when other bytes come under a known UID', async () => {
    const phantom = await delivered('other-bytes');
    const { StudyInstanceUID } = phantom.followUp;
    const pixels = readPart10(phantom.followUp.ct[1]!)['PixelData'];
    const changed = writePart10({ ...readPart10(phantom.followUp.ct[0]!), PixelData: pixels });
    await earshot.send([changed]);
    const { reasons } = await earshot.inState(StudyInstanceUID, 'held');
    expect(reasons.map(({ code }) => code)).toEqual(['INSTANCE_CONFLICT']);
    only(StudyInstanceUID);
  });
});

describe('without an established normalisation', () => {
  it('the report carries the delta, gives no probability, and is delivered all the same', async () => {
    await using earshot = await startService({ model: {} });
    const { baseline, followUp } = phantomCase('delta-only');
    await earshot.send(baseline.all);
    await earshot.send(followUp.all);
    await earshot.inState(followUp.StudyInstanceUID, 'delivered');
    const [report] = earshot.arrived(followUp.StudyInstanceUID);
    const values = reportValues(report!.bytes);
    expect(values.delta).toEqual(expect.any(Number));
    expect(values.z).toBeUndefined();
    expect(values.probability).toBeUndefined();
    expect(values.summary).toMatch(/no probability/i);
  });
});

/** Longer than the quiet period and a sweep: what has not begun by then does not begin. */
const afterASweep = (): Promise<void> => new Promise((done) => setTimeout(done, 1400));

describe('an association', () => {
  it('stands in the story of the study that it stored to, also when the service stops right after it', async () => {
    await using earshot = await startService();
    const { followUp } = phantomCase('told');
    await earshot.send(followUp.all);
    await earshot.service[Symbol.asyncDispose]();
    const { sql, catalogue } = await openCatalogue(await testPlace(earshot.dataDir), () => new Date());
    const told = (await catalogue.eventsOf(followUp.StudyInstanceUID)).filter(
      ({ kind }) => kind === 'association.closed',
    );
    await sql.close();
    expect(told.map(({ detail }) => detail)).toEqual([
      expect.objectContaining({
        callingAeTitle: 'TEST_PACS',
        address: 'loopback',
        associations: 1,
        objects: followUp.all.length,
        aborted: [],
      }),
    ]);
  });
});
