import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Dataset, readPart10 } from '../../src/dicom/part10.ts';
import type { Patient } from '../../src/patients/patient.ts';
import { applyCorrections, planCorrections } from '../../src/pipeline/correct-patients.ts';
import { clockWentOn } from '../support/clock-went-on.ts';
import { type PhantomCase, phantomCase } from '../support/phantom-case.ts';
import { reportValues } from '../support/report-values.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { until } from '../support/until.ts';
import { run } from '../unit/cli/run.ts';

const patientOf = ({ patient }: PhantomCase, more: Partial<Patient> = {}): Patient => ({
  PatientID: patient.PatientID,
  IssuerOfPatientID: patient.IssuerOfPatientID,
  optOut: false,
  listed: true,
  ...more,
});

let earshot: RunningService;
beforeAll(async () => {
  earshot = await startService();
});
afterAll(() => earshot[Symbol.asyncDispose]());

const told = (patient: Patient, service = earshot) =>
  service.service.world.patients.put([{ after: patient }], 'test');

async function delivered(phantom: PhantomCase, service = earshot): Promise<string> {
  await service.send(phantom.baseline.all);
  await service.send(phantom.followUp.all);
  await service.inState(phantom.followUp.StudyInstanceUID, 'delivered');
  return phantom.followUp.StudyInstanceUID;
}

describe('a case that was reported', () => {
  it('is held when a second mask object leaves open which is meant; the report stays the only one', async () => {
    const phantom = phantomCase('second-mask');
    const study = await delivered(phantom);
    const { mask } = phantom.objects('followUp', {
      mask: { SOPInstanceUID: '2.25.5001', SeriesInstanceUID: '2.25.5000' },
    });
    await earshot.send([mask]);
    const { reasons } = await earshot.inState(study, 'held');
    expect(reasons.map(({ code }) => code)).toEqual(['MASK_AMBIGUOUS']);
    expect(earshot.arrived(study)).toHaveLength(1);
  });

  it('gets a second report, which names the first, when the PACS corrects the name in what it has sent', async () => {
    const phantom = phantomCase('corrected-name');
    const study = await delivered(phantom);
    const corrected = phantom.objects('followUp', { every: { PatientName: 'CORRECTED^NAME' } });
    await earshot.send(corrected.all);
    await until('two reports', async () => (earshot.arrived(study).length === 2 ? true : undefined));
    await earshot.inState(study, 'delivered');
    const [first, second] = earshot.arrived(study).map(({ bytes }) => readPart10(bytes));
    expect(JSON.stringify(second!['PatientName'])).toContain('CORRECTED^NAME');
    expect(JSON.stringify(second!['PredecessorDocumentsSequence'])).toContain(
      String(first!['SOPInstanceUID']),
    );
    const [was, is] = earshot.arrived(study).map(({ bytes }) => reportValues(bytes));
    expect([is!.delta, is!.probability]).toEqual([was!.delta, was!.probability]);
  });

  it('is held when the PACS corrects the Patient ID in what it has sent', async () => {
    const phantom = phantomCase('merged-away');
    const study = await delivered(phantom);
    const merged = phantom.objects('followUp', { every: { PatientID: 'MERGED-INTO' } });
    await earshot.send(merged.all);
    const { reasons } = await earshot.inState(study, 'held');
    // the report that is out names a patient who is in doubt
    expect(reasons.map(({ code }) => code)).toEqual(['IDENTITY_CONFLICT', 'REPORT_SENT']);
    expect(earshot.arrived(study)).toHaveLength(1);
  });

  it('is held when a better baseline arrives; the report that was sent is unchanged', async () => {
    const phantom = phantomCase('better-baseline');
    const study = await delivered(phantom);
    const earlier = phantom.objects('baseline', { as: 'earlier', StudyDate: '20240601' });
    await earshot.send(earlier.all);
    const { reasons } = await earshot.inState(study, 'held');
    expect(reasons.map(({ code }) => code)).toEqual(['BASELINE_CHANGED']);
    expect(earshot.arrived(study)).toHaveLength(1);
    expect(await earshot.service.world.reports.of(study)).toHaveLength(1);
  });

  it('goes back to delivered when a person has designated the baseline that it was scored against', async () => {
    const phantom = phantomCase('settled-doubt');
    const study = await delivered(phantom);
    const earlier = phantom.objects('baseline', { as: 'earlier', StudyDate: '20240601' });
    await earshot.send(earlier.all);
    await earshot.inState(study, 'held');
    await told(patientOf(phantom, { designatedBaseline: phantom.baseline.StudyInstanceUID }));
    // An object of the patient that is new has the case looked at again: here, a slice of a later study.
    const { ct } = phantom.objects('baseline', { as: 'later', StudyDate: '20260601' });
    await earshot.send(ct.slice(0, 1));
    await earshot.inState(study, 'delivered');
    expect(earshot.arrived(study)).toHaveLength(1);
  });

  it('gets a second report, which names the first, when the rules say that the newest mask counts', async () => {
    const rulesDir = mkdtempSync(join(tmpdir(), 'earshot-rules-'));
    cpSync(new URL('../../rules', import.meta.url), rulesDir, { recursive: true });
    const roi = join(rulesDir, 'roi.yaml');
    const text = readFileSync(roi, 'utf8');
    expect(text).toContain('severalObjects: hold');
    writeFileSync(roi, text.replace('severalObjects: hold', 'severalObjects: newest'));
    await using service = await startService({ rulesDir });
    const phantom = phantomCase('newest-mask');
    const study = await delivered(phantom, service);
    const { mask } = phantom.objects('followUp', {
      mask: { SOPInstanceUID: '2.25.5011', SeriesInstanceUID: '2.25.5010', ContentDate: '20991231' },
    });
    await service.send([mask]);
    const second = await waitForSecond(service, study);
    const [first] = service.arrived(study);
    expect(second.SOPInstanceUID).not.toBe(first!.SOPInstanceUID);
    const named = JSON.stringify(readPart10(second.bytes)['PredecessorDocumentsSequence']);
    expect(named).toContain(first!.SOPInstanceUID);
    expect(readPart10(first!.bytes)['PredecessorDocumentsSequence']).toBeUndefined();
    await service.inState(study, 'delivered');
    rmSync(rulesDir, { recursive: true, force: true });
  });
});

