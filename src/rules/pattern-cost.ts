/** How long a regular expression may take, before it is tried: what a person types must not stop the service. */

type Cost = Readonly<{
  /** ways to match, at most: what backtracking may have to try */
  ways: number;
  /** characters and classes with every counted repetition written out */
  size: number;
}>;

const ONE: Cost = { ways: 1, size: 1 };
const NOTHING: Cost = { ways: 1, size: 0 };

/**
 * The most ways in which backtracking may try to match a pattern from one place of a name of that length; Infinity for nested
 * repetition such as `(a+)+`, and for what repeats a choice. An upper bound: some harmless patterns cost much. The
 * pattern is one that RegExp takes (without the flags u and v).
 */
export function patternCost(source: string, nameLength: number): Cost {
  const reader = { source, at: 0, nameLength };
  const cost = choice(reader);
  // A stray bracket that RegExp took as a character: the rest is not read, so nothing is promised.
  return reader.at < source.length ? { ways: Number.POSITIVE_INFINITY, size: source.length } : cost;
}

type Reader = { source: string; at: number; nameLength: number };

function choice(reader: Reader): Cost {
  let total = sequence(reader);
  while (reader.source[reader.at] === '|') {
    reader.at++;
    const next = sequence(reader);
    total = { ways: total.ways + next.ways, size: total.size + next.size };
  }
  return total;
}

function sequence(reader: Reader): Cost {
  let total = NOTHING;
  while (reader.at < reader.source.length && !'|)'.includes(reader.source[reader.at] ?? '')) {
    const atom = atomOf(reader);
    const next = repeated(atom, countOf(reader), reader.nameLength);
    total = { ways: total.ways * next.ways, size: total.size + next.size };
  }
  return total;
}

function atomOf(reader: Reader): Cost {
  const { source, at } = reader;
  if (source[at] === '(') return group(reader);
  if (source[at] === '[') {
    reader.at = endOfClass(source, at);
    return ONE;
  }
  reader.at += source[at] === '\\' ? 2 : 1;
  // A named or numbered group may be long; comparing it is one way.
  return ONE;
}

function group(reader: Reader): Cost {
  const opening = /^\((?:\?(?:[:=!]|<[=!]|<[^>]*>|[a-z-]*:))?/.exec(reader.source.slice(reader.at));
  reader.at += opening?.[0].length ?? 1;
  const inside = choice(reader);
  reader.at++;
  return inside;
}

function endOfClass(source: string, start: number): number {
  let at = start + 1;
  while (at < source.length && source[at] !== ']') at += source[at] === '\\' ? 2 : 1;
  return at + 1;
}

type Count = Readonly<{ least: number; most: number }>;

function countOf(reader: Reader): Count {
  const found = /^(?:[*+?]|\{(\d+)(,(\d*))?\})\??/.exec(reader.source.slice(reader.at));
  if (!found) return { least: 1, most: 1 };
  reader.at += found[0].length;
  const [whole, least, comma, most] = found;
  if (least !== undefined) {
    const end = most ? Number(most) : Number.POSITIVE_INFINITY;
    return { least: Number(least), most: comma === undefined ? Number(least) : end };
  }
  if (whole.startsWith('?')) return { least: 0, most: 1 };
  return { least: whole.startsWith('+') ? 1 : 0, most: Number.POSITIVE_INFINITY };
}

function repeated({ ways, size }: Cost, { least, most }: Count, nameLength: number): Cost {
  if (least === most) return { ways: ways ** most, size: size * most };
  const isEndless = most === Number.POSITIVE_INFINITY;
  const end = isEndless ? Math.max(nameLength, least) : most;
  const sizeOut = size * Math.max(1, isEndless ? least : most);
  if (ways === 1) return { ways: end - least + 1, size: sizeOut };
  if (isEndless) return { ways: Number.POSITIVE_INFINITY, size: sizeOut };
  // Each count of them is a way of its own.
  let sum = 0;
  for (let count = least; count <= end && Number.isFinite(sum); count++) sum += ways ** count;
  return { ways: sum, size: sizeOut };
}
