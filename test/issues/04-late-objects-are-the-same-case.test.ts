/** PEERS.md pain 4: objects that come late make a job of their own, and nobody finishes the first one. */
import { describe, expect, it } from 'vitest';
import { readPart10 } from '../../src/dicom/part10.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { startService } from '../support/running-service.ts';

describe('images that come after the report was sent', { timeout: 60_000 }, () => {
  it('belong to the same case: it is scored anew, and its report names the one that it supersedes', async () => {
    await using earshot = await startService();
    const { baseline, followUp, patient } = phantomCase('late');
    const study = followUp.StudyInstanceUID;
    await earshot.send(baseline.all);
    await earshot.send([...followUp.ct.slice(0, -1), followUp.mask]);
    await earshot.inState(study, 'delivered');
    await earshot.settled(patient.PatientID);
    const [first, ...noMore] = await earshot.service.world.reports.of(study);
    expect(noMore).toEqual([]);

    await earshot.send(followUp.ct.slice(-1));
    await earshot.settled(patient.PatientID);
    const reports = await earshot.service.world.reports.of(study);
    expect(reports).toHaveLength(2);
    const second = readPart10(await earshot.service.world.files.read(reports[1]!.file));
    expect(JSON.stringify(second['PredecessorDocumentsSequence'])).toContain(first!.SOPInstanceUID);
    expect(JSON.stringify(second['CurrentRequestedProcedureEvidenceSequence'])).toContain(
      String(readPart10(followUp.ct.at(-1)!)['SOPInstanceUID']),
    );
    expect(earshot.arrived(study).map(({ SOPInstanceUID }) => SOPInstanceUID)).toEqual(
      reports.map(({ SOPInstanceUID }) => SOPInstanceUID),
    );
    expect(await earshot.service.world.catalogue.studiesOfPatient(patient.PatientID)).toHaveLength(2);
  });

  it('change nothing when they are ones that were here already', async () => {
    await using earshot = await startService();
    const { baseline, followUp, patient } = phantomCase('late-again');
    const study = followUp.StudyInstanceUID;
    await earshot.send([...baseline.all, ...followUp.all]);
    await earshot.inState(study, 'delivered');
    await earshot.send(followUp.all);
    await earshot.settled(patient.PatientID);
    expect(await earshot.service.world.reports.of(study)).toHaveLength(1);
    expect(earshot.arrived(study)).toHaveLength(1);
  });
});
