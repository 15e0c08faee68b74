/** Everything that goes out with a report, as the service makes it; and reports that know the patient's earlier ones. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Dataset, readPart10, writePart10 } from '../../src/dicom/part10.ts';
import { withdraw } from '../../src/pipeline/withdraw.ts';
import { perturbedMasks } from '../../src/radiomics/perturb.ts';
import { validateReport } from '../../src/sr/validate.ts';
import { validateView } from '../../src/sr/validate-view.ts';
import type { Mask } from '../../src/volume/volume.ts';
import { type PhantomCase, phantomCase } from '../support/phantom-case.ts';
import { reportValues } from '../support/report-values.ts';
import { PACS, type Pacs, type RunningService, startPacs, startService } from '../support/running-service.ts';
import { until } from '../support/until.ts';

const COMPREHENSIVE = '1.2.840.10008.5.1.4.1.1.88.33';
const SEGMENTATION = '1.2.840.10008.5.1.4.1.1.66.4';
const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';
const ENCAPSULATED_PDF = '1.2.840.10008.5.1.4.1.1.104.1';

/** Each object that arrived, once, by SOP class. */
function objectsAt(pacs: Pacs): Map<string, Dataset[]> {
  const byUid = new Map(pacs.reports.map(({ SOPInstanceUID, bytes }) => [SOPInstanceUID, readPart10(bytes)]));
  const found = new Map<string, Dataset[]>();
  for (const dataset of byUid.values()) {
    const uid = String(dataset['SOPClassUID']);
    found.set(uid, [...(found.get(uid) ?? []), dataset]);
  }
  return found;
}

describe('all that goes out with a report', () => {
  let earshot: RunningService;
  let pacs: Pacs;
  let phantom: PhantomCase;
  let objects: Map<string, Dataset[]>;
  beforeAll(async () => {
    pacs = await startPacs();
    const node = { name: 'pacs', aeTitle: PACS, host: '127.0.0.1', port: pacs.port };
    const roles = ['source', 'destination'];
    const sends = ['sr', 'picture', 'pdf', 'view'];
    const nodes = [{ ...node, roles, sends, language: 'zh' }];
    earshot = await startService({ nodes, report: { segmentation: true } }, undefined, 'shipped');
    phantom = phantomCase('everything');
    await earshot.send(phantom.baseline.all);
    await earshot.send(phantom.followUp.all);
    await until('all of it', async () => (pacs.reports.length >= 7 ? true : undefined), { withinMs: 60_000 });
    await earshot.inState(phantom.followUp.StudyInstanceUID, 'delivered');
    objects = objectsAt(pacs);
  }, 90_000);
  afterAll(async () => {
    await earshot[Symbol.asyncDispose]();
    await pacs[Symbol.asyncDispose]();
  });
  const one = (SOPClassUID: string): Dataset => {
    const [found, ...others] = objects.get(SOPClassUID) ?? [];
    expect(others).toEqual([]);
    return found!;
  };
  const titled = (code: string) =>
    (objects.get(COMPREHENSIVE) ?? []).filter((each) =>
      JSON.stringify(each).includes(`"CodeValue":"${code}"`),
    );

  it('is the report in the language of the destination, referring to the voxels that were measured', () => {
    const [sr, ...others] = titled('126001');
    expect(others).toEqual([]);
    const arrived = pacs.reports.find(({ SOPInstanceUID }) => SOPInstanceUID === sr!['SOPInstanceUID'])!;
    expect(() => validateReport(arrived.bytes)).not.toThrow();
    const { summary } = reportValues(arrived.bytes);
    expect(summary.split('\r\n')[0]).toMatch(/^(阳性|阴性|不确定)：EGFR-TKI早期获得性耐药（EAR）概率/);
    const tree = JSON.stringify(sr);
    const segmentations = objects.get(SEGMENTATION) ?? [];
    expect(segmentations.map((each) => each['StudyInstanceUID']).sort()).toEqual(
      [phantom.baseline.StudyInstanceUID, phantom.followUp.StudyInstanceUID].sort(),
    );
    for (const { SOPInstanceUID } of segmentations) expect(tree).toContain(`"${SOPInstanceUID}"`);
    expect(tree).not.toContain('Region in Space');
  });

  it('is a picture page of its study, alone in its series, with the patient and the report on it', () => {
    const picture = one(SECONDARY_CAPTURE);
    expect(picture).toMatchObject({
      StudyInstanceUID: phantom.followUp.StudyInstanceUID,
      PatientID: phantom.patient.PatientID,
      BurnedInAnnotation: 'YES',
      PhotometricInterpretation: 'RGB',
      ConversionType: 'WSD',
    });
    const pixels = new Uint8Array((picture['PixelData'] as ArrayBuffer[])[0]!);
    const { Rows, Columns } = picture as Record<string, number>;
    expect(pixels.length).toBe(Rows! * Columns! * 3);
    expect(Columns).toBe(1024);
    // Slices, text and the colours of the filtered lesion are there: neither black nor grey alone.
    expect(pixels.some((value, at) => at % 3 === 0 && Math.abs(value - pixels[at + 2]!) > 60)).toBe(true);
    expect(pixels.reduce((sum, value) => sum + value, 0) / pixels.length).toBeGreaterThan(10);
  });

  it('is the page as a document, and a view for each time point in its own study', () => {
    const pdf = one(ENCAPSULATED_PDF);
    const document = new Uint8Array((pdf['EncapsulatedDocument'] as ArrayBuffer[])[0]!);
    expect(Buffer.from(document.subarray(0, 5)).toString()).toBe('%PDF-');
    const views = titled('126000');
    expect(views.map((each) => each['StudyInstanceUID']).sort()).toEqual(
      [phantom.baseline.StudyInstanceUID, phantom.followUp.StudyInstanceUID].sort(),
    );
    for (const { SOPInstanceUID } of views) {
      const { bytes } = pacs.reports.find((each) => each.SOPInstanceUID === SOPInstanceUID)!;
      expect(() => validateView(bytes)).not.toThrow();
    }
  });

  it('has series of its own for each', () => {
    const all = [...objects.values()].flat();
    expect(new Set(all.map((each) => each['SeriesInstanceUID'])).size).toBe(all.length);
    expect(all).toHaveLength(7);
  });
});

