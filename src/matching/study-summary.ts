import type { Header } from '../dicom/header.ts';
import type { MaskDescription } from '../masks/region.ts';
import type { PatientIdentity } from './identity.ts';

export type CtSeries = Readonly<{
  SeriesInstanceUID: string;
  /** of any of its instances */
  header: Header;
  /** every instance that is here */
  SOPInstanceUIDs: readonly string[];
}>;

/** What matching needs to know of a study. */
export type StudySummary = Readonly<{
  StudyInstanceUID: string;
  identity: PatientIdentity;
  StudyDate?: string | undefined;
  StudyTime?: string | undefined;
  ctSeries: readonly CtSeries[];
  /** masks of the study, and of other studies when they reference a series of this one */
  masks: readonly MaskDescription[];
}>;
