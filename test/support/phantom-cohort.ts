/** Studies of a cohort on disk, with their table. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CaseObjects, phantomCase } from './phantom-case.ts';

export const COHORT_HEADER = 'patient,study,visit,date,label,roi,split,site';
/** Few features of one filtered image: seconds instead of minutes. */
export const COHORT_SETTINGS =
  'imageType: { LoG: { sigma: [3] } }\nfeatureClass: { shape: [MeshVolume], glcm: [DifferenceVariance] }\nsetting: { binCount: 50, resampledPixelSpacing: [0.702, 0.702, 0] }\n';
const DATES = { baseline: '2024-01-10', FFT: '2024-03-10', EAR: '2024-09-10' } as const;
type Visit = keyof typeof DATES;
export const COHORT_VISITS = Object.keys(DATES) as Visit[];

export const cohortStudy = (patient: string, visit: Visit): CaseObjects =>
  phantomCase(patient).objects(visit === 'baseline' ? 'baseline' : 'followUp', {
    as: visit,
    StudyDate: DATES[visit].replaceAll('-', ''),
  });

/** The row of a study as its table says it; `date`: another than that of the images. */
export const cohortRow = (
  patient: string,
  visit: Visit,
  study: string,
  date: string = DATES[visit],
): string =>
  [
    patient,
    study,
    visit,
    date,
    visit === 'baseline' ? '' : visit === 'EAR' ? 1 : 0,
    '',
    'train',
    'here',
  ].join(',');

export function writeStudy(folder: string, { ct, mask }: CaseObjects, hasMask: boolean): void {
  mkdirSync(folder, { recursive: true });
  for (const [i, object] of ct.entries()) writeFileSync(join(folder, `${i}.dcm`), object);
  if (hasMask) writeFileSync(join(folder, 'mask.dcm'), mask);
}
