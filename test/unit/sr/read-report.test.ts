import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Dataset, readPart10 } from '../../../src/dicom/part10.ts';
import { shrinkageRate } from '../../../src/model/growth.ts';
import { renderReport } from '../../../src/sr/document.ts';
import { reportIdentity } from '../../../src/sr/identity.ts';
import { LANGUAGES } from '../../../src/sr/language.ts';
import { readReport } from '../../../src/sr/read-report.ts';
import { everyItem, itemsOf, readTree } from '../../../src/sr/read-tree.ts';
import {
  lesionsOf,
  type ReportContent,
  type ReportLesion,
  type ReportTimePoint,
} from '../../../src/sr/report.ts';
import { findingStatements, trendStatements, worstOutcome } from '../../../src/sr/statements.ts';
import { clipped } from '../../../src/sr/wording.ts';
import { anyContent } from '../../support/report-any.ts';
import { reportCases, reportContent } from '../../support/report-content.ts';
import { pointOf } from '../../support/report-parts.ts';
import { shippedTemplates } from '../../support/report-template.ts';

const templates = shippedTemplates();
const written = (content: ReportContent): Dataset => readPart10(renderReport(templates, content).bytes);

const timePoint = ({ measurement: { header, roi } }: ReportTimePoint, featureValue: number | null) => ({
  StudyDate: header.StudyDate ?? '',
  SeriesInstanceUID: header.SeriesInstanceUID,
  volumeMm3: roi.volumeMm3,
  longestInPlaneDiameterMm: roi.longestInPlaneDiameterMm,
  maximum3DDiameterMm: roi.maximum3DDiameterMm,
  featureValue,
});

const lesion = (each: ReportLesion, at: number) => ({
  trackingId: clipped(each.lesion.trackingId, 64),
  trackingUid: each.lesion.trackingUid,
  role: at === 0 ? 'target' : 'other',
  baseline: timePoint(each.baseline, each.score.baselineValue),
  followUp: timePoint(each.followUp, each.score.followUpValue),
  delta: each.score.delta,
  stability: each.stability,
  shrinkagePercent:
    100 *
    shrinkageRate(
      each.baseline.measurement.roi.longestInPlaneDiameterMm,
      each.followUp.measurement.roi.longestInPlaneDiameterMm,
    ),
});

const model = ({
  id,
  title,
  version,
}: ReportContent['model'] | NonNullable<ReportContent['classic']>['model']) =>
  expect.objectContaining({ id, title, version, sha256: 'c'.repeat(64) });

/** Said a second time, without slots: what a reader of the report has to find. */
function expected(content: ReportContent) {
  const { header } = content.followUp.measurement;
  const { score, growth, classic } = content;
  const isAsked = score.category !== null;
  const shown = classic && classic.result.probability !== null ? classic : undefined;
  return {
    ...reportIdentity(content),
    PatientID: header.PatientID ?? '',
    IssuerOfPatientID: header.IssuerOfPatientID ?? '',
    PatientBirthDate: header.PatientBirthDate ?? '',
    PatientSex: header.PatientSex ?? '',
    StudyDate: header.StudyDate ?? '',
    StudyTime: header.StudyTime ?? '',
    ContentDate: content.completed.date,
    ContentTime: content.completed.time,
    predecessors: content.supersedes.map(({ SOPClassUID, SOPInstanceUID }) => ({
      SOPClassUID,
      SOPInstanceUID,
    })),
    language: content.language,
    summary: expect.any(String),
    lesions: lesionsOf(content).map(lesion),
    baselineStudyInstanceUID: content.baseline.measurement.header.StudyInstanceUID,
    feature: score.feature,
    intervalDays: content.intervalDays,
    growth: growth && {
      percent: 100 * growth.growthFraction,
      nadirMm: growth.nadirMm,
      currentMm: growth.currentMm,
      isProgression: growth.isProgression,
    },
    model: isAsked ? model(content.model) : undefined,
    z: score.z,
    probability: score.probability,
    interval: score.interval,
    cutOff: isAsked ? score.cutOff : null,
    category: score.category,
    priorShifted: score.priorShifted,
    normalisation: isAsked ? score.normalisation.kind : 'none',
    classic: shown && {
      model: model(shown.model),
      probability: shown.result.probability,
      interval: shown.result.interval,
      cutOff: shown.result.cutOff,
      category: shown.result.category,
    },
    quality: worstOutcome(content.findings),
    findings: findingStatements(content),
    trend: trendStatements(content),
    point: pointOf(content),
  };
}

const classes = ['comprehensive', 'comprehensive3d'] as const;
const forms = classes.flatMap((srSopClass) => LANGUAGES.map((language) => ({ srSopClass, language })));

