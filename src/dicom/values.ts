/** Values of the DICOM representations DA, TM, DS, IS and PN (PS3.5 6.2). Malformed text is undefined, never a guess. */

/** Leading and trailing spaces and NULs are padding. */
export function unpadded(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isPadding(text.charCodeAt(start))) start++;
  while (end > start && isPadding(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}
const isPadding = (code: number): boolean => code === 0x20 || code === 0;

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const INTEGER = /^[+-]?\d{1,12}$/;

/** A DS value; undefined when it is not a finite decimal number. */
export function parseDs(text: string): number | undefined {
  const trimmed = unpadded(text);
  if (!DECIMAL.test(trimmed)) return undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : undefined;
}

/** All values of a DS attribute, in order; undefined when one of them is malformed or there is none. */
export function parseDsList(text: string): readonly number[] | undefined {
  const values: number[] = [];
  for (const part of text.split('\\')) {
    const value = parseDs(part);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

/** An IS value; some writers put `1.0`, which is taken as the integer it is. */
export function parseIs(text: string): number | undefined {
  const trimmed = unpadded(text);
  if (INTEGER.test(trimmed)) return Number(trimmed);
  const value = parseDs(trimmed);
  return value !== undefined && Number.isSafeInteger(value) ? value : undefined;
}

export type CalendarDate = Readonly<{ year: number; month: number; day: number }>;

/** A DA value, also in the ACR-NEMA form `YYYY.MM.DD`; undefined when there is no such day. */
export function parseDa(text: string): CalendarDate | undefined {
  const match = /^(\d{4})(\.?)(\d{2})\2(\d{2})$/.exec(unpadded(text));
  if (!match) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[3]), Number(match[4])];
  const date = dateOf({ year, month, day });
  const exists = year >= 1 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? { year, month, day } : undefined;
}

/** Date.UTC takes the years 0 to 99 for those after 1900. */
function dateOf({ year, month, day }: CalendarDate): Date {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date;
}

/** A TM value as seconds since midnight, also in the form `HH:MM:SS`; missing parts are 0. */
export function parseTm(text: string): number | undefined {
  const match = /^(\d{2})(?::?(\d{2})(?::?(\d{2})(?:\.(\d{1,6}))?)?)?$/.exec(unpadded(text));
  if (!match) return undefined;
  const [hours, minutes, seconds] = [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)];
  if (hours > 23 || minutes > 59 || seconds > 60) return undefined;
  return hours * 3600 + minutes * 60 + seconds + Number(`0.${match[4] ?? 0}`);
}

/** A TimezoneOffsetFromUTC (PS3.3 C.12.1.1.8), `+0530`, as seconds; undefined when it is none of -1200 to +1400. */
export function parseUtcOffset(text: string): number | undefined {
  const match = /^([+-])(\d{2})([0-5]\d)$/.exec(unpadded(text));
  if (!match) return undefined;
  const seconds = (Number(match[2]) * 3600 + Number(match[3]) * 60) * (match[1] === '-' ? -1 : 1);
  return seconds >= -12 * 3600 && seconds <= 14 * 3600 ? seconds : undefined;
}

const DAY_MS = 86_400_000;

/** Whole days from one DA to another, negative when `to` is earlier; undefined when one is not a date. */
export function daysBetween(from: string, to: string): number | undefined {
  const [a, b] = [parseDa(from), parseDa(to)];
  if (!a || !b) return undefined;
  return Math.round((dateOf(b).getTime() - dateOf(a).getTime()) / DAY_MS);
}

export type PersonName = Readonly<{
  familyName: string;
  givenName: string;
  middleName: string;
  namePrefix: string;
  nameSuffix: string;
}>;

/** The first component group that holds a name (alphabetic, else ideographic, else phonetic); absent parts are ''. */
export function parsePn(text: string): PersonName | undefined {
  const group = text.split('=').find((part) => part.replaceAll('^', '').trim() !== '');
  if (group === undefined) return undefined;
  const [familyName = '', givenName = '', middleName = '', namePrefix = '', nameSuffix = ''] = group
    .split('^')
    .map(unpadded);
  return { familyName, givenName, middleName, namePrefix, nameSuffix };
}
