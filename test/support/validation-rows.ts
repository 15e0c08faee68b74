import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { extractFeatures } from '../../src/radiomics/extract.ts';
import { featureNames } from '../../src/radiomics/features.ts';
import { measure } from '../../src/radiomics/measure.ts';
import { EAR_2023 } from '../../src/radiomics/profile.ts';
import type { Mask, Volume } from '../../src/volume/volume.ts';
import { referenceDir } from './reference.ts';
import { readCase, readFeatures, readNifti } from './reference-cases.ts';

type Row = Readonly<{ name: string; count: number; worst: number; feature: string }>;
type Values = Readonly<Record<string, number | null>>;

const NAMES = featureNames(EAR_2023);
const PHANTOMS = [
  'synth1',
  'synth1_followup',
  'synth2_border',
  'synth3_twocomp',
  'edge_flat',
  'edge_oneslice',
  'edge_tiny',
];
const NIFTI = ['sts-042', 'sts-008'];
const DICOM = [
  ['lung-pair/baseline', 'lung_baseline'],
  ['lung-pair/followup', 'lung_followup'],
  ['sts-042', 'sts_042_dicom'],
  ['sts-008', 'sts_008_dicom'],
] as const;

/** Every reference case whose input is here, measured by this version, against the reference values. */
export function validationRows(): Row[] {
  const folder = referenceDir();
  if (folder === undefined) throw new Error('no reference folder; set EARSHOT_REFERENCE_DIR');
  const ofLesion = ({ volume, mask }: { volume: Volume; mask: Mask }): Values =>
    extractFeatures(volume, mask, EAR_2023, NAMES).features;
  return [
    ...PHANTOMS.map((name) =>
      compare(`\`${name}\` (int16 phantom)`, ofLesion(readCase(folder, name)), readFeatures(folder, name)),
    ),
    ...NIFTI.map((name) => {
      const expected = readFeatures(folder, name.replace('-', '_'));
      return compare(`\`${name}\` (float32 NIfTI)`, ofLesion(readNifti(folder, name)), expected);
    }),
    ...DICOM.map(([path, name]) =>
      compare(`\`${path}\` (DICOM CT + RTSTRUCT)`, ofDicom(folder, path), readFeatures(folder, name)),
    ),
  ];
}

function ofDicom(folder: string, path: string): Values {
  const slices = join(folder, 'dicom', path, 'ct');
  const request = {
    images: readdirSync(slices).map((name) => join(slices, name)),
    mask: { file: join(folder, 'dicom', path, 'rs.dcm'), region: 1 },
    features: NAMES,
    settings: EAR_2023,
  };
  return measure(request, (file) => readFileSync(file)).features;
}

function compare(name: string, values: Values, expected: Readonly<Record<string, number | string>>): Row {
  const errors = NAMES.map((feature) => {
    const [value, wanted] = [values[feature], expected[feature]];
    const isBothNumbers = typeof value === 'number' && typeof wanted === 'number';
    return {
      feature,
      error: isBothNumbers ? Math.abs(value - wanted) / Math.abs(wanted) : Number.POSITIVE_INFINITY,
    };
  });
  const { feature, error } = errors.reduce((worst, each) => (each.error > worst.error ? each : worst));
  return { name, count: errors.length, worst: error, feature };
}
