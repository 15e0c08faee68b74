import { TRANSFER_SYNTAXES } from './transfer-syntax.ts';

/**
 * What a PACS may push to us, one row each (UIDs: PS3.4 B.5, PS3.6 A.1). `keep`: stored and used. `look`: dropped when it was
 * looked at, because it may be ours. `ignore`: acknowledged, because a sender that is refused one object often gives up the whole study, and dropped.
 */
export type SopClassRole = 'image' | 'mask' | 'report' | 'other';
export type SopClass = Readonly<{
  uid: string;
  name: string;
  role: SopClassRole;
  action: 'keep' | 'look' | 'ignore';
}>;

const STORAGE = '1.2.840.10008.5.1.4.1.1.';
const keep = (suffix: string, role: SopClassRole, name: string): SopClass => ({
  uid: STORAGE + suffix,
  name,
  role,
  action: 'keep',
});
const look = (suffix: string, name: string): SopClass => ({
  uid: STORAGE + suffix,
  name,
  role: 'report',
  action: 'look',
});
const ignore = (suffix: string, name: string, role: SopClassRole = 'other'): SopClass => ({
  uid: STORAGE + suffix,
  name,
  role,
  action: 'ignore',
});

export const CT_IMAGE = `${STORAGE}2`;
export const ENHANCED_CT_IMAGE = `${STORAGE}2.1`;
export const LEGACY_CONVERTED_ENHANCED_CT_IMAGE = `${STORAGE}2.2`;
export const RT_STRUCTURE_SET = `${STORAGE}481.3`;
export const SECONDARY_CAPTURE_IMAGE = `${STORAGE}7`;
export const SEGMENTATION = `${STORAGE}66.4`;
export const KEY_OBJECT_SELECTION = `${STORAGE}88.59`;
export const LABEL_MAP_SEGMENTATION = `${STORAGE}66.7`;

