/** DICOM JSON as a peer sends it (PS3.18 annex F): looked at, never trusted. */
import { unpadded } from '../../src/dicom/values.ts';
import { Fault } from '../../src/fault.ts';

export type JsonItem = Readonly<Record<string, unknown>>;

/** The items of an array; what is no object is left out. Faults: QUERY_REFUSED when it is no JSON array. */
export function itemsOf(body: string): JsonItem[] {
  if (body.trim() === '') return [];
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Fault('QUERY_REFUSED', 'the answer is no JSON');
  }
  if (!Array.isArray(value)) throw new Fault('QUERY_REFUSED', 'the answer is no JSON array');
  return value.filter((item): item is JsonItem => typeof item === 'object' && item !== null);
}

/** All values of an attribute that are texts or numbers, as text without padding. */
export function textsIn(item: JsonItem, tag: string): string[] {
  const { Value } = (item[tag] ?? {}) as { Value?: unknown };
  if (!Array.isArray(Value)) return [];
  return Value.filter((value) => typeof value === 'string' || typeof value === 'number')
    .flatMap((value) => String(value).split('\\'))
    .map(unpadded)
    .filter(Boolean);
}

export const textIn = (item: JsonItem, tag: string): string => textsIn(item, tag)[0] ?? '';

/** An IS; undefined when absent or not a count. */
export function countIn(item: JsonItem, tag: string): number | undefined {
  const text = textIn(item, tag);
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