describe('a report that is read back', () => {
  const cases = Object.entries(reportCases()).flatMap(([name, content]) =>
    forms.map((form) => ({ name, ...form, content: { ...content, ...form } })),
  );

  it.each(cases)('gives its result: $name, $srSopClass, $language', ({ content }) => {
    expect(readReport(written(content))).toStrictEqual(expected(content));
  });

  it('gives every number to its last digit', () => {
    fc.assert(
      fc.property(anyContent, (content) => {
        expect(readReport(written(content))).toStrictEqual(expected(content));
      }),
      { numRuns: 8, endOnFailure: true },
    );
  }, 60_000);

  it('gives the parameters of its models', () => {
    const content = { ...reportCases()['classic']!, language: 'zh' as const };
    const read = readReport(written(content));
    const { model, digests, score } = content;
    expect(read?.model?.parameters).toMatchObject({
      coefficient: model.coefficient,
      intercept: model.intercept,
      training: model.training,
      digests,
      result: { probability: score.probability, interval: score.interval, cutOff: score.cutOff },
    });
    const { values, z } = content.classic!.result;
    expect(read?.classic?.model.parameters).toMatchObject({ values, z });
  });

  it('of a template without the exact fractions gives those of the percents', () => {
    const dataset = written(reportContent());
    const parameters = find(dataset, '111002', 'PROB_EAR');
    parameters['TextValue'] = JSON.stringify({ id: 'm', sha256: 's' });
    const read = readReport(dataset);
    expect(read?.probability).toBeCloseTo(reportContent().score.probability!, 14);
    expect(read?.interval?.[0]).toBeCloseTo(reportContent().score.interval![0], 14);
  });
});

/** The item of that code; below the item of another code where one is named. */
function find(dataset: Dataset, code: string, parent?: string): Dataset {
  const items = [...everyItem(readTree(dataset))];
  const below = parent ? [...everyItem(items.find(({ concept }) => concept?.CodeValue === parent)!)] : items;
  return below.find(({ concept }) => concept?.CodeValue === code)!.dataset;
}

const measured = (item: Dataset): Dataset => itemsOf(item, 'MeasuredValueSequence')[0]!;

describe('is no report of ours', () => {
  const faults: readonly [string, (dataset: Dataset) => void][] = [
    ['an object of another class', (d) => Object.assign(d, { SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.22' })],
    ['a report without our scheme', (d) => delete d['CodingSchemeIdentificationSequence']],
    [
      'another title',
      (d) => Object.assign(itemsOf(d, 'ConceptNameCodeSequence')[0]!, { CodeValue: '126000' }),
    ],
    ['no template', (d) => delete d['ContentTemplateSequence']],
    ['a UID that is none', (d) => Object.assign(d, { SOPInstanceUID: '../1' })],
    ['no evidence of the baseline', (d) => delete d['PertinentOtherEvidenceSequence']],
    [
      'two roles',
      (d) => (find(d, '125007', '126010')['ContentTemplateSequence'] = [{ TemplateIdentifier: '1501' }]),
    ],
    [
      'a probability that was edited',
      (d) => Object.assign(measured(find(d, 'PROB_EAR')), { FloatingPointValue: 1 }),
    ],
    ['parameters that are no JSON', (d) => Object.assign(find(d, '111002', 'PROB_EAR'), { TextValue: '{' })],
    [
      'a class of another scheme',
      (d) => Object.assign(find(d, 'EAR_CLASS'), { ConceptCodeSequence: [{ CodeValue: 'x' }] }),
    ],
    ['no number and no reason', (d) => Object.assign(find(d, 'SHRINKAGE'), { MeasuredValueSequence: [] })],
    [
      'a number that is none',
      (d) => Object.assign(measured(find(d, 'L0JK')), { FloatingPointValue: Number.NaN }),
    ],
    [
      'a number in another unit',
      (d) =>
        Object.assign(measured(find(d, '103339001')), {
          MeasurementUnitsCodeSequence: [{ CodeValue: 'cm', CodingSchemeDesignator: 'UCUM' }],
        }),
    ],
    ['a negative size', (d) => Object.assign(measured(find(d, '118565006')), { FloatingPointValue: -1 })],
    [
      'a class without a probability',
      (d) =>
        Object.assign(find(d, 'PROB_EAR'), {
          MeasuredValueSequence: [],
          NumericValueQualifierCodeSequence: [{ CodeValue: '114008', CodingSchemeDesignator: 'DCM' }],
        }),
    ],
  ];

  it.each(faults)('%s', (_, spoil) => {
    const dataset = written(reportContent());
    expect(readReport(dataset)).toBeDefined();
    spoil(dataset);
    expect(readReport(dataset)).toBeUndefined();
  });

  it('any other dataset', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), (any) => {
        expect(readReport(any)).toBeUndefined();
      }),
    );
  });

  it('and nothing that stands in its place anywhere makes reading throw', () => {
    const original = JSON.stringify(written(reportCases()['several-lesions-trend-late']!));
    const places = placesIn(JSON.parse(original));
    fc.assert(
      fc.property(fc.nat(places.length - 1), fc.anything({ withNullPrototype: true }), (at, any) => {
        const dataset = JSON.parse(original) as Dataset;
        const [path, keyword] = places[at]!;
        containerAt(dataset, path)[keyword] = any;
        expect(() => readReport(dataset)).not.toThrow();
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});

type Place = readonly [path: readonly (string | number)[], keyword: string | number];

type Container = Record<string | number, unknown>;
const containerAt = (dataset: Dataset, path: Place[0]): Container =>
  path.reduce((here: Container, step) => here[step] as Container, dataset);

/** Every value in a dataset and in the items below it. */
function placesIn(value: unknown, path: readonly (string | number)[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const keys = Array.isArray(value) ? value.map((_, at) => at) : Object.keys(value);
  return keys.flatMap((key) => [
    [path, key] as const,
    ...placesIn((value as Container)[key], [...path, key]),
  ]);
}
