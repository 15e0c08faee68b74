import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Header } from '../../../src/dicom/header.ts';
import { evaluateEligibility } from '../../../src/eligibility/evaluate.ts';
import { type CaseInput, factsOf } from '../../../src/eligibility/facts.ts';
import { bodyPart, imageKind, normalToZDegrees } from '../../../src/eligibility/image-facts.ts';
import { kernelFamily } from '../../../src/eligibility/kernel.ts';
import { beyondMask, missingSlices } from '../../../src/eligibility/missing-slices.ts';
import { eligibilityRulesSchema } from '../../../src/eligibility/rule.ts';
import { compareIdentity } from '../../../src/matching/identity.ts';
import type { Patient } from '../../../src/patients/patient.ts';
import type { SeriesGeometry } from '../../../src/volume/geometry.ts';
import { makeMask, makeSeries } from '../matching/make-study.ts';

const rules = eligibilityRulesSchema.parse(parse(readFileSync('rules/eligibility.yaml', 'utf8')));
const geometry: SeriesGeometry = {
  sliceCount: 60,
  sliceSpacingMm: 2,
  sliceThicknessMm: 2,
  pixelSpacingMm: [0.7, 0.7],
  normalToZDegrees: 0,
  orientationSpreadDegrees: 0,
  gantryTiltDegrees: 0,
  shearDegrees: 0,
  gaps: [],
  stepDeviationMm: 0.009,
  duplicatePositions: 0,
  isUniform: true,
};
const timePoint = (header: Partial<Header>, changes: Partial<SeriesGeometry> = {}) => ({
  mask: makeMask({ drawnDate: header.StudyDate }),
  measurement: {
    header: makeSeries('1.1', {
      Modality: 'CT',
      ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
      BodyPartExamined: 'CHEST',
      Manufacturer: 'SIEMENS',
      ConvolutionKernel: 'B30f',
      RescaleType: 'HU',
      ...header,
    }).header,
    geometry: { ...geometry, ...changes },
    roi: {
      voxels: 500,
      volumeMm3: 490,
      slices: [20, 30] as const,
      hasPadding: false,
      longestInPlaneDiameterMm: 12,
      maximum3DDiameterMm: 14,
      airFraction: 0,
      fluidFraction: 0.1,
    },
    findings: [],
  },
});
const identity = { PatientID: 'P', IssuerOfPatientID: 'A', PatientBirthDate: '19600101', PatientSex: 'F' };
const patient: Patient = {
  PatientID: 'P',
  tkiStart: '20230110',
  drug: 'Gefitinib',
  mutation: 'L858R',
  otherTherapy: 'none',
  optOut: false,
  listed: true,
};
const good: CaseInput = {
  baseline: timePoint({ StudyDate: '20230101' }),
  followUp: timePoint({ StudyDate: '20230301' }),
  identity: compareIdentity(identity, identity, ['A']),
  patient,
};
const not = (changes: Partial<CaseInput>) =>
  evaluateEligibility(rules, factsOf({ ...good, ...changes }))
    .filter(({ outcome }) => outcome !== 'pass')
    .map(({ id, outcome, values }) => `${id} ${outcome}: ${values}`);
const followUp = (header: Partial<Header>, changes?: Partial<SeriesGeometry>) => ({
  followUp: timePoint({ StudyDate: '20230301', ...header }, changes),
});

