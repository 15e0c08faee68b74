/** Which CT series does a mask belong to? By references and frame of reference, never by description. */
import { LEGACY_CONVERTED_ENHANCED_CT_IMAGE } from '../dicom/sop-class.ts';
import type { MaskDescription, Region } from '../masks/region.ts';
import type { CtSeries, StudySummary } from './study-summary.ts';

export type MaskCandidate = Readonly<{ mask: MaskDescription; region: Region; series: CtSeries }>;
export type RejectedRegion = Readonly<{
  /** SOPInstanceUID of the mask object, and the region's number; null: the whole object */
  SOPInstanceUID: string;
  region: number | null;
  because: string;
}>;

/**
 * The regions of a study's masks, each with the one CT series that it was drawn on: the series that the object names,
 * else the one series that holds all referenced instances that are here. A region whose frame of reference is not the
 * series' is rejected, as is one that nothing was drawn in. Sorted by UIDs and numbers, so the order of arrival
 * does not matter.
 * @see PS3.3 C.8.8.5, C.8.8.6, C.8.20.2
 */
export function masksOfSeries({ ctSeries, masks }: Pick<StudySummary, 'ctSeries' | 'masks'>): Readonly<{
  candidates: readonly MaskCandidate[];
  rejected: readonly RejectedRegion[];
}> {
  const candidates: MaskCandidate[] = [];
  const rejected: RejectedRegion[] = [];
  for (const mask of [...masks].sort((a, b) => (a.SOPInstanceUID < b.SOPInstanceUID ? -1 : 1))) {
    const reject = (region: number | null, because: string) =>
      rejected.push({ SOPInstanceUID: mask.SOPInstanceUID, region, because });
    const found = seriesOfMask(mask, ctSeries);
    if (typeof found === 'string') {
      reject(null, found);
      continue;
    }
    for (const region of [...mask.regions].sort((a, b) => a.number - b.number)) {
      const series = seriesOfRegion(region, found);
      if (typeof series === 'string') reject(region.number, series);
      else candidates.push({ mask, region, series });
    }
  }
  return { candidates, rejected };
}

/**
 * How many images the mask object names, and how many of them are missing here: in no known CT series. Above 0 the series
 * that the region was drawn on is not complete and must not be scored (SR.md 5). Images of another known series are not
 * missing. A mask object that names no images says nothing: 0 of 0.
 */
export function missingReferencedImages(
  { mask, series }: MaskCandidate,
  { ctSeries }: Pick<StudySummary, 'ctSeries'>,
): Readonly<{ missing: number; named: number }> {
  const named = new Set(mask.referencedInstances);
  const here = new Set([series, ...ctSeries].flatMap(({ SOPInstanceUIDs }) => SOPInstanceUIDs));
  const missing = [...named].filter((uid) => !here.has(uid)).length;
  return { missing, named: named.size };
}

/** The series that the references allow, or why there is none. */
function seriesOfMask(mask: MaskDescription, ctSeries: readonly CtSeries[]): readonly CtSeries[] | string {
  const instances = new Set(mask.referencedInstances);
  const holders = ctSeries.filter((series) => series.SOPInstanceUIDs.some((uid) => instances.has(uid)));
  if (mask.referencedSeries.length > 0) {
    const named = ctSeries.filter((series) => mask.referencedSeries.includes(series.SeriesInstanceUID));
    if (named.length === 0) return 'The series that the mask names is not a CT series of this study.';
    if (holders.some((holder) => !named.includes(holder))) {
      return 'The mask names one series and instances of another.';
    }
    // Several series named: the instances tell which of them was drawn on.
    return named.length > 1 && holders.length > 0 ? holders : named;
  }
  if (instances.size === 0) return 'The mask references neither a series nor images.';
  if (holders.length === 0) return 'None of the images that the mask references is here.';
  if (holders.length > 1) return 'The images that the mask references belong to several series.';
  return holders;
}

function seriesOfRegion(region: Region, allowed: readonly CtSeries[]): CtSeries | string {
  if (region.contourOrFrameCount === 0) return 'Nothing is drawn in this region.';
  const { FrameOfReferenceUID } = region;
  const agreeing = allowed.filter((series) => {
    const ofSeries = series.header.FrameOfReferenceUID;
    return !FrameOfReferenceUID || !ofSeries || ofSeries === FrameOfReferenceUID;
  });
  const [first, second] = agreeing.length > 1 ? withoutConvertedCopies(agreeing) : agreeing;
  if (first === undefined) return "The region's frame of reference is not that of the CT series.";
  if (second !== undefined) return 'The mask names several CT series that share the frame of reference.';
  return first;
}

/** A legacy converted copy beside single-frame originals of its frame of reference: one scan, counted once (SR.md 5). */
function withoutConvertedCopies(series: readonly CtSeries[]): readonly CtSeries[] {
  const originals = series.filter(({ header }) => header.SOPClassUID !== LEGACY_CONVERTED_ENHANCED_CT_IMAGE);
  return originals.length > 0 ? originals : series;
}
