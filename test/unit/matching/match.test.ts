import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { matchBaseline } from '../../../src/matching/match.ts';
import { baselineRulesSchema } from '../../../src/matching/rule.ts';
import type { StudySummary } from '../../../src/matching/study-summary.ts';
import type { Patient } from '../../../src/patients/patient.ts';
import { makeSeries, makeStudy } from './make-study.ts';

const rules = baselineRulesSchema.parse(parse(readFileSync('rules/baseline.yaml', 'utf8')));
const patient = (more: Partial<Patient> = {}): Patient => ({
  PatientID: 'P1',
  optOut: false,
  listed: true,
  ...more,
});
const followUp = makeStudy(99, '20230601');
const match = (candidates: readonly StudySummary[], record?: Patient) =>
  matchBaseline(followUp, candidates, record, rules);
const reasonOf = (candidate: StudySummary, record?: Patient): string => {
  const result = match([candidate], record);
  return result.kind === 'none' ? (result.considered[0]?.because ?? '') : result.kind;
};
const identity = makeStudy(0, undefined).identity;

describe('the baseline of a follow-up', () => {
  const early = makeStudy(1, '20220501');
  const before = makeStudy(2, '20230210');
  const under = makeStudy(3, '20230401');
  const later = makeStudy(4, '20230801');
  const all = [later, under, before, early];

  it('is the designated study before everything else', () => {
    const record = patient({ designatedBaseline: under.StudyInstanceUID, tkiStart: '20230215' });
    expect(match(all, record)).toMatchObject({ kind: 'matched', baseline: under, rule: 'designated' });
  });

  it('is the last one on or before the TKI start, when that is known', () => {
    const result = match(all, patient({ tkiStart: '20230215' }));
    expect(result).toMatchObject({
      kind: 'matched',
      baseline: before,
      rule: 'last-before-therapy',
      hasMask: true,
    });
  });

  it('is else the earliest one with a mask', () => {
    expect(match(all)).toMatchObject({ kind: 'matched', baseline: early, rule: 'earliest-with-mask' });
    const undrawn = makeStudy(1, '20220501', { mask: false });
    expect(match([undrawn, before, under])).toMatchObject({ kind: 'matched', baseline: before });
  });

  it('falls back to a study under therapy when none is before it; the eligibility rules then hold the case', () => {
    expect(match([under], patient({ tkiStart: '20230101' }))).toMatchObject({
      kind: 'matched',
      rule: 'earliest-with-mask',
    });
  });

  it('carries the reasons of every other candidate', () => {
    const result = match(all, patient({ tkiStart: '20230215' }));
    expect(result).toMatchObject({
      rejected: [
        { StudyInstanceUID: early.StudyInstanceUID, because: 'Another study is later.' },
        { StudyInstanceUID: under.StudyInstanceUID, because: 'It is after the TKI start.' },
        { StudyInstanceUID: later.StudyInstanceUID, because: 'It is not earlier than the follow-up.' },
      ],
    });
  });

  it('may lack its mask before the therapy: the case then waits for it', () => {
    const undrawn = makeStudy(5, '20230214', { mask: false });
    expect(match([before, undrawn], patient({ tkiStart: '20230215' }))).toMatchObject({
      baseline: undrawn,
      hasMask: false,
    });
  });

  it('two studies of one day without times are ambiguous, unless only one is drawn', () => {
    const twin = makeStudy(5, '20230210');
    const record = patient({ tkiStart: '20230215' });
    expect(match([before, twin], record)).toMatchObject({ kind: 'ambiguous' });
    expect(match([before, makeStudy(5, '20230210', { mask: false })], record)).toMatchObject({
      baseline: before,
    });
    const [morning, evening] = [
      makeStudy(6, '20230210', { StudyTime: '0800' }),
      makeStudy(7, '20230210', { StudyTime: '190000.5' }),
    ];
    expect(match([morning, evening], record)).toMatchObject({ kind: 'matched', baseline: evening });
  });

  it('the order in which candidates are listed never matters', () => {
    const dates = fc.constantFrom('20230101', '20230102', '20230210', '20230601', undefined);
    const study = fc.record({
      date: dates,
      time: fc.constantFrom(undefined, '0800', '1200'),
      mask: fc.boolean(),
      zone: fc.constantFrom(undefined, '+0000', '+1400', '-1200'),
    });
    fc.assert(
      fc.property(fc.array(study, { maxLength: 5 }), fc.nat(), fc.boolean(), (drafts, turn, isKnown) => {
        const studies = drafts.map(({ date, time, mask, zone }, at) =>
          makeStudy(at + 1, date, { StudyTime: time, TimezoneOffsetFromUTC: zone, mask }),
        );
        const record = isKnown ? patient({ tkiStart: '20230102' }) : undefined;
        const cut = studies.length > 0 ? turn % studies.length : 0;
        const turned = [...studies.slice(cut), ...studies.slice(0, cut)].reverse();
        expect(match(turned, record)).toEqual(match(studies, record));
      }),
    );
  });
});

