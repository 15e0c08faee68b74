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

/** In which zone the dates and times of a study are; undefined: none of its CT series says so. */
export const zoneOf = (ctSeries: readonly CtSeries[]): string | undefined =>
  ctSeries.find(({ header }) => header.TimezoneOffsetFromUTC)?.header.TimezoneOffsetFromUTC;

/** What matching needs to know of a study. */
export type StudySummary = Readonly<{
  StudyInstanceUID: string;
  identity: PatientIdentity;
  StudyDate?: string | undefined;
  StudyTime?: string | undefined;
  /** of its CT */
  TimezoneOffsetFromUTC?: string | undefined;
  ctSeries: readonly CtSeries[];
  /** masks of the study, and of other studies when they reference a series of this one */
  masks: readonly MaskDescription[];
}>;
