/** The second view of a case: what readers need that draw coordinates and print numbers beside them, and show no text. */
import type { Code, Header } from '../dicom/header.ts';
import { canonicalJson, derivedUid } from '../dicom/uid.ts';
import { Fault } from '../fault.ts';
import type { KeyView, PixelPolygon } from '../picture/key-view.ts';
import { CODES, lesionFinding } from './codes.ts';
import {
  type ContentItem,
  codeItem,
  containerItem,
  isCode,
  numItem,
  outlineItem,
  type Quantity,
  referenceItem,
  textItem,
  uidItem,
} from './content-item.ts';
import { messagesOf } from './messages/messages-of.ts';
import type { Relationship } from './relationships.ts';
import type { ReportContent } from './report.ts';
import { featureTitle, headline } from './statements.ts';
import { clipped, isoDate, percentText, sixDigits } from './wording.ts';

export type View = Readonly<{ content: ReportContent; baseline: KeyView; followUp: KeyView }>;
export type ViewedPoint = 'baseline' | 'followUp';

const OBSERVED: Relationship = 'HAS OBS CONTEXT';
const MODIFIED: Relationship = 'HAS CONCEPT MOD';
const CONTAINED: Relationship = 'CONTAINS';

/**
 * The result with its category and the prevalence that it assumes, where its numbers are; that the view is not the report. At
 * most 1000 characters. The baseline has none of the result.
 */
function summaryOf(content: ReportContent, which: ViewedPoint): string {
  const { researchUse, viewOnly } = messagesOf(content.language);
  return [...(which === 'followUp' ? [headline(content)] : []), researchUse, viewOnly].join('\r\n');
}

/**
 * The content tree: TID 1500 under the title (126000, DCM), by which OHIF takes the viewport that draws, with one TID 1410
 * group. Each time point has a document of its own: OHIF does not go to an image of another study.
 * Faults: REPORT_INVALID when the time point has no outline.
 */
export function viewTree(view: View, which: ViewedPoint): ContentItem {
  const { installation, [which]: point } = view.content;
  const procedure = point.measurement.header.ProcedureCodeSequence?.find(isCode) ?? CODES.ctUnspecified;
  const children = [
    codeItem({ relationship: MODIFIED, concept: CODES.language }, languageCode(view.content)),
    codeItem({ relationship: OBSERVED, concept: CODES.observerType }, CODES.device),
    uidItem({ relationship: OBSERVED, concept: CODES.deviceObserverUid }, installation.uid),
    textItem({ relationship: OBSERVED, concept: CODES.deviceObserverName }, clipped(installation.name, 64)),
    textItem({ relationship: OBSERVED, concept: CODES.deviceObserverManufacturer }, 'Earshot'),
    codeItem({ relationship: MODIFIED, concept: CODES.procedureReported }, procedure),
    textItem({ relationship: CONTAINED, concept: CODES.summary }, summaryOf(view.content, which)),
    containerItem({
      relationship: CONTAINED,
      concept: CODES.imagingMeasurements,
      children: [group(view, which)],
    }),
  ];
  return containerItem({ concept: CODES.imagingMeasurementReport, children }, '1500');
}

/** In the order of their worth, the result first: OHIF prints five. What is undefined is absent: the report says why. */
function results({ score }: ReportContent, which: ViewedPoint): readonly ContentItem[] {
  const isPublished = featureTitle(score.feature) !== score.feature;
  const ofFeature = isPublished ? CODES.differenceVariance : CODES.radiomicFeature;
  const ofDelta = isPublished ? CODES.deltaDifferenceVariance : CODES.deltaFeature;
  if (which === 'baseline') return optional(ofFeature, score.baselineValue);
  return [
    ...probability(score),
    ...optional(ofDelta, score.delta),
    ...optional(ofFeature, score.followUpValue),
  ];
}

/** No probability without its interval and the cut-off. */
function probability({
  probability: value,
  interval,
  cutOff,
}: ReportContent['score']): readonly ContentItem[] {
  if (value === null) return [];
  const percent = (fraction: number): Quantity => ({
    value: fraction * 100,
    text: percentText(fraction, cutOff),
  });
  const property = (concept: Code, fraction: number): ContentItem =>
    numItem({ relationship: 'HAS PROPERTIES', concept }, percent(fraction), CODES.percent);
  const children = [
    property(CODES.thresholdValue, cutOff),
    ...(interval === null
      ? []
      : [property(CODES.intervalLower, interval[0]), property(CODES.intervalUpper, interval[1])]),
  ];
  const head = { relationship: CONTAINED, concept: CODES.probability, children };
  return [numItem(head, percent(value), CODES.percent)];
}

