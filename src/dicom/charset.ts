/**
 * Text by SpecificCharacterSet (PS3.3 C.12.1.1.2, PS3.5 6.1). Tolerant: an unknown or missing term, or bytes that
 * the declared set does not have, fall back on UTF-8 when the bytes are valid UTF-8, else on Latin-1.
 */

/** WHATWG labels of the sets that fill the upper half (G1), by the number of the ISO registration. */
const G1_LABELS: Readonly<Record<string, string>> = {
  '100': 'iso-8859-1',
  '101': 'iso-8859-2',
  '109': 'iso-8859-3',
  '110': 'iso-8859-4',
  '144': 'iso-8859-5',
  '127': 'iso-8859-6',
  '126': 'iso-8859-7',
  '138': 'iso-8859-8',
  '148': 'iso-8859-9',
  '203': 'iso-8859-15',
  '166': 'windows-874',
  '13': 'shift_jis',
  '149': 'euc-kr',
  '58': 'gb18030',
};
/** Sets that replace ASCII in the lower half (G0) by two bytes a character. */
type WideG0 = '87' | '159' | undefined;

/** PS3.3 tables C.12-3 and C.12-4: what follows ESC, the half it fills, the registration. */
const ESCAPES: readonly (readonly [sequence: string, half: 'G0' | 'G1', registration: string])[] = [
  ['(B', 'G0', '6'],
  ['(J', 'G0', '14'],
  ['$B', 'G0', '87'],
  ['$@', 'G0', '87'],
  ['$(D', 'G0', '159'],
  [')I', 'G1', '13'],
  ['$)C', 'G1', '149'],
  ['$)A', 'G1', '58'],
  ['-A', 'G1', '100'],
  ['-B', 'G1', '101'],
  ['-C', 'G1', '109'],
  ['-D', 'G1', '110'],
  ['-L', 'G1', '144'],
  ['-G', 'G1', '127'],
  ['-F', 'G1', '126'],
  ['-H', 'G1', '138'],
  ['-M', 'G1', '148'],
  ['-b', 'G1', '203'],
  ['-T', 'G1', '166'],
];
const ESC = 0x1b;
/** PS3.5 6.1.2.5.3: after these the initial sets are back (TAB, LF, FF, CR, and in names `=` and `^`; `\` between values). */
const RESETTING = new Set([0x09, 0x0a, 0x0c, 0x0d, 0x3d, 0x5c, 0x5e]);

const decoders = new Map<string, InstanceType<typeof TextDecoder>>();
function decode(label: string, bytes: Uint8Array): string {
  const decoder = decoders.get(label) ?? new TextDecoder(label);
  decoders.set(label, decoder);
  return decoder.decode(bytes);
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
function undeclared(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return decode('iso-8859-1', bytes);
  }
}

/** The characters of plain bytes, or undefined when one of them is an escape or beyond ASCII. */
function ascii(bytes: Uint8Array): string | undefined {
  for (const byte of bytes) if (byte >= 0x80 || byte === ESC) return undefined;
  return bytes.length > 4096 ? decode('utf-8', bytes) : String.fromCharCode(...bytes);
}

export type DecodeText = (bytes: Uint8Array) => string;

/** The decoder of a SpecificCharacterSet value, terms separated by `\`; undefined: the default repertoire. */
export function textDecoder(SpecificCharacterSet: string | undefined): DecodeText {
  const wide = wideDecoder(SpecificCharacterSet ?? '');
  return (bytes) => ascii(bytes) ?? wide(bytes);
}

const registrationOf = (term: string): string | undefined =>
  /^ISO[ _-](?:IR|2022)[ _-](?:IR[ _-])?(\d+)$/.exec(term)?.[1];

function wideDecoder(SpecificCharacterSet: string): DecodeText {
  const terms = SpecificCharacterSet.split('\\').map((term) => term.trim().toUpperCase());
  const first = terms[0] ?? '';
  if (/^ISO[ _-]IR[ _-]192$|^UTF-?8$/.test(first)) return undeclared;
  if (/^GB18030$|^GBK$|^GB2312$/.test(first)) return (bytes) => decode('gb18030', bytes);
  const initial = G1_LABELS[registrationOf(first) ?? ''];
  const escapes = terms.length > 1 || first.includes('2022');
  return (bytes) => {
    if (escapes && bytes.includes(ESC)) return decodeIso2022(bytes, initial);
    return initial === undefined ? undeclared(bytes) : decode(initial, bytes);
  };
}

/** ISO 2022 with code extension: the stretches between escapes are decoded by the sets then in force. */
function decodeIso2022(bytes: Uint8Array, initial: string | undefined): string {
  let decoded = '';
  let g0: WideG0;
  let g1 = initial;
  let start = 0;
  while (start < bytes.length) {
    const found = bytes.indexOf(ESC, start);
    const end = found < 0 ? bytes.length : found;
    const stretch = bytes.subarray(start, end);
    const reset = g0 === undefined ? stretch.findIndex((byte) => RESETTING.has(byte)) + 1 : 0;
    decoded += decodeRun(stretch.subarray(0, reset), g0, g1);
    if (reset > 0) g1 = initial ?? g1;
    decoded += decodeRun(stretch.subarray(reset), g0, g1);

    const [sequence, half, registration] = escapeAt(bytes, end + 1) ?? ['', 'G0', '6'];
    if (half === 'G0') g0 = wideSet(registration);
    else g1 = G1_LABELS[registration];
    start = end + 1 + sequence.length;
  }
  return decoded;
}

const wideSet = (registration: string): WideG0 =>
  registration === '87' || registration === '159' ? registration : undefined;

const escapeAt = (bytes: Uint8Array, at: number): (typeof ESCAPES)[number] | undefined =>
  ESCAPES.find(([sequence]) =>
    [...sequence].every((character, i) => bytes[at + i] === character.charCodeAt(0)),
  );

/** JIS X 0208 and 0212 in G0 are EUC-JP with the high bits cleared; everything else is ASCII below, G1 above. */
function decodeRun(run: Uint8Array, g0: WideG0, g1: string | undefined): string {
  if (run.length === 0) return '';
  if (g0 === '87')
    return decode(
      'euc-jp',
      run.map((byte) => byte | 0x80),
    );
  if (g0 === '159') {
    const euc = new Uint8Array((run.length >> 1) * 3);
    for (let i = 0; i + 1 < run.length; i += 2)
      euc.set([0x8f, (run[i] ?? 0) | 0x80, (run[i + 1] ?? 0) | 0x80], (i >> 1) * 3);
    return decode('euc-jp', euc);
  }
  return g1 === undefined ? undeclared(run) : decode(g1, run);
}
