import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPart10 } from '../../src/dicom/part10.ts';
import { testPlace } from '../support/databases.ts';
import { freePort } from '../support/free-port.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { PACS, type RunningService, startService } from '../support/running-service.ts';
import { until } from '../support/until.ts';
import { type CliRun, isOneCodedLine, run } from '../unit/cli/run.ts';

/** The command as a second process would run it, beside the service. */
async function withdraw(earshot: RunningService, ...args: string[]): Promise<CliRun> {
  const config = join(earshot.dataDir, 'earshot.yaml');
  writeFileSync(config, JSON.stringify(await testPlace(earshot.dataDir)), { mode: 0o600 });
  return run('withdraw', ...args, '--config', config);
}

async function sendCase(earshot: RunningService, name: string) {
  const one = phantomCase(name);
  await earshot.send(one.baseline.all);
  await earshot.send(one.followUp.all);
  return one;
}
const text = 'Measured on the wrong nodule';

describe('a report that a person withdraws (IHE RAD IOCM)', () => {
  it('is followed by a rejection note wherever it went, and the case is held with the reason', async () => {
    await using earshot = await startService();
    const { followUp } = await sendCase(earshot, 'withdrawn');
    const study = followUp.StudyInstanceUID;
    await earshot.inState(study, 'delivered');
    const [report] = earshot.arrived(study);
    const said = await withdraw(earshot, study, '--reason', 'safety', '--text', text);
    expect(said.out).toContain(`withdrawn ${report!.SOPInstanceUID}`);

    const [, note] = await until('the note', async () =>
      earshot.arrived(study).length === 2 ? earshot.arrived(study) : undefined,
    );
    const dataset = readPart10(note!.bytes);
    expect(dataset['SOPClassUID']).toBe('1.2.840.10008.5.1.4.1.1.88.59');
    expect(JSON.stringify(dataset['CurrentRequestedProcedureEvidenceSequence'])).toContain(
      report!.SOPInstanceUID,
    );
    expect(JSON.stringify(dataset['ConceptNameCodeSequence'])).toContain('113037');
    const { reasons } = await earshot.inState(study, 'held');
    expect(reasons[0]).toMatchObject({ code: 'WITHDRAWN' });
    expect(reasons[0]!.text).toContain(text);

    // A second time is no second note.
    expect((await withdraw(earshot, study, '--reason', 'safety', '--text', text)).out).toMatch(/already/);
    const ofNote = await withdraw(earshot, note!.SOPInstanceUID, '--reason', 'safety', '--text', text);
    expect(isOneCodedLine(ofNote, 'INPUT_NOT_FOUND')).toBe(true);
    // The same objects again, and another look at the patient, do not bring the report back.
    await earshot.send([followUp.mask]);
    await earshot.service.world.catalogue.lookAgain(phantomCase('withdrawn').patient.PatientID);
    await earshot.settled(phantomCase('withdrawn').patient.PatientID);
    expect(await earshot.reasons(study)).toEqual(['WITHDRAWN']);
    expect(await earshot.service.world.reports.of(study)).toHaveLength(1);
    const events = await earshot.service.world.catalogue.eventsOf(study);
    const withdrawn = events.find(({ kind }) => kind === 'report.withdrawn');
    expect(withdrawn?.detail).toMatchObject({
      reason: 'safety',
      text,
      author: 'command line',
      destinations: ['pacs'],
    });
  });

  it('that was not sent yet is never sent, and nobody gets a note', async () => {
    const port = await freePort();
    const nodes = [
      { name: 'scanner', aeTitle: PACS, roles: ['source'] },
      { name: 'down', aeTitle: PACS, host: '127.0.0.1', port, roles: ['destination'], quietHours: [] },
    ];
    const now = new Date();
    const pad = (value: number) => String(value).padStart(2, '0');
    const hours = `${pad(now.getUTCHours())}:00-${pad((now.getUTCHours() + 2) % 24)}:00 UTC`;
    await using earshot = await startService({ nodes: [nodes[0], { ...nodes[1], quietHours: [hours] }] });
    const { followUp } = await sendCase(earshot, 'withdrawn-early');
    const study = followUp.StudyInstanceUID;
    await earshot.inState(study, 'reported');
    const [report] = await earshot.service.world.reports.of(study);
    const said = await withdraw(earshot, report!.SOPInstanceUID, '--reason', '113001', '--text', text);
    expect(said.out).toContain('nobody');
    await earshot.inState(study, 'held');
    expect(await earshot.service.world.reports.deliveriesOf(study)).toMatchObject([
      { SOPInstanceUID: report!.SOPInstanceUID, state: 'withdrawn', attempts: 0 },
    ]);
  });

  it('gives way to a new report when another mask arrives, which names it as its predecessor', async () => {
    const rulesDir = mkdtempSync(join(tmpdir(), 'earshot-rules-'));
    cpSync('rules', rulesDir, { recursive: true });
    const roi = join(rulesDir, 'roi.yaml');
    const newest = readFileSync(roi, 'utf8').replace('severalObjects: hold', 'severalObjects: newest');
    writeFileSync(roi, newest);
    await using earshot = await startService({ rulesDir });
    rmSync(rulesDir, { recursive: true });
    const one = await sendCase(earshot, 'withdrawn-redrawn');
    const study = one.followUp.StudyInstanceUID;
    await earshot.inState(study, 'delivered');
    await withdraw(earshot, study, '--reason', 'quality', '--text', text);
    await earshot.inState(study, 'held');
    const { mask } = one.objects('followUp', {
      mask: { SOPInstanceUID: '2.25.5011', SeriesInstanceUID: '2.25.5010', ContentDate: '20991231' },
    });
    await earshot.send([mask]);
    await earshot.inState(study, 'delivered');
    const [first, second] = await earshot.service.world.reports.of(study);
    const predecessors = readPart10(await earshot.service.world.files.read(second!.file));
    expect(JSON.stringify(predecessors['PredecessorDocumentsSequence'])).toContain(first!.SOPInstanceUID);
  });

  it('must be known, and the reason given', async () => {
    await using earshot = await startService();
    const gone = await withdraw(earshot, '2.25.404', '--reason', 'safety', '--text', text);
    expect(isOneCodedLine(gone, 'INPUT_NOT_FOUND')).toBe(true);
    for (const args of [
      ['--reason', 'whim', '--text', text],
      ['--reason', 'safety'],
      ['--reason', 'safety', '--text', 'x'.repeat(1025)],
      ['--reason', 'quality', '--what', 'whim', '--text', text],
    ]) {
      const said = await withdraw(earshot, '2.25.404', ...args);
      expect(isOneCodedLine(said, 'USAGE'), args.join(' ')).toBe(true);
    }
  });
});