async function waitForSecond(service: RunningService, study: string) {
  await expect.poll(() => service.arrived(study).length, { timeout: 20_000, interval: 20 }).toBe(2);
  return service.arrived(study)[1]!;
}

describe('who the patient is', () => {
  async function sendBoth(phantom: PhantomCase, baseline: Dataset, followUp: Dataset = {}) {
    await earshot.send(phantom.objects('baseline', { every: baseline }).all);
    await earshot.send(phantom.objects('followUp', { every: followUp }).all);
    return phantom.followUp.StudyInstanceUID;
  }

  it('another birth date on the baseline holds the case', async () => {
    const study = await sendBoth(phantomCase('birth-date'), { PatientBirthDate: '19500101' });
    const { reasons } = await earshot.inState(study, 'held');
    expect(reasons[0]?.code).toBe('IDENTITY_CONFLICT');
    expect(reasons[0]?.text).not.toMatch(/\d{4}/);
    expect(earshot.arrived(study)).toEqual([]);
  });

  it('a case that is held for it goes on by itself when the PACS sends the baseline again, corrected', async () => {
    const phantom = phantomCase('birth-date-resent');
    const study = await sendBoth(phantom, { PatientBirthDate: '19500101' });
    const { reasons } = await earshot.inState(study, 'held');
    expect(reasons[0]?.text).toMatch(/send all of it again.*earshot patients correct/);
    // Half of it is not yet enough.
    await earshot.send(phantom.baseline.ct.slice(0, 2));
    await earshot.settled(phantom.patient.PatientID);
    expect(await earshot.reasons(study)).toEqual(['IDENTITY_CONFLICT']);
    await earshot.send(phantom.baseline.all);
    await earshot.inState(study, 'delivered');
  });

  it('a case of which only one study was corrected goes on when a person says what is right in the other', async () => {
    const phantom = phantomCase('birth-date-told');
    const study = await sendBoth(phantom, { PatientBirthDate: '19500101' });
    await earshot.inState(study, 'held');
    const [config, file] = [join(earshot.dataDir, 'earshot.yaml'), join(earshot.dataDir, 'correct.csv')];
    const told = `${phantom.baseline.StudyInstanceUID},${phantom.patient.PatientBirthDate}`;
    writeFileSync(config, `dataDir: ${earshot.dataDir}\n`);
    writeFileSync(file, `StudyInstanceUID,PatientBirthDate\n${told}\n`);
    const preview = await run('patients', 'correct', file, '--config', config);
    expect(preview.out).toContain('Nothing was changed');
    expect(preview.out).toContain(phantom.baseline.StudyInstanceUID);
    expect(preview.out).not.toContain(phantom.patient.PatientBirthDate);
    expect(await earshot.reasons(study)).toEqual(['IDENTITY_CONFLICT']);
    const applied = await run('patients', 'correct', file, '--config', config, '--apply');
    expect(applied).toMatchObject({ status: 0, err: '' });
    await earshot.inState(study, 'delivered');
  });

  it('a report that is out is made anew when a person corrects the birth date that it carries', async () => {
    const phantom = phantomCase('birth-date-after-report');
    const { StudyInstanceUID: before } = phantom.baseline;
    const study = await sendBoth(phantom, {});
    await earshot.inState(study, 'delivered');
    const { catalogue, files, clock, reports } = earshot.service.world;
    const PatientBirthDate = '19510204';
    const rows = [before, study].map((StudyInstanceUID, at) => ({
      StudyInstanceUID,
      PatientBirthDate,
      row: at + 2,
    }));
    const world = { catalogue, files, clock };
    await applyCorrections(world, await planCorrections(world, rows), 'test');
    await until('a second report', async () => earshot.arrived(study)[1]);
    const second = readPart10(earshot.arrived(study)[1]!.bytes);
    expect(second['PatientBirthDate']).toBe(PatientBirthDate);
    expect(JSON.stringify(second['PredecessorDocumentsSequence'])).toContain(
      (await reports.of(study))[0]!.SOPInstanceUID,
    );
  });

  it('a report carries the birth date that a person said is right, whatever the objects of the follow-up say', async () => {
    const phantom = phantomCase('birth-date-of-follow-up');
    const study = await sendBoth(phantom, {}, { PatientBirthDate: '19500101' });
    await earshot.inState(study, 'held');
    const { catalogue, files, clock } = earshot.service.world;
    const world = { catalogue, files, clock };
    const { PatientBirthDate } = phantom.patient;
    const planned = await planCorrections(world, [{ StudyInstanceUID: study, PatientBirthDate, row: 2 }]);
    await applyCorrections(world, planned, 'test');
    await earshot.inState(study, 'delivered');
    expect(readPart10(earshot.arrived(study)[0]!.bytes)['PatientBirthDate']).toBe(PatientBirthDate);
  });

  it('another sex holds the case, an empty one does not', async () => {
    const held = await sendBoth(phantomCase('other-sex'), { PatientSex: 'O' });
    await earshot.inState(held, 'held');
    const taken = await sendBoth(phantomCase('empty-sex'), { PatientSex: '' });
    await earshot.inState(taken, 'delivered');
  });

  it('two Patient IDs within one study hold the case', async () => {
    const phantom = phantomCase('two-ids');
    const { mask } = phantom.objects('followUp', { every: { PatientID: 'SOMEBODY-ELSE' } });
    await earshot.send(phantom.baseline.all);
    await earshot.send([...phantom.followUp.ct, mask]);
    const { reasons } = await earshot.inState(phantom.followUp.StudyInstanceUID, 'held');
    expect(reasons.map(({ code }) => code)).toEqual(['IDENTITY_CONFLICT']);
  });

  it('the same ID of another issuer is another patient: the case waits for its own baseline', async () => {
    const study = await sendBoth(phantomCase('other-issuer'), { IssuerOfPatientID: 'OTHER-HOSPITAL' });
    const { reasons } = await earshot.inState(study, 'waitingForBaseline');
    expect(reasons.map(({ code }) => code)).toEqual(['BASELINE_MISSING']);
  });
});

