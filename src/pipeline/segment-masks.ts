/** The masks of a case as Segmentations of ours: the report then refers to the voxels that were measured. */

import type { RenderedObject } from '../dicom/rendered-object.ts';
import { digestOf } from '../dicom/uid.ts';
import type { LesionPair } from '../matching/lesion.ts';
import { lesionFinding } from '../sr/codes.ts';
import { canonicalContentKey } from '../sr/identity.ts';
import { lesionsOf, type ReportContent, type ReportLesion, type UsedSegment } from '../sr/report.ts';
import type { CaseInputs } from './judge.ts';
import type { World } from './world.ts';

type Side = 'baseline' | 'followUp';
const SIDES: readonly Side[] = ['baseline', 'followUp'];

export type SegmentedContent<C> = Readonly<{ content: C; objects: readonly RenderedObject[] }>;

/**
 * One object for each series that was measured, a segment for each lesion on it, the target first; and the content that refers
 * to them. Their UIDs belong to this content alone. Faults: those of reading images and masks.
 */
export async function segmentMasks(
  { radiomics }: Pick<World, 'radiomics'>,
  content: ReportContent,
  { pairs }: Pick<CaseInputs, 'pairs'>,
  fileOf: (SOPInstanceUID: string) => string,
  signal: AbortSignal,
): Promise<SegmentedContent<ReportContent>> {
  const belongsTo = digestOf(canonicalContentKey(content));
  const objects: RenderedObject[] = [];
  const segments = new Map<string, UsedSegment>();
  for (const side of SIDES) {
    for (const lesions of bySeries(lesionsOf(content), side)) {
      const of = lesions.map((lesion) => ({ lesion, pair: pairOf(lesion, pairs) }));
      const images = of[0]?.pair[side].series.SOPInstanceUIDs.map(fileOf) ?? [];
      const { installation, completed } = content;
      const regions = of.map(({ lesion, pair }) => regionOf(lesion, pair, side, fileOf));
      const request = { images, regions, installation, completed, belongsTo };
      const { bytes, ...identity } = await radiomics.segmentation(request, signal);
      objects.push({ ...identity, bytes });
      for (const [at, { lesion }] of of.entries())
        segments.set(keyOf(lesion, side), { ...identity, SegmentNumber: at + 1 });
    }
  }
  const referring = <L extends ReportLesion>(lesion: L): L => ({
    ...lesion,
    baseline: { ...lesion.baseline, segment: segments.get(keyOf(lesion, 'baseline')) },
    followUp: { ...lesion.followUp, segment: segments.get(keyOf(lesion, 'followUp')) },
  });
  return { content: { ...referring(content), otherLesions: content.otherLesions.map(referring) }, objects };
}

const keyOf = ({ lesion }: ReportLesion, side: Side): string => `${lesion.trackingUid} ${side}`;

function bySeries(lesions: readonly ReportLesion[], side: Side): readonly ReportLesion[][] {
  const series = new Map<string, ReportLesion[]>();
  for (const lesion of lesions) {
    const { SeriesInstanceUID } = lesion[side].measurement.header;
    series.set(SeriesInstanceUID, [...(series.get(SeriesInstanceUID) ?? []), lesion]);
  }
  return [...series.values()];
}

/** The pair that a lesion of the report was measured of. */
export function pairOf({ lesion }: Pick<ReportLesion, 'lesion'>, pairs: readonly LesionPair[]): LesionPair {
  const pair = pairs.find(({ trackingUid }) => trackingUid === lesion.trackingUid);
  if (!pair) throw new Error('every lesion of a report was measured of a pair');
  return pair;
}

const regionOf = (
  { lesion }: ReportLesion,
  pair: LesionPair,
  side: Side,
  fileOf: (SOPInstanceUID: string) => string,
) => ({
  mask: { file: fileOf(pair[side].mask.SOPInstanceUID), region: pair[side].region.number },
  label: lesion.trackingId,
  ...lesion,
  typeCode: lesionFinding([...pair.followUp.region.typeCodes, ...pair.baseline.region.typeCodes]),
});
