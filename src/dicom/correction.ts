import type { Header } from './header.ts';
import { type ParsedFile, parsePart10 } from './parse-part10.ts';
import { element } from './raw-dataset.ts';
import { headerOf } from './read-header.ts';

/** Two objects are compared where objects are received: some ten thousand elements, no more. */
const MAX_READS = 200_000;
const UNDEFINED_LENGTH = 0xff_ff_ff_ff;

/**
 * What a sender has corrected in an object that it sends again under its UID: the keywords of the attributes in which the
 * headers differ, of those that Earshot reads; none when the others differ only. Undefined when it is not a correction but
 * another object: its pixels or contours, what they are made from, its class, series or study are not the same, or one of the
 * two cannot be told.
 */
export function correctedAttributes(before: Uint8Array, now: Uint8Array): readonly string[] | undefined {
  try {
    const [first, second] = [parsePart10(before, MAX_READS), parsePart10(now, MAX_READS)];
    const [was, is] = [headerOf(first), headerOf(second)];
    const isSameObject = UNCHANGING.every((keyword) => was[keyword] === is[keyword]);
    if (!isSameObject || !showsTheSame(first, second, before, now)) return undefined;
    const keywords = [...new Set([...Object.keys(was), ...Object.keys(is)])] as (keyof Header)[];
    return keywords.filter((keyword) => JSON.stringify(was[keyword]) !== JSON.stringify(is[keyword])).sort();
  } catch {
    return undefined;
  }
}

/** In another transfer syntax the same pixels have other bytes. */
const UNCHANGING = [
  'SOPClassUID',
  'SOPInstanceUID',
  'SeriesInstanceUID',
  'StudyInstanceUID',
  'TransferSyntaxUID',
] as const;

function showsTheSame(first: ParsedFile, second: ParsedFile, before: Uint8Array, now: Uint8Array): boolean {
  const [one, other] = [shownBytes(first, before), shownBytes(second, now)];
  if (one === undefined || other === undefined || Buffer.compare(one, other) !== 0) return false;
  return MEANING.every((keyword) => {
    const [mine, theirs] = [element(first, keyword), element(second, keyword)];
    if (!mine || !theirs) return mine === theirs;
    return Buffer.compare(valueBytes(mine, before), valueBytes(theirs, now)) === 0;
  });
}

/** What the same pixels and contours mean hangs on these: where each frame lies, what a segment or ROI is, on which images. */
const MEANING = [
  'SharedFunctionalGroupsSequence',
  'PerFrameFunctionalGroupsSequence',
  'SegmentSequence',
  'ReferencedSeriesSequence',
  'StructureSetROISequence',
  'ReferencedFrameOfReferenceSequence',
  'RTROIObservationsSequence',
] as const;

const valueBytes = (
  { dataOffset, length }: Readonly<{ dataOffset: number; length: number }>,
  bytes: Uint8Array,
) => bytes.subarray(dataOffset, length === UNDEFINED_LENGTH ? bytes.length : dataOffset + length);

/** The bytes that the eye sees: pixels, or the contours of a structure set. */
function shownBytes(parsed: ParsedFile, bytes: Uint8Array): Uint8Array | undefined {
  const shown = parsed.pixelData ?? element(parsed, 'ROIContourSequence');
  if (!shown) return undefined;
  const end = shown.length === UNDEFINED_LENGTH ? bytes.length : shown.dataOffset + shown.length;
  return end <= bytes.length ? bytes.subarray(shown.dataOffset, end) : undefined;
}
