import { daysBetween, parseDa, parseTm, parseUtcOffset } from '../dicom/values.ts';

export type StudyMoment = Readonly<{
  StudyDate?: string | undefined;
  StudyTime?: string | undefined;
  TimezoneOffsetFromUTC?: string | undefined;
}>;

/**
 * Which study was first: negative when `a`, positive when `b`, 0 for the same moment.
 * Undefined when that cannot be told: a StudyDate is missing, or a StudyTime without which the dates leave it open. The zones count
 * where both tell theirs; otherwise both are taken for the same.
 */
export function compareStudyTime(a: StudyMoment, b: StudyMoment): number | undefined {
  // Seconds since the midnight of `a`: those since a calendar's beginning would leave no room for fractions.
  const days = daysBetween(a.StudyDate ?? '', b.StudyDate ?? '');
  if (days === undefined) return undefined;
  const [offsetA, offsetB] = [a, b].map((each) => parseUtcOffset(each.TimezoneOffsetFromUTC ?? ''));
  const ahead = offsetA === undefined || offsetB === undefined ? 0 : offsetB - offsetA;
  const [spanA, spanB] = [spanOf(a, 0), spanOf(b, days * DAY_SECONDS - ahead)];
  if (spanA.last < spanB.first) return -1;
  if (spanB.last < spanA.first) return 1;
  return spanA.first === spanA.last && spanB.first === spanB.last ? 0 : undefined;
}

/** Certainly earlier. */
export const isBefore = (a: StudyMoment, b: StudyMoment): boolean => (compareStudyTime(a, b) ?? 0) < 0;

const DAY_SECONDS = 86_400;
/** Behind every time of a day, a leap second too, and before the next day. */
const END_OF_DAY = DAY_SECONDS - 2 ** -20;

/** From when to when it may have been; the whole day when its StudyTime is missing. */
function spanOf(
  { StudyTime = '' }: StudyMoment,
  midnight: number,
): Readonly<{ first: number; last: number }> {
  const time = parseTm(StudyTime);
  return {
    first: midnight + Math.min(time ?? 0, END_OF_DAY),
    last: midnight + Math.min(time ?? END_OF_DAY, END_OF_DAY),
  };
}

/** A DA value as YYYYMMDD, which sorts as text; undefined when it is none. */
export function dayOf(text: string | undefined): string | undefined {
  const date = parseDa(text ?? '');
  if (date === undefined) return undefined;
  const { year, month, day } = date;
  return `${String(year).padStart(4, '0')}${String(month).padStart(2, '0')}${String(day).padStart(2, '0')}`;
}
