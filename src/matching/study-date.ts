import { parseDa, parseTm } from '../dicom/values.ts';

export type StudyMoment = Readonly<{ StudyDate?: string | undefined; StudyTime?: string | undefined }>;

/**
 * Which study was first: negative when `a`, positive when `b`, 0 for the same moment.
 * Undefined when that cannot be told: a StudyDate is missing, or the dates are equal and a StudyTime is missing.
 */
export function compareStudyTime(a: StudyMoment, b: StudyMoment): number | undefined {
  const [dateA, dateB] = [dayOf(a.StudyDate), dayOf(b.StudyDate)];
  if (dateA === undefined || dateB === undefined) return undefined;
  if (dateA !== dateB) return dateA < dateB ? -1 : 1;
  const [timeA, timeB] = [parseTm(a.StudyTime ?? ''), parseTm(b.StudyTime ?? '')];
  if (timeA === undefined || timeB === undefined) return undefined;
  return Math.sign(timeA - timeB);
}

/** Certainly earlier. */
export const isBefore = (a: StudyMoment, b: StudyMoment): boolean => (compareStudyTime(a, b) ?? 0) < 0;

/** A DA value as YYYYMMDD, which sorts as text; undefined when it is none. */
export function dayOf(text: string | undefined): string | undefined {
  const date = parseDa(text ?? '');
  if (date === undefined) return undefined;
  const { year, month, day } = date;
  return `${String(year).padStart(4, '0')}${String(month).padStart(2, '0')}${String(day).padStart(2, '0')}`;
}
