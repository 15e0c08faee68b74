/** What one image header says about its series, as words of closed lists. */
import type { Header } from '../dicom/header.ts';
import { CT_IMAGE, ENHANCED_CT_IMAGE, LEGACY_CONVERTED_ENHANCED_CT_IMAGE } from '../dicom/sop-class.ts';

export type ImageKind = 'axial' | 'localizer' | 'reformatted' | 'secondary' | 'derivedAxial' | 'unknown';
export type BodyPart = 'chest' | 'other' | 'unknown';
export type SopKind = 'ct' | 'enhancedCt' | 'legacyConvertedCt' | 'other';
export type RescaleType = 'HU' | 'absent' | 'other';

const SOP_KINDS: Readonly<Record<string, SopKind>> = {
  [CT_IMAGE]: 'ct',
  [ENHANCED_CT_IMAGE]: 'enhancedCt',
  [LEGACY_CONVERTED_ENHANCED_CT_IMAGE]: 'legacyConvertedCt',
};

export const sopKind = (header: Header): SopKind => SOP_KINDS[header.SOPClassUID] ?? 'other';

const REFORMATTED =
  /^(MPR|MIP|MINIP|MIN IP|CSA.*|REFORMATTED|AVERAGE|MEAN|VRT|VOLUME|PROJECTION IMAGE|CURVED.*)/;

/**
 * Kind of image by ImageType: value 1 ORIGINAL or DERIVED, value 2 PRIMARY or SECONDARY, value 3 AXIAL or LOCALIZER,
 * further values the vendor's. Thin reconstructions are `derivedAxial`. No ImageType is `unknown`.
 * @see PS3.3 C.7.6.1.1.2, C.8.2.1.1.1
 */
export function imageKind({ ImageType }: Pick<Header, 'ImageType'>): ImageKind {
  const values = (ImageType ?? []).map((value) => value.trim().toUpperCase());
  const [origin = '', examination = ''] = values;
  if (origin === '') return 'unknown';
  if (values.slice(2).some((value) => /^(LOCALIZER|SCOUT|TOPO.*)$/.test(value))) return 'localizer';
  if (origin === 'DERIVED' && values.slice(2).some((value) => REFORMATTED.test(value))) return 'reformatted';
  if (examination === 'SECONDARY') return 'secondary';
  return origin === 'DERIVED' ? 'derivedAxial' : 'axial';
}

const CHEST_TERMS =
  /^(CHEST|THORAX|LUNG|LUNGS|CHESTABDOMEN|CHESTABDPELVIS|CHEST.*|THORAX.*|LUNG.*|WHOLEBODY|WHOLE BODY|NECKCHEST.*|TSPINE CHEST)$/;
const CHEST_TEXT = /chest|thora|lung|胸|肺/i;

/** Body part by the defined term, else by the descriptions; an empty or absent one with silent texts is `unknown`. */
export function bodyPart(header: Header): BodyPart {
  const term = header.BodyPartExamined?.trim().toUpperCase() ?? '';
  if (CHEST_TERMS.test(term)) return 'chest';
  const texts = [header.StudyDescription, header.SeriesDescription, header.ProtocolName];
  if (texts.some((text) => CHEST_TEXT.test(text ?? ''))) return 'chest';
  return term === '' ? 'unknown' : 'other';
}

/** RescaleType is optional in CT, where it means HU when absent (PS3.3 C.8.2.1). `US` (unspecified) is `other`. */
export function rescaleType({ RescaleType }: Pick<Header, 'RescaleType'>): RescaleType {
  const text = RescaleType?.trim().toUpperCase() ?? '';
  if (text === '') return 'absent';
  return text === 'HU' ? 'HU' : 'other';
}

/** Angle between the slice normal and the patient's z axis, degrees, 0 to 90; null without a usable orientation. */
export function normalToZDegrees({
  ImageOrientationPatient,
}: Pick<Header, 'ImageOrientationPatient'>): number | null {
  if (ImageOrientationPatient?.length !== 6) return null;
  const [rx = 0, ry = 0, rz = 0, cx = 0, cy = 0, cz = 0] = ImageOrientationPatient;
  const normal = [ry * cz - rz * cy, rz * cx - rx * cz, rx * cy - ry * cx] as const;
  const length = Math.hypot(...normal);
  if (!(length > 0)) return null;
  return (Math.acos(Math.min(1, Math.abs(normal[2]) / length)) * 180) / Math.PI;
}