describe('a study that is no candidate says why', () => {
  it.each<[string, Parameters<typeof makeStudy>[2], string | undefined, RegExp]>([
    ['undated', {}, undefined, /StudyDate is missing/],
    ['of the same day without times', {}, '20230601', /order cannot be told/],
    ['later', {}, '20230701', /not earlier/],
    ['of another Patient ID', { identity: { ...identity, PatientID: 'P2' } }, '20230101', /another/],
    [
      'of another issuer',
      { identity: { ...identity, IssuerOfPatientID: 'B' } },
      '20230101',
      /another issuer/,
    ],
    ['without CT', { ctSeries: [] }, '20230101', /no CT series/],
    ['with contrast', { ctSeries: [makeSeries('1.9', { hasContrastBolus: true })] }, '20230101', /Contrast/],
    ['of thick slices', { ctSeries: [makeSeries('1.9', { SliceThickness: 7 })] }, '20230101', /7 mm thick/],
    ['without a mask', { mask: false }, '20230101', /No rule takes it/],
  ])('%s', (_, more, date, because) => {
    expect(reasonOf(makeStudy(1, date, more))).toMatch(because);
  });

  it('an empty Patient ID is nobody, so it matches nothing', () => {
    const nobody = { ...identity, PatientID: '' };
    const result = matchBaseline(
      { ...followUp, identity: nobody },
      [makeStudy(1, '20230101', { identity: nobody })],
      undefined,
      rules,
    );
    expect(result).toMatchObject({ kind: 'none', considered: [{ because: 'The Patient ID is empty.' }] });
  });

  it('the follow-up is not its own baseline, and no candidate gives none', () => {
    expect(match([followUp])).toEqual({ kind: 'none', considered: [] });
  });
});

describe('a study that is a baseline itself', () => {
  it('on or before the TKI start, or designated', () => {
    const earlier = [makeStudy(1, '20230101')];
    expect(match(earlier, patient({ tkiStart: '20230601' })).kind).toBe('isBaselineItself');
    expect(match(earlier, patient({ tkiStart: '20230531' })).kind).toBe('matched');
    expect(match(earlier, patient({ designatedBaseline: followUp.StudyInstanceUID })).kind).toBe(
      'isBaselineItself',
    );
  });
});

describe("one Patient ID with two persons' data", () => {
  const other = makeStudy(1, '20230101', { identity: { ...identity, PatientBirthDate: '19700101' } });
  const good = makeStudy(2, '20230201');

  it('is held, never scored, even when another candidate agrees', () => {
    expect(match([other])).toMatchObject({ kind: 'conflict' });
    expect(match([good, other])).toMatchObject({ kind: 'conflict' });
    expect(match([{ ...other, identity: { ...identity, PatientSex: 'M' } }])).toMatchObject({
      kind: 'conflict',
    });
  });

  it('its reasons name the attribute, not the values', () => {
    expect(JSON.stringify(match([other]))).toMatch(/another birth date/);
    const { considered } = match([other]) as { considered: unknown };
    expect(JSON.stringify(considered)).not.toMatch(/1970|1960/);
  });

  it("is settled when an administrator designates an agreeing baseline, never by designating the other person's", () => {
    expect(match([good, other], patient({ designatedBaseline: good.StudyInstanceUID }))).toMatchObject({
      baseline: good,
    });
    expect(match([good, other], patient({ designatedBaseline: other.StudyInstanceUID })).kind).toBe(
      'conflict',
    );
  });

  it('a later study of that other person does not matter', () => {
    expect(match([good, { ...other, StudyDate: '20231231' }])).toMatchObject({
      kind: 'matched',
      baseline: good,
    });
  });
});

describe('an absent issuer', () => {
  const without = makeStudy(1, '20230101', { identity: { ...identity, IssuerOfPatientID: '' } });

  it('matches when one issuer is known for the ID, and is a finding', () => {
    expect(match([without])).toMatchObject({ kind: 'matched', identity: { issuer: 'emptyOnOne' } });
  });

  it('does not match when two issuers are known for it', () => {
    const elsewhere = makeStudy(2, '20230102', { identity: { ...identity, IssuerOfPatientID: 'B' } });
    expect(match([without, elsewhere]).kind).toBe('none');
  });
});
