import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Dataset, readPart10 } from '../../../src/dicom/part10.ts';
import { isUid } from '../../../src/dicom/uid.ts';
import { renderReport } from '../../../src/sr/document.ts';
import { canonicalContentKey, reportIdentity } from '../../../src/sr/identity.ts';
import { everyItem, itemsOf, readTree, textOf } from '../../../src/sr/read-tree.ts';
import type { ReportContent } from '../../../src/sr/report.ts';
import { reportCases, reportContent } from '../../support/report-content.ts';
import { NORMALISED, withHeader } from '../../support/report-parts.ts';
import { shippedTemplates } from '../../support/report-template.ts';

const template = shippedTemplates();
const cases = reportCases();
const render = (content: ReportContent) => renderReport(template, content);
const datasetOf = (content: ReportContent): Dataset => readPart10(render(content).bytes);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const study = (content: ReportContent): string => content.followUp.measurement.header.StudyInstanceUID;

/** Study UID to the SOP Instance UIDs listed below it. */
const listed = (dataset: Dataset, keyword: string): Record<string, readonly string[]> =>
  Object.fromEntries(
    itemsOf(dataset, keyword).map((item) => [
      textOf(item, 'StudyInstanceUID'),
      itemsOf(item, 'ReferencedSeriesSequence')
        .flatMap((series) => itemsOf(series, 'ReferencedSOPSequence'))
        .map((reference) => textOf(reference, 'ReferencedSOPInstanceUID')),
    ]),
  );

const numbersOf = (dataset: Dataset, codeValue: string): readonly Dataset[] =>
  [...everyItem(readTree(dataset))]
    .filter(({ concept }) => concept?.CodeValue === codeValue)
    .flatMap((item) => itemsOf(item.dataset, 'MeasuredValueSequence'));

describe('identity of a report', () => {
  it('the same content, built in another key order, gives the same bytes', () => {
    const content = reportContent();
    const reversed = Object.fromEntries(Object.entries(content).reverse()) as ReportContent;
    expect(sha256(render(reversed).bytes)).toBe(sha256(render(content).bytes));
  });

  it('another completion time keeps the UIDs and changes nothing but the dates and times', () => {
    const [first, later] = [
      reportContent(),
      reportContent({ completed: { date: '20250204', time: '101112' } }),
    ];
    expect(reportIdentity(later)).toEqual(reportIdentity(first));
    const [one, other] = [datasetOf(first), datasetOf(later)];
    const changed = Object.keys(one).filter(
      (keyword) => JSON.stringify(one[keyword]) !== JSON.stringify(other[keyword]),
    );
    expect(changed.sort()).toEqual([
      'ContentDate',
      'ContentTime',
      'InstanceCreationDate',
      'InstanceCreationTime',
      'SeriesDate',
      'SeriesTime',
    ]);
  });

  it.each([
    ['template digest', { digests: { ...reportContent().digests, template: '0'.repeat(64) } }],
    ['software version', { installation: { ...reportContent().installation, softwareVersion: '0.2.0' } }],
    ['baseline choice', { baselineChoice: { rule: 'designated', because: 'another' } }],
    ['language', { language: 'zh' as const }],
    ['growth', { growth: undefined }],
    [
      'mask region',
      {
        baseline: { ...reportContent().baseline, region: { ...reportContent().baseline.region, number: 3 } },
      },
    ],
    ['SOP class', { srSopClass: 'comprehensive3d' as const }],
  ])('another %s gives another instance and another series', (_what, change) => {
    const [one, other] = [reportIdentity(reportContent()), reportIdentity(reportContent(change))];
    expect(other.SOPInstanceUID).not.toBe(one.SOPInstanceUID);
    expect(other.SeriesInstanceUID).not.toBe(one.SeriesInstanceUID);
  });

  it('is known before rendering and equals what the file says', () => {
    const content = reportContent();
    const { bytes, ...identity } = render(content);
    expect(identity).toEqual(reportIdentity(content));
    expect(readPart10(bytes)).toMatchObject(identity);
    expect([identity.SOPInstanceUID, identity.SeriesInstanceUID].every(isUid)).toBe(true);
    expect(identity.SeriesInstanceUID).not.toBe(identity.SOPInstanceUID);
    expect(identity.StudyInstanceUID).toBe(study(content));
  });

  it('a superseding report has UIDs of its own, though its result key is the same', () => {
    const [first, again] = [reportContent({ srSopClass: 'comprehensive3d' }), cases['supersedes']!];
    expect(canonicalContentKey(again)).toBe(canonicalContentKey(first));
    expect(reportIdentity(again).SOPInstanceUID).not.toBe(reportIdentity(first).SOPInstanceUID);
  });
});

