/** What sorting the slices of a series along their normal told about them; facts for the eligibility rules. */
export type SeriesGeometry = Readonly<{
  sliceCount: number;
  /** (last - first) / (n - 1) of the positions along the normal, mm */
  sliceSpacingMm: number;
  sliceThicknessMm: number | null;
  pixelSpacingMm: readonly [number, number];
  /** angle between the slice normal and the patient's z axis, degrees */
  normalToZDegrees: number;
  /** largest angle between the normals of two slices, degrees */
  orientationSpreadDegrees: number;
  /** GantryDetectorTilt, degrees; null when not given */
  gantryTiltDegrees: number | null;
  /** angle between the steps of ImagePositionPatient and the normal, degrees (a sheared volume) */
  shearDegrees: number;
  /** slice index before each gap wider than the tolerance, with how many slices are missing there */
  gaps: readonly Readonly<{ afterSlice: number; missing: number }>[];
  /** positions that two different instances share */
  duplicatePositions: number;
  /** PixelSpacing, Rows, Columns, orientation and frame of reference are the same in all slices */
  isUniform: boolean;
}>;
