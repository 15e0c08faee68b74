import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { maskOnVolume } from '../../src/masks/mask-on-volume.ts';
import { EAR_2023 } from '../../src/radiomics/profile.ts';
import type { ExtractionSettings } from '../../src/radiomics/settings.ts';
import { volumeFromInstances } from '../../src/volume/from-instances.ts';
import type { Mask, Volume } from '../../src/volume/volume.ts';
import { ibsiDigitalPhantom } from './ibsi-digital.ts';
import { readCase, readNifti } from './reference-cases.ts';

type Lesion = Readonly<{ volume: Volume; mask: Mask }>;

/** A case of the reference whose input is here. */
export type FeatureCase = Readonly<{
  /** as in `features_<name>.json`, `meta_<name>.json` */
  name: string;
  /** where voxels and region come from */
  input: string;
  load: (reference: string) => Lesion;
  settings: ExtractionSettings;
  /** features that have a number in the reference but must have none: rounding noise */
  isNoise?: (feature: string) => boolean;
}>;

const ORIGINAL_ONLY: ExtractionSettings = {
  ...EAR_2023,
  resampledPixelSpacing: null,
  imageTypes: { Original: true, LoG: [] },
};

const phantom = (name: string): FeatureCase => ({
  name,
  input: 'int16 phantom',
  load: (reference) => readCase(reference, name),
  settings: EAR_2023,
});
const nifti = (name: string): FeatureCase => ({
  name: name.replace('-', '_'),
  input: 'float32 NIfTI',
  load: (reference) => readNifti(reference, name),
  settings: EAR_2023,
});
const dicom = (folder: string, name: string): FeatureCase => ({
  name,
  input: 'DICOM CT + RTSTRUCT',
  load: (reference) => readDicom(join(reference, 'dicom', folder)),
  settings: EAR_2023,
});

function readDicom(folder: string): Lesion {
  const files = readdirSync(join(folder, 'ct')).map((file) => join(folder, 'ct', file));
  const ct = volumeFromInstances(files.length, (i) => readFileSync(files[i]!));
  return { volume: ct.volume, mask: maskOnVolume(readFileSync(join(folder, 'rs.dcm')), 1, ct).mask };
}

export const FEATURE_CASES: readonly FeatureCase[] = [
  phantom('synth1'),
  phantom('synth1_followup'),
  phantom('synth2_border'),
  phantom('synth3_twocomp'),
  phantom('edge_flat'),
  { ...phantom('edge_flat_noresample'), isNoise: (feature) => feature.startsWith('log-sigma') },
  phantom('edge_oneslice'),
  phantom('edge_tiny'),
  {
    name: 'edge_isolated_noresample',
    input: 'int16 phantom, voxels apart',
    load: (reference) => readCase(reference, 'edge_isolated', 'synth1'),
    settings: ORIGINAL_ONLY,
  },
  {
    name: 'ibsi_digital',
    input: 'digital phantom of the IBSI',
    load: () => ibsiDigitalPhantom(),
    settings: { ...ORIGINAL_ONLY, binCount: null, binWidth: 1 },
  },
  nifti('sts-042'),
  nifti('sts-008'),
  dicom('sts-042', 'sts_042_dicom'),
  dicom('sts-008', 'sts_008_dicom'),
  dicom('lung-pair/baseline', 'lung_baseline'),
  dicom('lung-pair/followup', 'lung_followup'),
];

/** Relative error; 0 where both differ by no more than the floor, for values near 0. */
const FLOOR = 1e-9;
export function errorOf(value: number, expected: number): number {
  const difference = Math.abs(value - expected);
  return difference === 0
    ? 0
    : difference <= FLOOR
      ? Math.min(difference, difference / Math.abs(expected))
      : difference / Math.abs(expected);
}