describe('modules of a report', () => {
  it('copies patient and study of the follow-up CT as they are', () => {
    const { header } = reportContent().followUp.measurement;
    expect(datasetOf(reportContent())).toMatchObject({
      PatientID: header.PatientID,
      PatientBirthDate: header.PatientBirthDate,
      PatientSex: header.PatientSex,
      StudyDate: header.StudyDate,
      StudyTime: header.StudyTime,
      AccessionNumber: header.AccessionNumber,
    });
  });

  it('has absent type 2 attributes present and empty', () => {
    const dataset = datasetOf(cases['no-dates']!);
    for (const keyword of [
      'StudyDate',
      'StudyTime',
      'StudyID',
      'AccessionNumber',
      'PatientSex',
      'PatientBirthDate',
    ])
      expect(dataset[keyword], keyword).toBe('');
    expect(dataset).toHaveProperty('ReferringPhysicianName');
    expect(dataset['ReferencedPerformedProcedureStepSequence']).toEqual([]);
    expect(dataset['PerformedProcedureCodeSequence']).toEqual([]);
  });

  it('answers a request only when there is an accession number', () => {
    const [request] = itemsOf(datasetOf(reportContent()), 'ReferencedRequestSequence');
    expect(request).toMatchObject({ AccessionNumber: 'ACC-1', StudyInstanceUID: study(reportContent()) });
    expect(datasetOf(cases['no-dates']!)).not.toHaveProperty('ReferencedRequestSequence');
  });

  it('keeps names in all scripts as UTF-8, padded by bytes', () => {
    const { bytes } = render(cases['names-in-many-scripts']!);
    const dataset = readPart10(bytes);
    expect(dataset['SpecificCharacterSet']).toBe('ISO_IR 192');
    expect(dataset['PatientName']).toEqual([
      expect.objectContaining({ Alphabetic: 'Hong^Gildong', Ideographic: '洪^吉洞', Phonetic: '홍^길동' }),
    ]);
    expect(dataset['StudyDescription']).toBe('胸部CT 平扫 フォローアップ');
    // (0010,0010) PN, length of the UTF-8 bytes rounded up to even
    const name = Buffer.from('Hong^Gildong=洪^吉洞=홍^길동', 'utf8');
    const length = name.length + (name.length % 2);
    expect(
      Buffer.from(bytes).includes(
        Buffer.concat([Buffer.from([0x10, 0, 0x10, 0, 0x50, 0x4e, length, 0]), name]),
      ),
    ).toBe(true);
  });

  it('keeps a tracking identifier in all scripts inside of the tree, and counts its length in characters', () => {
    const trackingId = '우상엽 병변 右上叶 Läsion';
    const because = '病'.repeat(900);
    const dataset = datasetOf(
      reportContent({
        lesion: { trackingId, trackingUid: '2.25.5' },
        baselineChoice: { rule: 'own', because },
      }),
    );
    const texts = [...everyItem(readTree(dataset))].map((item) => textOf(item.dataset, 'TextValue'));
    expect(texts.filter((text) => text === trackingId)).toHaveLength(3);
    expect(texts).toContain(`Baseline by rule own: ${because}`);
  });

  it('is UNVERIFIED and PRELIMINARY; COMPLETE with, PARTIAL without a probability', () => {
    const flags = (name: string) => datasetOf(cases[name]!);
    expect(flags('normalised')).toMatchObject({
      VerificationFlag: 'UNVERIFIED',
      PreliminaryFlag: 'PRELIMINARY',
      CompletionFlag: 'COMPLETE',
    });
    for (const name of ['no-normalisation', 'too-few-local-cases', 'not-evaluable'])
      expect(flags(name)).toMatchObject({
        CompletionFlag: 'PARTIAL',
        CompletionFlagDescription: expect.stringMatching(/.{10,64}/),
      });
  });

  it('names the report that it supersedes', () => {
    const content = cases['supersedes']!;
    expect(listed(datasetOf(content), 'PredecessorDocumentsSequence')).toEqual({
      [study(content)]: [content.supersedes[0]!.SOPInstanceUID],
    });
    expect(datasetOf(cases['normalised']!)).not.toHaveProperty('PredecessorDocumentsSequence');
  });
});

