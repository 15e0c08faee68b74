import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summaryText } from '../../../src/sr/summary.ts';
import { NORMALISED, reportCases, reportContent } from '../../support/report-content.ts';

const cases = reportCases();
const linesOf = (name: string): readonly string[] => summaryText(cases[name]!).split('\r\n');

describe('the summary', () => {
  it('says research use first, then category, probability, interval and cut-off', () => {
    const [use, result] = linesOf('normalised');
    expect(use).toBe('RESEARCH USE ONLY. Not for primary diagnosis.');
    expect(result).toBe(
      'POSITIVE: probability of early acquired resistance (EAR) to EGFR-TKI 65.53 % (95 % interval 44.50 to 80.22 %), cut-off 44.38 %.',
    );
  });

  it('says beside the probability that half of the training scans were resistant by design', () => {
    expect(linesOf('normalised')[2]).toContain('50 % resistant scans by design');
  });

  it("puts the value at the site's prevalence beside it, never instead of it", () => {
    const text = summaryText(cases['indeterminate']!);
    expect(text).toContain('65.53 % (95 % interval 40.10 to 80.22 %)');
    expect(text).toContain("At this site's prevalence of 20 % it is 32.10 %.");
  });

  it('marks a provisional probability beside the number', () => {
    expect(linesOf('indeterminate')[1]).toMatch(/^INDETERMINATE \(PROVISIONAL\): probability/);
    expect(linesOf('indeterminate')).toContain(
      'Normalisation: local cases, version v1, n = 32, PROVISIONAL.',
    );
  });

  it('says without normalisation that no probability can be given and why, and still gives the delta', () => {
    const text = summaryText(cases['no-normalisation']!);
    expect(text).toContain('No probability can be given: no normalisation');
    expect(text).not.toMatch(/POSITIVE|NEGATIVE|cut-off/);
    expect(text).toContain('0.6747 (baseline 2.4175, follow-up 3.0922)');
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

  it('opens with the report that it supersedes', () => {
    expect(linesOf('supersedes')[0]).toBe('Supersedes report of 2025-01-02.');
  });

  it('names lesion, volumes, dates and interval', () => {
    expect(summaryText(cases['normalised']!)).toContain(
      'Lesion 1: volume 32110 mm3 on 2024-11-02 (baseline), 28114 mm3 on 2025-01-02 (follow-up), 61 days apart.',
    );
    expect(summaryText(cases['no-dates']!)).toContain('interval unknown');
  });

  it('ends with what was not looked at', () => {
    expect(linesOf('normalised').at(-1)).toContain('new and unmeasured lesions are not assessed');
  });

  it('has at most 1000 characters and no lost line, whatever length the foreign texts have', () => {
    const long = fc.string({ maxLength: 2000 });
    fc.assert(
      fc.property(long, long, long, fc.nat(40), (trackingId, source, because, count) => {
        const finding = { id: 'QC-99', check: source, values: '', outcome: 'warn' as const };
        const content = reportContent({
          ...cases['supersedes'],
          lesion: { trackingId, trackingUid: '2.25.1' },
          findings: Array.from({ length: count }, () => finding),
          score: {
            ...NORMALISED,
            because,
            category: 'indeterminate',
            interval: [0.443_799_9, 0.443_800_1],
            normalisation: { ...NORMALISED.normalisation, source, isProvisional: true },
            priorShifted: { prevalence: 0.123456, probability: 0.443_799_99 },
            rank: { below: 1000, of: 2000 },
          },
        });
        const text = summaryText(content);
        expect(text.length).toBeLessThanOrEqual(1000);
        expect(text.split('\r\n')).toHaveLength(9);
      }),
      { numRuns: 200, seed: 1 },
    );
  });
});
