/** Was contrast given? Headers assert little and texts contradict each other, so the answer has four values. */
import type { Header } from '../dicom/header.ts';

/** `notAsserted`: nothing says so either way, which is no proof. `conflicting`: something says each. */
type ContrastStatus = 'given' | 'nonContrast' | 'conflicting' | 'notAsserted';
export type ContrastEvidence = Readonly<{
  status: ContrastStatus;
  /** words of our own lists that were found, and attributes; never the text around them */
  words: readonly string[];
}>;

const EDGE_BEFORE = '(?<![a-z0-9])';
const EDGE_AFTER = '(?![a-z0-9])';
const word = (...patterns: readonly string[]): RegExp =>
  new RegExp(`${EDGE_BEFORE}(?:${patterns.join('|')})${EDGE_AFTER}`, 'g');

/** `with and without`: both phases were acquired, which of them this is the text does not say. */
const BOTH = word('w(?:ith)?\\s*(?:/|and|&|\\+|or)\\s*w(?:ithout|/?o)(?:\\s+contrast)?');
/** Removed before anything else is looked for, so that `without contrast` is not read as `contrast`. */
const NEGATED = [
  word('without(?:\\s+(?:iv|i\\.v\\.|oral|any|intravenous))*(?:\\s+contrast)?'),
  word('w/?o(?:\\s+(?:iv|i\\.v\\.|oral))*(?:\\s+contrast)?'),
  word(
    'no(?:\\s+(?:iv|i\\.v\\.|oral))*\\s+contrast',
    'non.?contrast(?:ed)?',
    'non.?enhanced',
    'ncct',
    'non.?con',
  ),
  word('unenhanced', 'plain'),
  /(?<![a-z0-9])c-(?![a-z0-9])/g,
  /平扫/g,
];
const POSITIVE = [
  /(?<![a-z0-9])c\+(?![a-z0-9])/g,
  word('ce', 'cect', 'contrast', 'enhanced', 'venous', 'arterial', 'pv'),
  /增强/g,
];
/** What technicians write into the agent when there was none. */
const NO_AGENT = /^(no|none|non|n|0|-|nil|na|n\/a|without.*|no contrast.*|w\/?o.*|unenhanced|plain)$/i;

type Found = { given: string[]; denied: string[] };

/**
 * The contrast status of a series: attributes (agent, sequence, volume, start time) and the descriptions of study,
 * series and protocol. Negated phrases are removed first, then whole words count.
 * @see PS3.3 C.7.6.4 (the agent is type 2: absence asserts nothing)
 */
export function contrastStatus(header: Header): ContrastEvidence {
  const found: Found = { given: [], denied: [] };
  const agent = header.ContrastBolusAgent?.trim() ?? '';
  if (NO_AGENT.test(agent)) found.denied.push('ContrastBolusAgent says none');
  else if (agent !== '') found.given.push('ContrastBolusAgent');
  if (header.hasContrastBolus && !NO_AGENT.test(agent)) found.given.push('contrast attributes');
  for (const text of [header.StudyDescription, header.SeriesDescription, header.ProtocolName])
    readText(text, found);
  return { status: statusOf(found), words: [...new Set([...found.given, ...found.denied])] };
}

function statusOf({ given, denied }: Found): ContrastStatus {
  if (given.length > 0) return denied.length > 0 ? 'conflicting' : 'given';
  return denied.length > 0 ? 'nonContrast' : 'notAsserted';
}

/** Longer text says nothing more, and is not worth the time it takes. */
const LONGEST_TEXT = 256;

function readText(text: string | undefined, found: Found): void {
  let rest = (text ?? '').slice(0, LONGEST_TEXT).toLowerCase().replaceAll('_', ' ');
  const take = (pattern: RegExp, into: readonly string[][]): void => {
    rest = rest.replace(pattern, (match) => {
      for (const list of into) list.push(`"${match.replace(/\s+/g, ' ')}"`);
      return ' | ';
    });
  };
  take(BOTH, [found.given, found.denied]);
  for (const pattern of NEGATED) take(pattern, [found.denied]);
  for (const pattern of POSITIVE) take(pattern, [found.given]);
}