describe('a case', () => {
  it("of the paper's kind passes every rule, one finding each", () => {
    expect(not({})).toEqual([]);
    expect(evaluateEligibility(rules, factsOf(good))).toHaveLength(rules.rules.length);
  });

  it.each<[string, Partial<CaseInput>, string[]]>([
    [
      'thick slices',
      followUp({}, { sliceThicknessMm: 5.5 }),
      ['QC-04 hold: baseline 2 mm; follow-up 5.5 mm', 'QC-05 warn: 3.5 mm'],
    ],
    [
      'contrast',
      followUp({ SeriesDescription: 'venous' }),
      ['QC-16 hold: baseline not asserted; follow-up given ("venous")'],
    ],
    [
      'another kernel',
      followUp({ ConvolutionKernel: 'B70f' }),
      ['QC-17 warn: baseline soft; follow-up sharp', 'QC-18 warn: different'],
    ],
    [
      'a gap beside the lesion',
      followUp({}, { gaps: [{ afterSlice: 32, missing: 1 }] }),
      ['QC-10 hold: baseline 0 slices; follow-up 1 slices'],
    ],
    [
      'slices of irregular steps',
      followUp({}, { stepDeviationMm: 0.05 }),
      ['QC-36 warn: baseline 0 %; follow-up 2.5 %'],
    ],
    [
      'gantry tilt to either side',
      followUp({}, { gantryTiltDegrees: -12 }),
      ['QC-08 hold: baseline 0 degrees; follow-up 12 degrees'],
    ],
    ['a third generation drug', { patient: { ...patient, drug: 'Osimertinib' } }, ['QC-32 hold: third']],
    [
      'chemotherapy beside it',
      { patient: { ...patient, otherTherapy: 'pemetrexed' } },
      ['QC-34 hold: given'],
    ],
    ['another mutation', { patient: { ...patient, mutation: 'other' } }, ['QC-33 hold: other']],
    ['no record', { patient: undefined }, ['QC-31 warn: therapy not recorded']],
    [
      'a record in part',
      { patient: { ...patient, mutation: undefined } },
      ['QC-31 warn: therapy recorded in part (not known: mutation)'],
    ],
    ['a baseline under therapy', { patient: { ...patient, tkiStart: '20221225' } }, ['QC-35 hold: 7 days']],
    [
      'a birth date empty on one side',
      { identity: compareIdentity(identity, { ...identity, PatientBirthDate: '' }, ['A']) },
      ['QC-27 warn: empty on one side'],
    ],
    [
      'a transfer syntax that loses, whatever the header says',
      followUp({ TransferSyntaxUID: '1.2.840.10008.1.2.4.91', LossyImageCompression: '00' }),
      ['QC-21 warn: baseline no; follow-up yes'],
    ],
    [
      'lossy compression in an earlier life',
      followUp({ LossyImageCompression: '01' }),
      ['QC-21 warn: baseline no; follow-up yes'],
    ],
    [
      'a mask that was drawn days after the exam',
      { followUp: { ...timePoint({ StudyDate: '20230301' }), mask: makeMask({ drawnDate: '20230313' }) } },
      ['QC-25 warn: baseline 0 days; follow-up 12 days'],
    ],
    [
      'a mask that was drawn the day after',
      { followUp: { ...timePoint({ StudyDate: '20230301' }), mask: makeMask({ drawnDate: '20230302' }) } },
      [],
    ],
  ])('%s is said', (_, changes, expected) => {
    expect(not(changes)).toEqual(expected);
  });

  it('header text that is not of our lists never reaches a finding', () => {
    const secret = 'MUSTERMANN';
    const odd = followUp({
      BodyPartExamined: secret,
      RescaleType: secret,
      ConvolutionKernel: secret,
      SeriesDescription: secret,
    });
    expect(JSON.stringify(evaluateEligibility(rules, factsOf({ ...good, ...odd })))).not.toContain(secret);
  });
});

describe('missing slices', () => {
  const at = (afterSlice: number, missing = 1) =>
    missingSlices(
      { ...geometry, sliceSpacingMm: (2 * (59 + missing)) / 59, gaps: [{ afterSlice, missing }] },
      [20, 30],
    );

  it('within 9 mm of the mask are near, others elsewhere (2 mm steps)', () => {
    expect(at(25)).toEqual({ nearMask: 1, elsewhere: 0 });
    expect(at(34)).toEqual({ nearMask: 1, elsewhere: 0 });
    expect(at(35)).toEqual({ nearMask: 0, elsewhere: 1 });
    expect(at(15)).toEqual({ nearMask: 1, elsewhere: 0 });
    expect(at(14)).toEqual({ nearMask: 0, elsewhere: 1 });
    expect(missingSlices(geometry, [0, 59])).toEqual({ nearMask: 0, elsewhere: 0 });
  });
});

