/** Content-Type and Accept, as tolerant as real clients need it. */

export type MediaType = Readonly<{
  /** lower case, e.g. `multipart/related` */
  name: string;
  /** names in lower case, values as they stand without their quotes */
  parameters: ReadonlyMap<string, string>;
}>;

const TYPE = /^\s*([!#$%&'*+.^_`|~\w-]+\/[!#$%&'*+.^_`|~\w-]+)\s*/;
const PARAMETER = /;\s*(?:([^\s=;,"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?\s*/y;

/**
 * A media type with its parameters; undefined when it is none. A value may stand without quotes though it has a
 * slash (`type=application/dicom`); the first of two parameters of one name counts.
 * @see RFC 9110 8.3.1
 */
export function parseMediaType(text: string): MediaType | undefined {
  const [whole, name] = TYPE.exec(text) ?? [];
  if (whole === undefined || name === undefined) return undefined;
  const parameters = new Map<string, string>();
  for (let at = whole.length; at < text.length; at = PARAMETER.lastIndex) {
    PARAMETER.lastIndex = at;
    const found = PARAMETER.exec(text);
    if (found === null) return undefined;
    const key = found[1]?.toLowerCase();
    const value = found[2]?.replaceAll(/\\(.)/g, '$1') ?? found[3] ?? '';
    if (key !== undefined && !parameters.has(key)) parameters.set(key, value);
  }
  return { name: name.toLowerCase(), parameters };
}

/**
 * The one of `offers` that an Accept header likes best, the first of equals; undefined when it takes none. Without a
 * header everything is taken.
 * @see RFC 9110 12.5.1, PS3.18 8.7.5
 */
export function acceptable(header: string | undefined, offers: readonly string[]): string | undefined {
  if (header === undefined || header.trim() === '') return offers[0];
  const ranges = header.split(',').flatMap((text) => parseMediaType(text) ?? []);
  let best: { offer: string; quality: number } | undefined;
  for (const offer of offers) {
    const quality = qualityOf(offer, ranges);
    if (quality > (best?.quality ?? 0)) best = { offer, quality };
  }
  return best?.offer;
}

/** The most specific range that matches decides; 0: not acceptable. */
function qualityOf(offer: string, ranges: readonly MediaType[]): number {
  const general = `${offer.split('/')[0]}/*`;
  for (const name of [offer, general, '*/*']) {
    const range = ranges.find((one) => one.name === name);
    if (range !== undefined) return quality(range.parameters.get('q'));
  }
  return 0;
}

function quality(text: string | undefined): number {
  const value = Number(text ?? '1');
  return value >= 0 && value <= 1 ? value : 0;
}