export const SOP_CLASSES: readonly SopClass[] = [
  // What is measured, and where.
  keep('2', 'image', 'CT Image Storage'),
  keep('2.1', 'image', 'Enhanced CT Image Storage'),
  keep('2.2', 'image', 'Legacy Converted Enhanced CT Image Storage'),
  keep('481.3', 'mask', 'RT Structure Set Storage'),
  keep('66.4', 'mask', 'Segmentation Storage'),
  keep('66.7', 'mask', 'Label Map Segmentation Storage'),

  // Reports: nothing in them is scored. Our own come back when the PACS routes them to us, or is asked: what they found before is
  // known again where the catalogue was lost, and key objects tell which were taken back.
  look('88.33', 'Comprehensive SR Storage'),
  look('88.34', 'Comprehensive 3D SR Storage'),
  look('88.59', 'Key Object Selection Document Storage'),
  ignore('88.11', 'Basic Text SR Storage', 'report'),
  ignore('88.22', 'Enhanced SR Storage', 'report'),
  ignore('88.35', 'Extensible SR Storage', 'report'),
  ignore('88.40', 'Procedure Log Storage', 'report'),
  ignore('88.50', 'Mammography CAD SR Storage', 'report'),
  ignore('88.65', 'Chest CAD SR Storage', 'report'),
  ignore('88.67', 'X-Ray Radiation Dose SR Storage', 'report'),
  ignore('88.68', 'Radiopharmaceutical Radiation Dose SR Storage', 'report'),
  ignore('88.69', 'Colon CAD SR Storage', 'report'),
  ignore('88.71', 'Acquisition Context SR Storage', 'report'),
  ignore('88.73', 'Patient Radiation Dose SR Storage', 'report'),
  ignore('88.76', 'Enhanced X-Ray Radiation Dose SR Storage', 'report'),
  ignore('104.1', 'Encapsulated PDF Storage', 'report'),
  ignore('104.2', 'Encapsulated CDA Storage', 'report'),

  // Pictures of CTs (screen shots, dose pages, our own page): no Hounsfield units.
  ignore('7', 'Secondary Capture Image Storage'),
  ignore('7.1', 'Multi-frame Single Bit Secondary Capture Image Storage'),
  ignore('7.2', 'Multi-frame Grayscale Byte Secondary Capture Image Storage'),
  ignore('7.3', 'Multi-frame Grayscale Word Secondary Capture Image Storage'),
  ignore('7.4', 'Multi-frame True Color Secondary Capture Image Storage'),

  // Other modalities of the same patient or study.
  ignore('1', 'Computed Radiography Image Storage'),
  ignore('1.1', 'Digital X-Ray Image Storage - For Presentation'),
  ignore('1.1.1', 'Digital X-Ray Image Storage - For Processing'),
  ignore('1.2', 'Digital Mammography X-Ray Image Storage - For Presentation'),
  ignore('1.2.1', 'Digital Mammography X-Ray Image Storage - For Processing'),
  ignore('3', 'Ultrasound Multi-frame Image Storage (retired)'),
  ignore('3.1', 'Ultrasound Multi-frame Image Storage'),
  ignore('4', 'MR Image Storage'),
  ignore('4.1', 'Enhanced MR Image Storage'),
  ignore('4.2', 'MR Spectroscopy Storage'),
  ignore('4.3', 'Enhanced MR Color Image Storage'),
  ignore('4.4', 'Legacy Converted Enhanced MR Image Storage'),
  ignore('6', 'Ultrasound Image Storage (retired)'),
  ignore('6.1', 'Ultrasound Image Storage'),
  ignore('6.2', 'Enhanced US Volume Storage'),
  ignore('9.1.1', '12-lead ECG Waveform Storage'),
  ignore('9.1.2', 'General ECG Waveform Storage'),
  ignore('12.1', 'X-Ray Angiographic Image Storage'),
  ignore('12.1.1', 'Enhanced XA Image Storage'),
  ignore('12.2', 'X-Ray Radiofluoroscopic Image Storage'),
  ignore('12.2.1', 'Enhanced XRF Image Storage'),
  ignore('13.1.1', 'X-Ray 3D Angiographic Image Storage'),
  ignore('13.1.3', 'Breast Tomosynthesis Image Storage'),
  ignore('20', 'Nuclear Medicine Image Storage'),
  ignore('128', 'Positron Emission Tomography Image Storage'),
  ignore('128.1', 'Legacy Converted Enhanced PET Image Storage'),
  ignore('130', 'Enhanced PET Image Storage'),
  ignore('77.1.1', 'VL Endoscopic Image Storage'),
  ignore('77.1.2', 'VL Microscopic Image Storage'),
  ignore('77.1.4', 'VL Photographic Image Storage'),
  ignore('77.1.6', 'VL Whole Slide Microscopy Image Storage'),

  // Display, registration and derived data. A mask in surface form has no voxels to count.
  ignore('11.1', 'Grayscale Softcopy Presentation State Storage'),
  ignore('11.2', 'Color Softcopy Presentation State Storage'),
  ignore('11.3', 'Pseudo-Color Softcopy Presentation State Storage'),
  ignore('11.4', 'Blending Softcopy Presentation State Storage'),
  ignore('11.8', 'Advanced Blending Presentation State Storage'),
  ignore('30', 'Parametric Map Storage'),
  ignore('66', 'Raw Data Storage'),
  ignore('66.1', 'Spatial Registration Storage'),
  ignore('66.2', 'Spatial Fiducials Storage'),
  ignore('66.3', 'Deformable Spatial Registration Storage'),
  ignore('66.5', 'Surface Segmentation Storage'),
  ignore('67', 'Real World Value Mapping Storage'),

  // Radiotherapy beside the structure set.
  ignore('481.1', 'RT Image Storage'),
  ignore('481.2', 'RT Dose Storage'),
  ignore('481.4', 'RT Beams Treatment Record Storage'),
  ignore('481.5', 'RT Plan Storage'),
  ignore('481.6', 'RT Brachy Treatment Record Storage'),
  ignore('481.7', 'RT Treatment Summary Record Storage'),
  ignore('481.8', 'RT Ion Plan Storage'),
  ignore('481.9', 'RT Ion Beams Treatment Record Storage'),
];

const BY_UID: ReadonlyMap<string, SopClass> = new Map(SOP_CLASSES.map((row) => [row.uid, row]));

/** The row of a SOP class; undefined when we do not take it. */
export const sopClass = (uid: string): SopClass | undefined => BY_UID.get(uid);

const KEPT_TRANSFER_SYNTAXES: readonly string[] = TRANSFER_SYNTAXES.map(({ uid }) => uid);

/** What is dropped need not be decoded; PACSs keep these compressed and do not all decompress on the way out. */
const IGNORED_TRANSFER_SYNTAXES: readonly string[] = [
  ...KEPT_TRANSFER_SYNTAXES,
  '1.2.840.10008.1.2.4.100', // MPEG2 Main Level
  '1.2.840.10008.1.2.4.102', // MPEG-4 AVC High Profile
];

/** The transfer syntaxes to accept for a SOP class, preferred first; none for one that we do not take. */
export function transferSyntaxesFor(sopClassUid: string): readonly string[] {
  const row = BY_UID.get(sopClassUid);
  if (!row) return [];
  return row.action === 'keep' ? KEPT_TRANSFER_SYNTAXES : IGNORED_TRANSFER_SYNTAXES;
}
