import { describe, expect, it } from 'vitest';
import { repeatabilityCsv, repeatabilityOf } from '../../../../src/lab/cohort/repeatability.ts';
import { agreementOf } from '../../../../src/lab/statistics/icc.ts';
import { readFeatureTable } from '../../../../src/lab/table/read-feature-table.ts';
import { codeOf } from '../../../support/code-of.ts';

const HEADER = 'CaseName,patient,visit,reader,original_glcm_Contrast';
/** Reader B reads 1 more at baseline and 1 or 3 more at follow-up. */
const ROWS = [
  ...['1b,1,baseline,A,10', '1b,1,baseline,B,11', '1f,1,FFT,A,14', '1f,1,FFT,B,15'],
  ...['2b,2,baseline,A,20', '2b,2,baseline,B,21', '2f,2,FFT,A,22', '2f,2,FFT,B,25'],
];
const table = (rows = ROWS, header = HEADER) => readFeatureTable(`${[header, ...rows].join('\n')}\n`);

describe('repeatability', () => {
  it('of a feature and of its change since baseline, reader by reader', () => {
    const { features, notices } = repeatabilityOf(table());
    expect(features).toEqual([
      {
        feature: 'original_glcm_Contrast',
        of: 'value',
        ...agreementOf(Float64Array.of(10, 11, 14, 15, 20, 21, 22, 25), 2),
      },
      { feature: 'original_glcm_Contrast', of: 'delta', ...agreementOf(Float64Array.of(4, 4, 2, 4), 2) },
    ]);
    expect(notices).toEqual([]);
  });

  it('of duplicate scans, which are cases of their own', () => {
    const rows = ['a1,a,FFT,1,5', 'a2,a,FFT,2,6', 'b1,b,FFT,1,8', 'b2,b,FFT,2,8'];
    const { features } = repeatabilityOf(table(rows, HEADER.replace('reader', 'repeat')));
    expect(features).toEqual([
      { feature: 'original_glcm_Contrast', of: 'value', ...agreementOf(Float64Array.of(5, 6, 8, 8), 2) },
    ]);
  });

  it('leaves a subject without all repeats out, and says so', () => {
    const { features, notices } = repeatabilityOf(table([...ROWS, '3b,3,baseline,A,9']));
    expect(features[0]!.subjects).toBe(4);
    expect(notices).toEqual(['value: 1 subjects do not have all repeats and are left out.']);
  });

  it('refuses what has no repeats, or the same repeat twice', () => {
    const refused = (rows: string[], header = HEADER) => codeOf(() => repeatabilityOf(table(rows, header)));
    expect(refused(ROWS, HEADER.replace('reader', 'comment'))).toBe('TABLE_INVALID');
    expect(refused(ROWS.filter((row) => row.includes(',A,')))).toBe('COHORT_INVALID');
    expect(refused(ROWS.slice(0, 2))).toBe('COHORT_INVALID');
    expect(refused([...ROWS, 'other,1,baseline,A,10'])).toBe('TABLE_INVALID');
    expect(refused([...ROWS, '1b,1,baseline,A,10'])).toBe('TABLE_INVALID');
  });

  it('is written as a table', () => {
    const [header, first, second] = repeatabilityCsv(repeatabilityOf(table())).split('\n');
    expect(header).toBe(
      'feature,of,subjects,repeats,icc21,icc21Lower,icc21Upper,icc31,icc31Lower,icc31Upper,withinSd,withinCv,repeatabilityCoefficient',
    );
    expect(first).toMatch(/^original_glcm_Contrast,value,4,2,0\.9/);
    expect(second!.split(',')).toHaveLength(13);
  });
});
