import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { maskOnVolume } from '../../src/masks/mask-on-volume.ts';
import { measure } from '../../src/radiomics/measure.ts';
import type { Measurement } from '../../src/radiomics/measurement.ts';
import { EAR_2023 } from '../../src/radiomics/profile.ts';
import { volumeFromInstances } from '../../src/volume/from-instances.ts';
import { describeWithReference, referenceDir } from '../support/reference.ts';

const FEATURE = 'log-sigma-3-0-mm-3D_glcm_DifferenceVariance';
const reference = (...path: string[]): string => join(referenceDir() ?? '', ...path);
const json = (...path: string[]) => JSON.parse(readFileSync(reference(...path), 'utf8'));
const slices = (folder: string): string[] =>
  readdirSync(reference('dicom', folder, 'ct')).map((name) => reference('dicom', folder, 'ct', name));

const measured = (folder: string): Measurement =>
  measure(
    {
      images: slices(folder),
      mask: { file: reference('dicom', folder, 'rs.dcm'), region: 1 },
      features: [FEATURE],
      settings: EAR_2023,
    },
    (path) => readFileSync(path),
  );

const CASES = [
  ['lung-pair/baseline', 'lung_baseline', 125_256],
  ['lung-pair/followup', 'lung_followup', 113_066],
  ['sts-042', 'sts_042_dicom', 11_175],
  ['sts-008', 'sts_008_dicom', 8_862],
] as const;

describeWithReference('real CT with RTSTRUCT, from files to the feature', () => {
  it.each(CASES)('%s: grid, ROI voxels and the feature are those of PyRadiomics', (folder, name, voxels) => {
    const { grid, roi, features, geometry, findings } = measured(folder);
    const { input } = json('radiomics', `meta_${name}.json`);
    expect(grid).toEqual({
      size: input.size,
      spacing: input.spacing,
      origin: input.origin,
      direction: input.direction,
    });
    expect(roi.voxels).toBe(voxels);
    expect(input.roi_voxels).toBe(voxels);
    const expected: number = json('radiomics', `features_${name}.json`)[FEATURE];
    expect(Math.abs(features[FEATURE]! - expected) / expected).toBeLessThan(1e-9);
    expect(geometry).toMatchObject({ isUniform: true, gaps: [], duplicatePositions: 0, shearDegrees: 0 });
    expect(findings).toEqual([]);
  });

  it('the baseline mask equals the reference mask voxel for voxel', () => {
    const files = slices('lung-pair/baseline').toReversed();
    const ct = volumeFromInstances(files.length, (i) => readFileSync(files[i]!));
    const { mask } = maskOnVolume(readFileSync(reference('dicom/lung-pair/baseline/rs.dcm')), 1, ct);
    const nrrd = readFileSync(reference('radiomics/cases/ibsi_ct_rtstruct_mask.nrrd'));
    const expected = gunzipSync(nrrd.subarray(nrrd.indexOf('\n\n') + 2));
    expect(nrrd.toString('latin1')).toContain(`sizes: ${mask.size.join(' ')}`);
    expect(Buffer.compare(expected, Buffer.from(mask.voxels))).toBe(0);
  });

  it('the delta of the pair is -0.043773078297', () => {
    const [baseline, followUp] = [measured('lung-pair/baseline'), measured('lung-pair/followup')];
    expect(followUp.features[FEATURE]! - baseline.features[FEATURE]!).toBeCloseTo(-0.043773078297, 11);
    expect(baseline.imageDigest).not.toBe(followUp.imageDigest);
    const { seconds: _, ...again } = measured('lung-pair/baseline');
    expect(baseline).toMatchObject(again);
  });
});
