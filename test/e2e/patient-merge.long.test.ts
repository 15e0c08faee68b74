import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPart10 } from '../../src/dicom/part10.ts';
import { testPlace } from '../support/databases.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { type CliRun, run } from '../unit/cli/run.ts';

async function merge(earshot: RunningService, old: string, now: string, ...args: string[]): Promise<CliRun> {
  const [config, file] = [join(earshot.dataDir, 'earshot.yaml'), join(earshot.dataDir, 'merge.csv')];
  writeFileSync(config, JSON.stringify(await testPlace(earshot.dataDir)));
  writeFileSync(file, `oldPatientID,newPatientID\n${old},${now}\n`);
  return run('patients', 'merge', file, '--config', config, ...args);
}

async function reportedAnew(earshot: RunningService, study: string, PatientID: string): Promise<void> {
  await expect.poll(() => earshot.arrived(study).length, { timeout: 20_000 }).toBe(2);
  const [first, second] = earshot.arrived(study).map(({ bytes }) => readPart10(bytes));
  expect(second!['PatientID']).toBe(PatientID);
  expect(second!['StudyInstanceUID']).toBe(study);
  expect(JSON.stringify(second!['PredecessorDocumentsSequence'])).toContain(first!['SOPInstanceUID']);
  await earshot.inState(study, 'delivered');
}

describe('patients that become one in the PACS', () => {
  it('have what was reported under the old identity reported anew, naming its predecessor', async () => {
    await using earshot = await startService();
    const { patient, baseline, followUp } = phantomCase('merged');
    const study = followUp.StudyInstanceUID;
    await earshot.send(baseline.all);
    await earshot.send(followUp.all);
    await earshot.inState(study, 'delivered');

    const preview = await merge(earshot, patient.PatientID, 'NEW-ID');
    expect(preview.out).toContain('studies 2');
    expect(preview.out).toContain('Nothing was changed');
    expect((await earshot.service.world.catalogue.study(study))?.PatientID).toBe(patient.PatientID);

    expect(await merge(earshot, patient.PatientID, 'NEW-ID', '--apply')).toMatchObject({ status: 0 });
    await reportedAnew(earshot, study, 'NEW-ID');

    // What still comes under the old identity is the new one's; a second merge changes nothing more.
    await earshot.send([followUp.mask, ...baseline.ct.slice(0, 1)]);
    await merge(earshot, patient.PatientID, 'NEW-ID', '--apply');
    await earshot.settled('NEW-ID');
    expect((await earshot.service.world.catalogue.study(study))?.state).toBe('delivered');
    expect(await earshot.service.world.reports.of(study)).toHaveLength(2);
  });

  it('let the studies of both be matched: a baseline of the old identity serves a follow-up of the new one', async () => {
    await using earshot = await startService();
    const one = phantomCase('two-names');
    const study = one.followUp.StudyInstanceUID;
    await earshot.send(one.baseline.all);
    await earshot.send(one.objects('followUp', { every: { PatientID: 'NEW-NAME' } }).all);
    await earshot.inState(study, 'waitingForBaseline');
    await merge(earshot, one.patient.PatientID, 'NEW-NAME', '--apply');
    await earshot.inState(study, 'delivered');
    expect(readPart10(earshot.arrived(study)[0]!.bytes)['PatientID']).toBe('NEW-NAME');
  });

  it('when the study comes again under another ID hold its case and say that a report is out; the merge releases it', async () => {
    await using earshot = await startService();
    const one = phantomCase('corrected');
    const study = one.followUp.StudyInstanceUID;
    await earshot.send(one.baseline.all);
    await earshot.send(one.followUp.all);
    await earshot.inState(study, 'delivered');
    await earshot.send(one.objects('followUp', { every: { PatientID: 'CORRECTED' } }).all);
    await earshot.inState(study, 'held');
    expect(await earshot.reasons(study)).toEqual(['IDENTITY_CONFLICT', 'REPORT_SENT']);
    const [report] = await earshot.service.world.reports.of(study);
    const events = await earshot.service.world.catalogue.eventsOf(study);
    const inDoubt = events.filter(({ kind }) => kind === 'report.inDoubt');
    expect(inDoubt.map(({ detail }) => detail)).toEqual([{ reports: [report!.SOPInstanceUID] }]);

    await merge(earshot, one.patient.PatientID, 'CORRECTED', '--apply');
    await reportedAnew(earshot, study, 'CORRECTED');
  });

  it('stay apart where the birth dates differ: the merge explains an ID, not another person', async () => {
    await using earshot = await startService();
    const one = phantomCase('not-the-same');
    const study = one.followUp.StudyInstanceUID;
    await earshot.send(one.baseline.all);
    await earshot.send(
      one.objects('followUp', { every: { PatientID: 'OTHER', PatientBirthDate: '19440404' } }).all,
    );
    await earshot.inState(study, 'waitingForBaseline');
    await merge(earshot, one.patient.PatientID, 'OTHER', '--apply');
    await earshot.inState(study, 'held');
    expect(await earshot.reasons(study)).toEqual(['IDENTITY_CONFLICT']);
    expect(earshot.arrived(study)).toEqual([]);
  });

  it('of one Patient ID under two issuers are told apart: a map that does not say which is refused', async () => {
    await using earshot = await startService();
    const [one, other] = [phantomCase('of-one'), phantomCase('of-another')];
    const every = (IssuerOfPatientID: string) => ({ every: { PatientID: 'SHARED', IssuerOfPatientID } });
    await earshot.send(one.objects('baseline', every('ONE')).all);
    const known = () => earshot.service.world.catalogue.study(one.baseline.StudyInstanceUID);
    expect(await merge(earshot, 'SHARED', 'NEW', '--apply')).toMatchObject({ status: 0 });
    expect(await known()).toMatchObject({ PatientID: 'NEW' });
    // Who comes later under that ID from another issuer is somebody else.
    await earshot.send(other.objects('baseline', every('TWO')).all);
    const study = other.baseline.StudyInstanceUID;
    expect(await earshot.service.world.catalogue.study(study)).toMatchObject({ PatientID: 'SHARED' });
    const refused = await merge(earshot, 'SHARED', 'NEWER', '--apply');
    expect(refused.status).not.toBe(0);
    expect(refused.err).toContain('TABLE_INVALID');
    expect(refused.err).toContain('oldIssuer');
    expect(await earshot.service.world.catalogue.study(study)).toMatchObject({ PatientID: 'SHARED' });
  });
});