describe('evidence', () => {
  const uids = ({ measurement, mask }: ReportContent['followUp']): readonly string[] => [
    ...measurement.instances.map(({ SOPInstanceUID }) => SOPInstanceUID),
    mask.SOPInstanceUID,
  ];

  it('lists every follow-up image and its mask as current, baseline as other evidence', () => {
    const content = reportContent();
    const dataset = datasetOf(content);
    expect(listed(dataset, 'CurrentRequestedProcedureEvidenceSequence')).toEqual({
      [study(content)]: uids(content.followUp),
    });
    expect(listed(dataset, 'PertinentOtherEvidenceSequence')).toEqual({
      [content.baseline.measurement.header.StudyInstanceUID]: uids(content.baseline),
    });
  });

  it('lists a mask that lives in another study under that study', () => {
    const { followUp } = reportContent();
    const content = reportContent({
      followUp: { ...followUp, mask: { ...followUp.mask, StudyInstanceUID: '2.25.99' } },
    });
    const current = listed(datasetOf(content), 'CurrentRequestedProcedureEvidenceSequence');
    expect(current['2.25.99']).toEqual([followUp.mask.SOPInstanceUID]);
    expect(current[study(content)]).not.toContain(followUp.mask.SOPInstanceUID);
  });

  it('lists a mask that serves both time points once, as current evidence', () => {
    const { followUp, baseline } = reportContent();
    const dataset = datasetOf(reportContent({ baseline: { ...baseline, mask: followUp.mask } }));
    const other = Object.values(listed(dataset, 'PertinentOtherEvidenceSequence')).flat();
    expect(other).toHaveLength(baseline.measurement.instances.length);
  });
});

