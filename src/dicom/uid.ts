import { createHash } from 'node:crypto';

/** PS3.5 9.1: digits and dots, no empty component, at most 64 characters. */
export const isUid = (text: unknown): text is string =>
  typeof text === 'string' && text.length <= 64 && /^(0|[1-9]\d*)(\.(0|[1-9]\d*))+$/.test(text);

/** Namespace of every UID that Earshot derives (a version 4 UUID, fixed once). */
const NAMESPACE = '6f0e5a2c-8b7d-4c43-9a51-2f3d7c1b9e04';

/**
 * A UID below 2.25 (PS3.5 B.2) from an RFC 4122 version 5 UUID of `name`: the same name gives the same UID.
 * 43 or 44 characters at most.
 */
export function derivedUid(name: string): string {
  const namespace = Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex');
  const bytes = createHash('sha1').update(namespace).update(name, 'utf8').digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return `2.25.${BigInt(`0x${bytes.toString('hex')}`)}`;
}

/** JSON with sorted keys and without undefined: equal values give equal text, whatever order they were built in. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/** SHA-256, hex. */
export const digestOf = (data: string | Uint8Array): string =>
  createHash('sha256').update(data).digest('hex');