describe('what the model is not for', () => {
  it('a follow-up with contrast medium is held, and the reason names the rule', async () => {
    const phantom = phantomCase('contrast');
    const { all } = phantom.objects('followUp', {
      ct: {
        ContrastBolusAgent: 'Iohexol',
        StudyDescription: '',
        SeriesDescription: 'Thorax',
        ProtocolName: '',
      },
    });
    await earshot.send(phantom.baseline.all);
    await earshot.send(all);
    const { reasons } = await earshot.inState(phantom.followUp.StudyInstanceUID, 'held');
    expect(reasons.map(({ code }) => code)).toContain('OUT_OF_SCOPE');
    expect(reasons.map(({ text }) => text).join()).toMatch(/QC-16/);
  });

  it('a third-generation inhibitor in the patients table is held', async () => {
    const phantom = phantomCase('osimertinib');
    await told(patientOf(phantom, { drug: 'osimertinib' }));
    await earshot.send(phantom.baseline.all);
    await earshot.send(phantom.followUp.all);
    const { reasons } = await earshot.inState(phantom.followUp.StudyInstanceUID, 'held');
    expect(reasons.map(({ code }) => code)).toEqual(['OUT_OF_SCOPE']);
    expect(earshot.arrived(phantom.followUp.StudyInstanceUID)).toEqual([]);
  });

  it('a patient whose therapy nobody told is scored, and the report says that it is unknown', async () => {
    const study = await delivered(phantomCase('therapy-unknown'));
    const [made] = await earshot.service.world.reports.of(study);
    const { findings } = made!.result as { findings: { check: string; outcome: string }[] };
    expect(findings.filter(({ outcome }) => outcome === 'warn').map(({ check }) => check)).toContainEqual(
      expect.stringMatching(/therapy/i),
    );
    expect(JSON.stringify(reportValues(earshot.arrived(study)[0]!.bytes).dataset)).toMatch(/therapy/i);
  });

  it('a patient who opted out is not scored', async () => {
    const phantom = phantomCase('opt-out');
    await told(patientOf(phantom, { optOut: true }));
    await earshot.send(phantom.baseline.all);
    await earshot.send(phantom.followUp.all);
    const { reasons } = await earshot.inState(phantom.followUp.StudyInstanceUID, 'notEligible');
    expect(reasons.map(({ code }) => code)).toEqual(['NOT_ENROLLED']);
    expect(earshot.arrived(phantom.followUp.StudyInstanceUID)).toEqual([]);
  });

  it('with enrolment by list only listed patients are scored', async () => {
    await using service = await startService({ enrolment: 'listed' });
    const [stranger, listed] = [phantomCase('not-listed'), phantomCase('listed')];
    await told(patientOf(listed), service);
    await service.send(stranger.baseline.all);
    await service.send(stranger.followUp.all);
    await delivered(listed, service);
    await service.inState(stranger.followUp.StudyInstanceUID, 'notEligible');
    expect(service.arrived(stranger.followUp.StudyInstanceUID)).toEqual([]);
  });
});

