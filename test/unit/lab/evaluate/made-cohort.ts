import type { JudgedModel } from '../../../../src/lab/evaluate/judged-model.ts';
import type { FeatureTable } from '../../../../src/lab/table/feature-table.ts';
import { readFeatureTable } from '../../../../src/lab/table/read-feature-table.ts';

export const FEATURE = 'original_glcm_Contrast';
const VOLUME = 'original_shape_MeshVolume';

type Made = Readonly<{
  prefix?: string;
  patients?: number;
  /** of patient i, visit 0 (FFT) or 1 (EAR) */
  value?: (i: number, late: number) => number;
  days?: (i: number, late: number) => number | '';
  site?: (i: number) => string;
  digest?: string;
}>;

/** Two visits of each patient, whose feature overlaps and whose volume grows in every third. */
export const madeCsv = ({
  prefix = 'P',
  patients = 12,
  value = (i, late) => ((i * 7) % 12) + 4 * late,
  days = (i, late) => 60 + i + 300 * late,
  site = (i) => (i % 2 === 0 ? 'Harbour' : 'Hill'),
  digest,
}: Made = {}): string => {
  const header = `CaseName,patient,visit,label,days,site,scanner,${FEATURE},${VOLUME}${digest ? ',diagnostics_RecipeDigest' : ''}`;
  const lines = Array.from({ length: 2 * patients }, (_, row) => {
    const [i, late] = [Math.floor(row / 2), row % 2];
    const name = `${prefix}${i}`;
    const visit = late === 1 ? 'EAR' : 'FFT';
    const cells = [
      `${name}_${visit}`,
      name,
      visit,
      late,
      days(i, late),
      site(i),
      `scanner ${i % 3}`,
      value(i, late),
    ];
    return [...cells, i % 3 === 0 ? 50 * late + i : i, ...(digest ? [digest] : [])].join(',');
  });
  return `${[header, ...lines].join('\n')}\n`;
};

export const madeTable = (made: Made = {}): FeatureTable => readFeatureTable(madeCsv(made));

export const MODEL: JudgedModel = {
  id: 'made',
  version: '1',
  title: 'A made model',
  sha256: 'a'.repeat(64),
  definition: 'followUpMinusBaseline',
  reference: 'baseline',
  features: [{ name: FEATURE, mean: 7, sd: 4, coefficient: 1 }],
  intercept: 0,
  cutOff: 0.5,
  classifier: { kind: 'logisticRegression', C: null },
  training: { prevalence: 0.5 },
  harmonisation: null,
  recipeDigest: 'd'.repeat(64),
  lab: {},
};
