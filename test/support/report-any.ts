/** Reports whose numbers, texts and lesions are anything that a report can hold. */
import fc from 'fast-check';
import type { Category } from '../../src/model/score-result.ts';
import { LANGUAGES } from '../../src/sr/language.ts';
import type { ReportContent, ReportLesion } from '../../src/sr/report.ts';
import { reportContent } from './report-content.ts';
import { CLASSIC, NORMALISED, STEADY, timePoint, trendPoint, uid } from './report-parts.ts';

/** Plain objects, as JSON and our own code make them. */
const record = <T>(parts: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(parts, { noNullPrototype: true }) as fc.Arbitrary<T>;

/** As large as a DS can be read back; a file does not tell -0 from 0. */
const double = fc.double({ noNaN: true, min: -1e9, max: 1e9 }).map((value) => value || 0);
const size = fc.double({ noNaN: true, min: 1e-3, max: 1e6 });
const fraction = fc.double({ noNaN: true, min: 0, max: 1 }).map((value) => value || 0);
const interval = fc
  .tuple(fraction, fraction)
  .map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);
/** Without what dcmjs takes for padding in items: blanks at a backslash, and characters whose UTF-8 ends in a Latin-1 blank. */
const words = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 80 })
  .map((text) => `L ${text.replace(/[\\\u0080-\u{10ffff}]/gu, (each) => (isMistaken(each) ? 'x' : each))}`);
const isMistaken = (character: string): boolean =>
  character === '\\' || Buffer.from(character).at(-1) === 0xa0;

const anyPoint = (label: string, StudyDate: string) =>
  fc
    .record({ volumeMm3: size, diameterMm: size, inPlaneMm: size })
    .map((values) =>
      timePoint(label, label === 'baseline' ? 'SEG' : 'RTSTRUCT', { StudyDate }, { ...values, feature: 1 }),
    );

const anyLesion = (name: string): fc.Arbitrary<ReportLesion> =>
  record({
    lesion: words.map((trackingId) => ({ trackingId, trackingUid: uid(name) })),
    baseline: anyPoint('baseline', '20241102'),
    followUp: anyPoint('follow-up', '20250102'),
    score: record({ baselineValue: fc.option(double), followUpValue: fc.option(double) }).map(
      ({ baselineValue, followUpValue }) => ({
        ...NORMALISED,
        baselineValue,
        followUpValue,
        delta: baselineValue === null || followUpValue === null ? null : followUpValue - baselineValue,
        category: null,
        rank: null,
      }),
    ),
    stability: fc.option(
      record({ pairs: fc.integer({ min: 2, max: 49 }), minimum: double, maximum: double, sd: size }),
      { nil: undefined },
    ),
  });

const anyResult = fc.oneof(
  record({
    category: fc.constantFrom<Category>('positive', 'negative', 'indeterminate'),
    z: double,
    probability: fraction,
    interval: fc.option(interval),
    cutOff: fraction,
    priorShifted: fc.option(record({ prevalence: fraction, probability: fraction })),
  }),
  fc.constantFrom<Category | null>('notEvaluable', null).map((category) => ({
    category,
    z: null,
    probability: null,
    interval: null,
    priorShifted: null,
  })),
);

const anyClassic = record({ probability: fraction, interval: fc.option(interval), cutOff: fraction });

export const anyContent: fc.Arbitrary<ReportContent> = record({
  target: anyLesion('lesion'),
  others: fc.tuple(...[1, 2, 3].map((at) => fc.option(anyLesion(`lesion ${at}`)))),
  result: anyResult,
  classic: fc.option(anyClassic),
  growth: fc.option(
    record({ nadirMm: size, currentMm: size, growthFraction: double, isProgression: fc.boolean() }),
  ),
  form: record({
    srSopClass: fc.constantFrom('comprehensive', 'comprehensive3d'),
    language: fc.constantFrom(...LANGUAGES),
    intervalDays: fc.option(fc.nat(9999)),
  }),
  trend: fc.array(fc.tuple(double, fc.option(fraction)), { maxLength: 3 }),
}).map(({ target, others, result, classic, growth, form, trend }) =>
  reportContent({
    ...target,
    ...form,
    score: { ...target.score, ...result },
    otherLesions: others.filter((each) => each !== null),
    classic: classic === null ? undefined : { ...CLASSIC, result: { ...CLASSIC.result, ...classic } },
    growth: growth === null ? undefined : { ...STEADY, ...growth },
    trend: trend.map(([delta, probability], at) => trendPoint(`2024120${at + 1}`, delta, probability)),
  }),
);