describe('time', () => {
  it('a case that waited for two weeks is given up, and comes back when what it lacked arrives', async () => {
    let jumpMs = 0;
    await using service = await startService({}, () => new Date(Date.now() + jumpMs));
    const { baseline, followUp } = phantomCase('expired');
    await service.send(baseline.all);
    await service.send(followUp.ct);
    await service.inState(followUp.StudyInstanceUID, 'waitingForMask');
    // A jump ends no wait: the clock went on by itself.
    const twoWeeks = 15 * 86_400_000;
    await clockWentOn(service.service.world.catalogue.sql, Date.now() + twoWeeks);
    jumpMs = twoWeeks;
    const { reasons } = await service.inState(followUp.StudyInstanceUID, 'notEligible');
    expect(reasons.map(({ code }) => code)).toEqual(['EXPIRED']);
    await service.inState(baseline.StudyInstanceUID, 'notEligible');
    await service.send([followUp.mask]);
    await service.inState(followUp.StudyInstanceUID, 'delivered');
    expect(service.arrived(followUp.StudyInstanceUID)).toHaveLength(1);
  });

  it('a clock that is set back while a study arrives delays it, and loses nothing', async () => {
    let jumpMs = 0;
    await using service = await startService({}, () => new Date(Date.now() + jumpMs));
    const { baseline, followUp } = phantomCase('set-back');
    await service.send(baseline.all);
    await service.send(followUp.all);
    jumpMs = -3_600_000;
    await service.inState(followUp.StudyInstanceUID, 'delivered');
    expect(service.arrived(followUp.StudyInstanceUID)).toHaveLength(1);
  });
});