function languageCode({ language }: ReportContent): Code {
  const { value, meaning } = messagesOf(language).languageCode;
  return { CodeValue: value, CodingSchemeDesignator: 'RFC5646', CodeMeaning: meaning };
}

const number = (concept: Code, quantity: Quantity, unit: Code): ContentItem =>
  numItem({ relationship: CONTAINED, concept }, quantity, unit);

const rounded = (value: number): Quantity => ({ value, text: sixDigits(value) });

const optional = (concept: Code, value: number | null): readonly ContentItem[] =>
  value === null ? [] : [number(concept, rounded(value), CODES.noUnits)];

/** TID 1410: one planar region and what was measured of the lesion that it belongs to. */
function group({ content, ...views }: View, which: ViewedPoint): ContentItem {
  const { lesion, baseline, followUp } = content;
  const { header, roi } = content[which].measurement;
  const outline = largestOutline(views[which].contours);
  if (!outline) throw new Fault('REPORT_INVALID', `no outline at ${which}`);
  const day = isoDate(header.StudyDate);
  const finding = lesionFinding([...followUp.region.typeCodes, ...baseline.region.typeCodes]);
  const timePoint = messagesOf(content.language)[which];
  const identifier = `${clipped(lesion.trackingId, 54)} ${timePoint.toLowerCase()}`;
  const children = [
    textItem({ relationship: OBSERVED, concept: CODES.trackingIdentifier }, identifier),
    uidItem(
      { relationship: OBSERVED, concept: CODES.trackingUid },
      trackingUidOf(lesion.trackingUid, header),
    ),
    codeItem({ relationship: CONTAINED, concept: CODES.finding }, finding),
    ...(day ? [textItem({ relationship: OBSERVED, concept: CODES.timePointIdentifier }, day)] : []),
    textItem({ relationship: OBSERVED, concept: CODES.timePoint }, timePoint),
    codeItem({ relationship: MODIFIED, concept: CODES.findingSite }, CODES.lung),
    outlineOn(views[which], outline),
    ...results(content, which),
    number(CODES.volume, rounded(roi.volumeMm3), CODES.cubicMillimetre),
    number(CODES.diameter, rounded(roi.longestInPlaneDiameterMm), CODES.millimetre),
  ];
  return containerItem({ relationship: CONTAINED, concept: CODES.measurementGroup, children }, '1410');
}

/** OHIF takes what has one tracking UID for one outline: each time point has its own, derived from that of the lesion. */
const trackingUidOf = (trackingUid: string, { StudyInstanceUID, SeriesInstanceUID }: Header): string =>
  derivedUid(canonicalJson(['view', trackingUid, StudyInstanceUID, SeriesInstanceUID]));

function outlineOn(
  { SOPClassUID, SOPInstanceUID, FrameNumber }: KeyView,
  outline: PixelPolygon,
): ContentItem {
  const image = referenceItem({ relationship: 'SELECTED FROM', concept: CODES.sourceImage }, 'IMAGE', {
    ReferencedSOPClassUID: SOPClassUID,
    ReferencedSOPInstanceUID: SOPInstanceUID,
    ReferencedFrameNumber: FrameNumber,
  });
  return outlineItem({ relationship: CONTAINED, concept: CODES.imageRegion, children: [image] }, outline);
}

/** TID 1410 has room for one region: islands and holes are left to the picture and to the mask itself. */
function largestOutline(contours: readonly PixelPolygon[]): PixelPolygon | undefined {
  return contours
    .filter(({ length }) => length >= 3)
    .toSorted((a, b) => areaOf(b) - areaOf(a))
    .at(0);
}

/** Shoelace formula, in pixels. */
const areaOf = (polygon: PixelPolygon): number =>
  Math.abs(
    polygon.reduce((sum, [x, y], i) => {
      const [nextX, nextY] = polygon[(i + 1) % polygon.length] ?? [x, y];
      return sum + x * nextY - nextX * y;
    }, 0) / 2,
  );