describe('numbers in the tree', () => {
  it('carry the exact double beside the rounding for people', () => {
    const dataset = datasetOf(reportContent());
    expect(numbersOf(dataset, 'DELTA_LOG_DV')).toEqual([
      expect.objectContaining({ NumericValue: 0.67468, FloatingPointValue: NORMALISED.delta }),
    ]);
    expect(numbersOf(dataset, 'PROB_EAR')).toEqual([
      expect.objectContaining({ NumericValue: 65.53, FloatingPointValue: NORMALISED.probability! * 100 }),
    ]);
  });

  it('repeat both operands of the delta by value, exactly', () => {
    const operands = numbersOf(datasetOf(reportContent()), 'D3YU').map(
      (value) => value['FloatingPointValue'],
    );
    const { baselineValue, followUpValue } = NORMALISED;
    expect(operands).toEqual([baselineValue, followUpValue, baselineValue, followUpValue]);
  });

  it('give the interval of the probability', () => {
    const dataset = datasetOf(reportContent());
    const [low, high] = ['PROB_CI95_LOW', 'PROB_CI95_HIGH'].map((code) => numbersOf(dataset, code));
    expect([low![0]!['NumericValue'], high![0]!['NumericValue']]).toEqual([44.5, 80.22]);
  });

  it.each([
    ['normalised', '10828004'],
    ['indeterminate', '82334004'],
    ['not-evaluable', 'NOT_EVALUABLE'],
    ['no-normalisation', undefined],
    ['too-few-local-cases', undefined],
  ])('%s: the class is %s', (name, expected) => {
    const items = [...everyItem(readTree(datasetOf(cases[name]!)))];
    const found = items.find(({ concept }) => concept?.CodeValue === 'EAR_CLASS');
    const value = found && textOf(itemsOf(found.dataset, 'ConceptCodeSequence')[0]!, 'CodeValue');
    expect(value).toBe(expected);
    const codes = items.map(({ concept }) => concept?.CodeValue);
    expect(codes.includes('PROB_EAR')).toBe(expected !== undefined);
    expect(codes.includes('113071')).toBe(expected !== undefined);
  });

  it('that cannot be computed are empty and say so (CID 42)', () => {
    const items = [...everyItem(readTree(datasetOf(cases['not-evaluable']!)))];
    for (const code of ['DELTA_LOG_DV', '113071', 'PROB_EAR']) {
      const { dataset } = items.find(({ concept }) => concept?.CodeValue === code)!;
      expect(dataset['MeasuredValueSequence']).toEqual([]);
      expect(textOf(itemsOf(dataset, 'NumericValueQualifierCodeSequence')[0]!, 'CodeValue')).toBe('114008');
    }
  });

  it('of a feature without a code of its own are not called difference variance', () => {
    const feature = 'original_firstorder_Entropy';
    const base = reportContent();
    const dataset = datasetOf(
      reportContent({ score: { ...base.score, feature }, model: { ...base.model, feature } }),
    );
    const codes = [...everyItem(readTree(dataset))].map(({ concept }) => concept?.CodeValue);
    expect(codes).toContain('FEATURE');
    for (const absent of ['D3YU', 'DELTA_LOG_DV', 'IMG_FILTER', '5QB6', 'LOG_SIGMA'])
      expect(codes).not.toContain(absent);
  });
});

describe('quality findings', () => {
  const findingsOf = (content: ReportContent): readonly string[] =>
    [...everyItem(readTree(datasetOf(content)))]
      .filter(({ concept }) => concept?.CodeValue === '111052')
      .map(({ dataset }) => textOf(dataset, 'TextValue'));

  it('name every check with what it saw and its outcome', () => {
    expect(findingsOf(reportContent())).toEqual([
      'QC-05 slice thickness: baseline 3.0 mm, follow-up 3.0 mm: pass',
      'QC-07 therapy: not recorded: warn',
    ]);
  });

  it('say so when nothing was checked', () => {
    expect(findingsOf(reportContent({ findings: [] }))).toEqual(['No quality check is recorded.']);
  });
});

describe('hostile input', () => {
  it('control characters, backslashes, long and empty texts in foreign values still give a legal report', () => {
    const { followUp, baseline } = reportContent();
    const content = reportContent({
      lesion: { trackingId: '\u0000 \\ \u001b[31m', trackingUid: '2.25.5' },
      baselineChoice: { rule: 'a\\b', because: 'x'.repeat(2500) },
      findings: [{ id: 'QC-01', check: 'text', values: '\u0007'.repeat(1500), outcome: 'warn' }],
      followUp: withHeader(followUp, {
        PatientID: 'x'.repeat(100),
        PatientWeight: 'heavy',
        StudyID: 'a\\b',
        StudyDate: 'not a date',
        ProcedureCodeSequence: [{ CodeValue: 'x'.repeat(40), CodingSchemeDesignator: '', CodeMeaning: '' }],
      }),
      baseline,
    });
    expect(() => render(content)).not.toThrow();
  });

  it('a tracking identifier of blanks is refused rather than left out', () => {
    const content = reportContent({ lesion: { trackingId: ' ', trackingUid: '2.25.5' } });
    expect(() => render(content)).toThrow(/REPORT_INVALID.*mandatory-row/);
  });
});