describe('the end of the stack', () => {
  it('is as far from the mask as the nearer end, in slices and mm', () => {
    expect(beyondMask(geometry, [20, 30])).toEqual({ slices: 20, marginMm: 40 });
    expect(beyondMask(geometry, [20, 56])).toEqual({ slices: 3, marginMm: 6 });
    expect(beyondMask(geometry, [0, 30])).toEqual({ slices: 0, marginMm: 0 });
    expect(beyondMask(geometry, [20, 59])).toEqual({ slices: 0, marginMm: 0 });
  });

  it('counts room for slices that are missing in between as mm, not as slices', () => {
    const gapped = { ...geometry, sliceSpacingMm: (2 * 61) / 59, gaps: [{ afterSlice: 1, missing: 2 }] };
    const { slices, marginMm } = beyondMask(gapped, [3, 30]);
    expect(slices).toBe(3);
    expect(marginMm).toBeCloseTo(10, 9);
  });

  it('a single slice has no margin that could be known', () => {
    expect(beyondMask({ ...geometry, sliceCount: 1 }, [0, 0])).toEqual({ slices: 0, marginMm: null });
  });

  const lesionOn = (...slices: [number, number]) => {
    const point = timePoint({ StudyDate: '20230301' });
    const { measurement } = point;
    return not({
      followUp: { ...point, measurement: { ...measurement, roi: { ...measurement.roi, slices } } },
    });
  };

  it('holds a lesion that touches it, and warns within the reach of the filter', () => {
    const held = [
      'QC-37 hold: baseline 20 slices; follow-up 0 slices',
      'QC-38 warn: baseline 40 mm; follow-up 0 mm',
    ];
    expect(lesionOn(0, 10)).toEqual(held);
    expect(lesionOn(50, 59)).toEqual(held);
    expect(lesionOn(4, 10)).toEqual(['QC-38 warn: baseline 40 mm; follow-up 8 mm']);
    expect(lesionOn(5, 10)).toEqual([]);
  });
});

describe('header facts', () => {
  it.each([
    ['SIEMENS', 'B30f', 'soft'],
    ['SIEMENS', 'I31f\\3', 'soft'],
    ['Siemens Healthineers', 'Br40d\\3', 'soft'],
    ['SIEMENS', 'B60f', 'sharp'],
    ['SIEMENS', 'Bl57d', 'sharp'],
    ['GE MEDICAL SYSTEMS', 'STANDARD', 'soft'],
    ['GE MEDICAL SYSTEMS', 'BONEPLUS', 'sharp'],
    ['Philips', 'B', 'soft'],
    ['Philips', 'YC', 'sharp'],
    ['TOSHIBA', 'FC08', 'soft'],
    ['Canon Medical Systems', 'FC52', 'sharp'],
    ['UIH', 'B_SOFT_B', 'soft'],
    ['UIH', 'B_SHARP_C', 'sharp'],
    ['Someone', 'B', 'unknown'],
    ['SIEMENS', '', 'unknown'],
  ])('kernel of %s %s is %s', (Manufacturer, ConvolutionKernel, family) => {
    expect(kernelFamily({ Manufacturer, ConvolutionKernel })).toBe(family);
  });

  it.each([
    [['ORIGINAL', 'PRIMARY', 'AXIAL'], 'axial'],
    [['ORIGINAL', 'PRIMARY', 'LOCALIZER'], 'localizer'],
    [['DERIVED', 'SECONDARY', 'MPR'], 'reformatted'],
    [['DERIVED', 'PRIMARY', 'AXIAL', 'CSA RESAMPLED'], 'reformatted'],
    [['DERIVED', 'SECONDARY', 'OTHER'], 'secondary'],
    [['DERIVED', 'PRIMARY', 'AXIAL'], 'derivedAxial'],
    [[], 'unknown'],
    [undefined, 'unknown'],
  ])('ImageType %j is %s', (ImageType, kind) => {
    expect(imageKind({ ImageType })).toBe(kind);
  });

  it('body part falls back on the descriptions, and an empty one is unknown', () => {
    const of = (header: Partial<Header>) => bodyPart(makeSeries('1', header).header);
    expect(of({ BodyPartExamined: 'CHEST' })).toBe('chest');
    expect(of({ BodyPartExamined: '', StudyDescription: 'CT Thorax' })).toBe('chest');
    expect(of({ BodyPartExamined: 'ABDOMEN' })).toBe('other');
    expect(of({})).toBe('unknown');
  });

  it('the normal of tilted slices is measured from z, and a degenerate orientation is not known', () => {
    const tilt = (degrees: number) => [
      1,
      0,
      0,
      0,
      Math.cos((degrees * Math.PI) / 180),
      Math.sin((degrees * Math.PI) / 180),
    ];
    expect(normalToZDegrees({ ImageOrientationPatient: tilt(12) })).toBeCloseTo(12, 9);
    expect(normalToZDegrees({ ImageOrientationPatient: [1, 0, 0, 0, -1, 0] })).toBeCloseTo(0, 6);
    expect(normalToZDegrees({ ImageOrientationPatient: [0, 0, 0, 0, 0, 0] })).toBeNull();
    expect(normalToZDegrees({})).toBeNull();
  });
});