describe('the course of a patient', () => {
  let earshot: RunningService;
  beforeAll(async () => {
    earshot = await startService();
  });
  afterAll(() => earshot[Symbol.asyncDispose]());
  const reported = async (StudyInstanceUID: string) => {
    await earshot.inState(StudyInstanceUID, 'delivered');
    return reportValues(earshot.arrived(StudyInstanceUID).at(-1)!.bytes);
  };
  const trendOf = ({ dataset }: ReturnType<typeof reportValues>): string[] =>
    [...JSON.stringify(dataset).matchAll(/"TextValue":"(\d{4}-\d\d-\d\d[^"]*: delta[^"]*)"/g)].map(
      ([, text]) => text!,
    );

  it('stands in each later report, also when an earlier time point came last', async () => {
    const { baseline, followUp, objects, patient } = phantomCase('three-time-points');
    const later = objects('followUp', { as: 'later', StudyDate: '20260601' });
    await earshot.send(baseline.all);
    await earshot.send(later.all);
    expect(trendOf(await reported(later.StudyInstanceUID))).toEqual([]);
    await earshot.send(followUp.all);
    const first = await reported(followUp.StudyInstanceUID);
    expect(trendOf(first)).toEqual([]);
    await until('a second report', async () =>
      earshot.arrived(later.StudyInstanceUID).length > 1 ? true : undefined,
    );
    await earshot.settled(patient.PatientID);
    const second = await reported(later.StudyInstanceUID);
    expect(trendOf(second)).toHaveLength(2);
    expect(trendOf(second)[1]).toContain('2026-06-01 (this report)');
    const { PredecessorDocumentsSequence } = second.dataset;
    const [older] = earshot.arrived(later.StudyInstanceUID);
    expect(JSON.stringify(PredecessorDocumentsSequence)).toContain(older!.SOPInstanceUID);
    // Looked at again, nothing is new.
    await earshot.send(baseline.all);
    await earshot.settled(patient.PatientID);
    expect(earshot.arrived(later.StudyInstanceUID)).toHaveLength(2);
  });

  const eroded = (mask: Mask): Mask => [...perturbedMasks(mask)].find(({ name }) => name === 'erosion')!.mask;
  const shrunk = (mask: Mask): Mask => eroded(eroded(eroded(eroded(mask))));
  const PROGRESSION =
    'Measured lesions: progression criteria met; the EAR model is past its purpose. NOT EVALUABLE.';
  const opening = ({ summary }: ReturnType<typeof reportValues>) => summary.split('\r\n')[0];

  it('that grew by 20 % and 5 mm opens with that, and has no probability', async () => {
    const { followUp, objects } = phantomCase('grown');
    await earshot.send(objects('baseline', { drawn: shrunk }).all);
    await earshot.send(followUp.all);
    const report = await reported(followUp.StudyInstanceUID);
    expect(opening(report)).toBe(PROGRESSION);
    expect([report.probability, report.category]).toEqual([undefined, 'Not evaluable']);
  });

  it('has its nadir at a follow-up that a rule holds', async () => {
    const { baseline, objects } = phantomCase('held-between');
    const held = objects('followUp', { ct: { SliceThickness: '6' }, drawn: shrunk });
    const later = objects('followUp', { as: 'later', StudyDate: '20260601' });
    await earshot.send(baseline.all);
    await earshot.send(later.all);
    expect(opening(await reported(later.StudyInstanceUID))).not.toBe(PROGRESSION);
    await earshot.send(held.all);
    await earshot.inState(held.StudyInstanceUID, 'held');
    await until('a second report', async () =>
      earshot.arrived(later.StudyInstanceUID).length > 1 ? true : undefined,
    );
    const second = await reported(later.StudyInstanceUID);
    expect(opening(second)).toBe(PROGRESSION);
    expect(trendOf(second)).toEqual([]);
    expect(earshot.arrived(held.StudyInstanceUID)).toEqual([]);
  });

  it('is of one lesion, though its tool gives every mask a tracking UID of its own', async () => {
    const { objects } = phantomCase('fresh-uids');
    const tracked = (point: Parameters<typeof objects>[1], TrackingUID: string) => {
      const made = objects('followUp', { maskKind: 'SEG', ...point });
      const dataset = readPart10(made.mask);
      const [segment] = dataset['SegmentSequence'] as Dataset[];
      return [...made.ct, writePart10({ ...dataset, SegmentSequence: [{ ...segment, TrackingUID }] })];
    };
    const first = objects('followUp').StudyInstanceUID;
    const later = { as: 'later', StudyDate: '20260601' };
    await earshot.send(objects('baseline', { maskKind: 'RTSTRUCT' }).all);
    await earshot.send(tracked({ drawn: shrunk }, '2.25.1001'));
    await reported(first);
    await earshot.send(tracked(later, '2.25.1002'));
    const report = await reported(objects('followUp', later).StudyInstanceUID);
    expect(opening(report)).toBe(PROGRESSION);
  });

  it('withdrawn by a person, does not come back because another of its time points is withdrawn', async () => {
    const { baseline, followUp, objects, patient } = phantomCase('both-withdrawn');
    const later = objects('followUp', { as: 'later', StudyDate: '20260601' });
    for (const { all } of [baseline, followUp, later]) await earshot.send(all);
    await reported(followUp.StudyInstanceUID);
    await reported(later.StudyInstanceUID);
    await earshot.settled(patient.PatientID);
    const sent = earshot.arrived(later.StudyInstanceUID).length;
    const because = {
      reason: 'safety',
      quality: 'other',
      text: 'wrong',
      installationUid: '2.25.77',
      author: 'a test',
    } as const;
    await withdraw(earshot.service.world, later.StudyInstanceUID, because);
    await withdraw(earshot.service.world, followUp.StudyInstanceUID, because);
    await earshot.service.world.catalogue.lookAgain(patient.PatientID);
    await earshot.settled(patient.PatientID);
    await earshot.inState(later.StudyInstanceUID, 'held');
    await earshot.settled(patient.PatientID);
    const isReport = ({ bytes }: { bytes: Uint8Array }) => readPart10(bytes)['SOPClassUID'] === COMPREHENSIVE;
    expect(earshot.arrived(later.StudyInstanceUID).filter(isReport)).toHaveLength(sent);
    expect(await earshot.reasons(later.StudyInstanceUID)).toEqual(['WITHDRAWN']);
  });
});

describe('a case that a rule holds', () => {
  it('tells a destination that wants to know of it, and gives no verdict', async () => {
    await using pacs = await startPacs();
    const node = { name: 'pacs', aeTitle: PACS, host: '127.0.0.1', port: pacs.port };
    const nodes = [{ ...node, roles: ['source', 'destination'], reportsOn: ['notEvaluable'] }];
    await using earshot = await startService({ nodes });
    const { baseline, objects } = phantomCase('held-and-told');
    const held = objects('followUp', { ct: { SliceThickness: '6' } });
    await earshot.send(baseline.all);
    await earshot.send(held.all);
    await until('a report', async () => (pacs.reports.length > 0 ? true : undefined), { withinMs: 20_000 });
    const { summary, probability, category, dataset } = reportValues(pacs.reports[0]!.bytes);
    expect(summary.split('\r\n')[0]).toBe(
      'NOT EVALUABLE: no probability of early acquired resistance (EAR) can be given. The case is held by QC-04; see the quality findings.',
    );
    expect([probability, category]).toEqual([undefined, 'Not evaluable']);
    expect(dataset['CompletionFlag']).toBe('PARTIAL');
    await earshot.inState(held.StudyInstanceUID, 'held');
  });
});
