import type { Header } from '../dicom/header.ts';
import { parseDa, parseTm } from '../dicom/values.ts';
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

/**
 * Which study was first: negative when `a`, positive when `b`, 0 for the same moment.
 * Undefined when that cannot be told: a StudyDate is missing, or the dates are equal and a StudyTime is missing.
 */
export function compareStudyTime(
  a: Pick<StudySummary, 'StudyDate' | 'StudyTime'>,
  b: Pick<StudySummary, 'StudyDate' | 'StudyTime'>,
): number | undefined {
  const [dateA, dateB] = [dayOf(a.StudyDate), dayOf(b.StudyDate)];
  if (dateA === undefined || dateB === undefined) return undefined;
  if (dateA !== dateB) return dateA < dateB ? -1 : 1;
  const [timeA, timeB] = [parseTm(a.StudyTime ?? ''), parseTm(b.StudyTime ?? '')];
  if (timeA === undefined || timeB === undefined) return undefined;
  return Math.sign(timeA - timeB);
}

/** A DA value as YYYYMMDD, which sorts as text; undefined when it is none. */
export function dayOf(text: string | undefined): string | undefined {
  const date = parseDa(text ?? '');
  if (date === undefined) return undefined;
  const { year, month, day } = date;
  return `${String(year).padStart(4, '0')}${String(month).padStart(2, '0')}${String(day).padStart(2, '0')}`;
}
