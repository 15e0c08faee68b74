import { statSync } from 'node:fs';
import { Fault } from '../fault.ts';
import { chooseRegion } from '../pipeline/pair-lesion.ts';
import type { Radiomics } from '../ports.ts';
import type { FileMeasurement, Measurement } from '../radiomics/measurement.ts';
import { defaultConfig, loadRules } from '../startup/load.ts';
import { reading } from '../startup/read-fault.ts';
import { readTimePoint } from '../startup/time-point.ts';
import { measuredOutcome, type Outcome } from './extract-output.ts';
import type { ExtractCase, ExtractOptions } from './extract-request.ts';
import { maskFault } from './mask-fault.ts';

const LABEL_IMAGE = /\.(nrrd|nhdr|nii|nii\.gz|hdr|img)$/i;

/** Features of one case. Faults: those of reading and measuring. */
export async function measureCase(
  radiomics: Radiomics,
  each: ExtractCase,
  options: ExtractOptions,
): Promise<Outcome> {
  const settings = each.label === undefined ? options.settings : { ...options.settings, label: each.label };
  const request = { ...options, settings };
  const { signal } = new AbortController();
  refuseUnusable(each);
  const measured: Measurement | FileMeasurement = LABEL_IMAGE.test(each.mask)
    ? await radiomics.measureFiles({ ...request, image: imageOf(each), mask: fileAt(each.mask) }, signal)
    : await radiomics.measure({ ...request, ...regionOf(each) }, signal);
  return measuredOutcome(each, measured, request);
}

/** An option that would be ignored is refused. */
function refuseUnusable({ mask, roi, label }: ExtractCase): void {
  const isLabelImage = LABEL_IMAGE.test(mask);
  if (isLabelImage && roi !== undefined)
    throw new Fault(
      'USAGE',
      'a label image has labels, not names: give --label (Label) instead of --roi (Roi)',
    );
  if (!isLabelImage && label !== undefined)
    throw new Fault(
      'USAGE',
      'an RTSTRUCT or SEG has names, not labels: give --roi (Roi) instead of --label (Label)',
    );
}

function fileAt(path: string): string {
  const found = reading(path, () => statSync(path, { throwIfNoEntry: false }));
  if (!found?.isFile()) throw new Fault('INPUT_NOT_FOUND', path);
  return path;
}

/** An image file, or the slices of the one CT series in a folder. */
function imageOf({ image }: ExtractCase): string | readonly string[] {
  if (LABEL_IMAGE.test(image)) return fileAt(image);
  const { known, fileOf } = readTimePoint(image);
  const [series, ...others] = known.summary.ctSeries;
  if (!series || others.length > 0) {
    throw new Fault('INPUT_NOT_FOUND', `${image}: ${others.length + 1} CT series; give the folder of one`);
  }
  return series.SOPInstanceUIDs.map((uid) => fileOf.get(uid) ?? '');
}

/** The slices and the region that an RTSTRUCT or SEG describes. */
function regionOf({ image, mask, roi }: ExtractCase) {
  if (LABEL_IMAGE.test(image)) {
    throw new Fault(
      'USAGE',
      'an image file goes with a label image (.nrrd, .nii); an RTSTRUCT or SEG goes with CT slices',
    );
  }
  const { known, fileOf } = readTimePoint(image, mask);
  const { chosen, obstacle } = chooseRegion(known, 'mask', loadRules(defaultConfig()).roi.value, roi);
  if (!chosen) {
    const names = known.summary.masks.flatMap(({ regions }) => regions.map(({ name }) => `"${name}"`));
    const isNamed = roi !== undefined && names.length > 0 && !names.includes(`"${roi}"`);
    if (isNamed) throw new Fault('MASK_NO_REGION', `there is ${names.slice(0, 20).join(', ')}`);
    throw maskFault(obstacle);
  }
  const place = (uid: string) => fileOf.get(uid) ?? '';
  return {
    images: chosen.series.SOPInstanceUIDs.map(place),
    mask: { file: place(chosen.mask.SOPInstanceUID), region: chosen.region.number },
  };
}
