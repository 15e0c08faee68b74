import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messagesOf } from '../../../src/sr/messages/messages-of.ts';
import { growthStatement } from '../../../src/sr/statements.ts';
import { summaryText } from '../../../src/sr/summary.ts';
import { reportCases, reportContent } from '../../support/report-content.ts';
import { NORMALISED } from '../../support/report-parts.ts';

const cases = reportCases();
const linesOf = (name: string): readonly string[] => summaryText(cases[name]!).split('\r\n');

describe('the summary', () => {
  it('says category, probability, interval, cut-off and assumed prevalence first, then research use', () => {
    const [result, use] = linesOf('normalised');
    expect(result).toBe(
      'POSITIVE: probability of early acquired resistance (EAR) to EGFR-TKI 65.53 % (95 % interval 44.50 to 80.22 %), cut-off 44.38 %. Assumes 50 % prevalence (by design).',
    );
    expect(use).toBe('RESEARCH USE ONLY. Not for primary diagnosis.');
  });

  it('opens with the progression of the measured lesions, and gives no probability beside it', () => {
    const [result] = linesOf('progression');
    expect(result).toBe(
      'Measured lesions: progression criteria met; the EAR model is past its purpose. NOT EVALUABLE.',
    );
    expect(summaryText(cases['progression']!)).toContain('nadir 37.5 mm on 2024-11-02: +10.7 mm (+28.7 %)');
    expect(summaryText(cases['progression']!)).not.toMatch(/probability|cut-off/);
  });

  it('says that new and unmeasured lesions are not assessed, never that there is no progression', () => {
    for (const content of Object.values(cases).filter(({ language }) => language === 'en')) {
      expect(summaryText(content)).toContain('New and unmeasured lesions are not assessed.');
      expect(summaryText(content)).not.toMatch(/no progression/i);
    }
  });

  it('says that the mask came late, that there is a newer CT, and which lesion is the target', () => {
    const lines = linesOf('several-lesions-trend-late');
    expect(lines).toContain(
      'LATE: follow-up mask drawn 12 days after the exam; a newer CT of 2025-02-01 is here.',
    );
    expect(lines).toContain(
      '2 lesions measured; the result is of the target: the longest at baseline. Unpaired, not measured: 1 at follow-up (new?).',
    );
  });

  it("puts the value at the site's prevalence beside it, never instead of it", () => {
    const text = summaryText(cases['indeterminate']!);
    expect(text).toContain('65.53 % (95 % interval 40.10 to 80.22 %)');
    expect(text).toContain("At this site's 20 % it is 32.10 %.");
  });

  it('marks a provisional probability beside the number', () => {
    expect(linesOf('indeterminate')[0]).toMatch(/^INDETERMINATE \(PROVISIONAL\): probability/);
    expect(linesOf('indeterminate')).toContain(
      'Normalisation: local cases, version v1, n = 32, PROVISIONAL.',
    );
  });

  it('says without normalisation that no probability can be given and why, and still gives the delta', () => {
    const text = summaryText(cases['no-normalisation']!);
    expect(text).toContain('No probability can be given: no normalisation');
    expect(text).not.toMatch(/POSITIVE|NEGATIVE|cut-off/);
    expect(text).toContain('0.6747 (baseline 2.4175, follow-up 3.0922;');
  });

  it('gives the rank among local deltas when these are too few for a probability', () => {
    expect(summaryText(cases['too-few-local-cases']!)).toContain('Larger than 9 of 12 local deltas.');
    expect(linesOf('too-few-local-cases')).toContain(
      'Normalisation: none established (local cases, version v0, n = 12).',
    );
  });

  it('says not evaluable, and why, when the feature is undefined', () => {
    const text = summaryText(cases['not-evaluable']!);
    expect(text).toContain('NOT EVALUABLE: no probability');
    expect(text).toContain('The feature is undefined at follow-up');
    expect(text).toContain('follow-up not computable');
  });

  it('names the report that it supersedes', () => {
    expect(linesOf('supersedes')[2]).toBe('Supersedes report of 2025-01-02.');
  });

  it('names lesion, volumes, diameters, shrinkage, dates and interval', () => {
    expect(summaryText(cases['normalised']!)).toContain(
      'Lesion 1: volume 32110 to 28114 mm3, in-plane diameter 37.5 to 35.4 mm (shrinkage 5.5 %), 2024-11-02 to 2025-01-02, 61 days.',
    );
    expect(summaryText(cases['no-dates']!)).toContain('interval unknown');
  });

  it('ends with what it does not replace', () => {
    expect(linesOf('normalised').at(-1)).toBe('Replaces neither RECIST nor re-biopsy.');
  });

  it('has at most 1000 characters, the result first and its limits last, whatever there is to say', () => {
    const long = fc.string({ maxLength: 2000 });
    const many = fc.record({ baseline: fc.nat(30), followUp: fc.nat(30) });
    fc.assert(
      fc.property(
        long,
        long,
        many,
        fc.constantFrom('only', 'primary', 'largest'),
        fc.nat(40),
        (trackingId, source, unpaired, rule, count) => {
          const finding = { id: 'QC-99', check: source, values: '', outcome: 'warn' as const };
          const { measurement, ...rest } = cases['normalised']!.followUp;
          const roi = { ...measurement.roi, volumeMm3: 1_234_567.8 * count, longestInPlaneDiameterMm: 123.4 };
          const content = reportContent({
            ...cases['several-lesions-trend-late'],
            followUp: { ...rest, measurement: { ...measurement, roi } },
            supersedes: cases['supersedes']!.supersedes,
            language: count % 2 === 0 ? 'en' : 'zh',
            lesion: { trackingId, trackingUid: '2.25.1' },
            target: { rule, of: rule === 'only' ? 1 : 10 },
            unpaired,
            uncompared: Array.from({ length: count }, () => '20250115'),
            findings: Array.from({ length: count }, () => finding),
            score: {
              ...NORMALISED,
              category: 'indeterminate',
              interval: [0.443_799_9, 0.443_800_1],
              normalisation: { ...NORMALISED.normalisation, source, version: source, isProvisional: true },
              priorShifted: { prevalence: 0.123456, probability: 0.443_799_99 },
              rank: { below: 1000, of: 2000 },
            },
          });
          const text = summaryText(content);
          const lines = text.split('\r\n');
          const messages = messagesOf(content.language);
          expect(text.length).toBeLessThanOrEqual(1000);
          expect(lines[0]).toContain(messages.verdict.indeterminate);
          expect(lines[1]).toBe(messages.researchUse);
          expect(lines.at(-1)).toBe(messages.limits);
        },
      ),
      { numRuns: 300, seed: 1 },
    );
  });

  it('leaves nothing out of an ordinary report', () => {
    expect(linesOf('normalised')).toHaveLength(8);
    expect(linesOf('several-lesions-trend-late')).toHaveLength(10);
  });

  it('rounds growth to its own side of the criteria', () => {
    const { growth } = cases['normalised']!;
    const almost = { ...growth!, growthMm: 4.99, growthFraction: 0.1996, isProgression: false };
    expect(growthStatement(reportContent({ growth: almost }))).toContain('+4.99 mm (+19.96 %)');
    const just = { ...growth!, growthMm: 5, growthFraction: 0.2, isProgression: true };
    expect(growthStatement(reportContent({ growth: just }))).toContain('+5.0 mm (+20.0 %)');
  });

  it('names earlier CTs that the growth was not compared with', () => {
    expect(summaryText(reportContent({ uncompared: ['20241201', '20241220'] }))).toContain(
      'Not compared with the CT of 2024-12-01, 2024-12-20.',
    );
  });
});
