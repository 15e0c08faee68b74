/** The picture page of a report: one SVG, 1024 px wide, composed of its panels from top to bottom. */
import { fourDecimals } from '../sr/wording.ts';
import { filteredPanels, minus } from './filtered-panel.ts';
import { findingsPanel, sentences } from './findings-panel.ts';
import { headerPanel } from './header-panel.ts';
import { filled, type Messages, messagesOf } from './messages.ts';
import type { PageContent, PageTimePoint } from './page-content.ts';
import { probabilityPanel } from './probability-panel.ts';
import { slicePanel } from './slice-panel.ts';
import { clippedTo, element, type Frame, line } from './svg.ts';
import { FAINT, label, SECONDARY } from './svg-text.ts';
import { trendPanel } from './trend-panel.ts';

const PAGE_WIDTH = 1024;
const MARGIN = 24;
const GAP = 16;
const IMAGE = 330;
const CROP_HEIGHT = 262;
const INNER = PAGE_WIDTH - 2 * MARGIN;
const SECOND = MARGIN + IMAGE + GAP;
const THIRD = SECOND + IMAGE + GAP;
const HALF = (INNER - 2 * GAP) / 2;

/**
 * The page as SVG. Equal content gives equal text. Foreign text is escaped, kept on its line and cut to its width, so
 * that nothing covers anything else; it is legible at 1024 px, and no meaning is carried by colour alone.
 */
export function composePage(content: PageContent): string {
  const messages = messagesOf(content.language);
  const parts: string[] = [];
  const header = headerPanel(content, { x: MARGIN, y: 16, width: INNER }, messages);
  parts.push(header.svg);
  let y = 16 + header.height + GAP;
  const lesion = filled(messages.lesion, { name: content.lesion });
  parts.push(label(MARGIN, y + 13, lesion, { size: 14, fill: SECONDARY, width: THIRD - GAP - MARGIN }));
  y += 20;
  parts.push(imageRow(content, y, messages));
  y += 24 + IMAGE + 26 + GAP;
  parts.push(filteredRow(content, y, messages));
  y += 24 + CROP_HEIGHT + 82 + GAP;
  parts.push(rule(y - GAP / 2));
  const texts = textRow(content, y, messages);
  parts.push(texts.svg);
  y += texts.height + GAP;
  parts.push(rule(y - GAP / 2));
  const origin = sentences(
    messages.provenance,
    content.provenance,
    { x: MARGIN, y, width: INNER },
    { size: 12, lines: 2, most: 7 },
  );
  parts.push(origin.svg);
  y += origin.height + 18;
  const report = `${messages.report} ${content.SOPInstanceUID}`;
  parts.push(label(MARGIN, y, report, { size: 13, width: INNER - 220 }));
  parts.push(label(PAGE_WIDTH - MARGIN, y, messages.researchUse, { size: 13, isBold: true, anchor: 'end' }));
  return document(Math.ceil(y + 16), parts.join(''));
}

const document = (height: number, content: string): string =>
  element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      'xmlns:xlink': 'http://www.w3.org/1999/xlink',
      width: PAGE_WIDTH,
      height,
      viewBox: `0 0 ${PAGE_WIDTH} ${height}`,
    },
    element('rect', { width: PAGE_WIDTH, height, fill: '#000' }) + content,
  );

const rule = (y: number): string =>
  line(MARGIN, y, PAGE_WIDTH - MARGIN, y, { stroke: FAINT, 'stroke-width': 1 });

function imageRow(content: PageContent, y: number, messages: Messages): string {
  const { baseline, followUp, intervalDays } = content;
  const later = intervalDays === null ? '' : filled(messages.daysLater, { days: intervalDays });
  const panel: Frame = { x: THIRD, y, width: PAGE_WIDTH - MARGIN - THIRD, height: 24 + IMAGE + 26 };
  return [
    timePoint(baseline, MARGIN, y, `${baseline.label} \u00b7 ${baseline.date}`, messages),
    timePoint(
      followUp,
      SECOND,
      y,
      `${followUp.label} \u00b7 ${followUp.date}${later && ` \u00b7 ${later}`}`,
      messages,
    ),
    clippedTo(panel, 'probability', probabilityPanel(content, panel, messages)),
  ].join('');
}

function timePoint(point: PageTimePoint, x: number, y: number, title: string, messages: Messages): string {
  const frame: Frame = { x, y: y + 24, width: IMAGE, height: IMAGE };
  const id = x === MARGIN ? 'slice-baseline' : 'slice-follow-up';
  return [
    label(x, y + 15, title, { size: 15, isBold: true, width: IMAGE }),
    clippedTo(frame, id, slicePanel(point, frame)),
    label(x, y + 24 + IMAGE + 19, sizeText(point, messages), { size: 14, width: IMAGE }),
  ].join('');
}

function sizeText({ volumeMm3, inPlaneDiameterMm }: PageTimePoint, messages: Messages): string {
  const volume = isKnown(volumeMm3) ? volumeText(volumeMm3) : messages.unknown;
  const diameter = isKnown(inPlaneDiameterMm) ? `${inPlaneDiameterMm.toFixed(1)} mm` : messages.unknown;
  return `${messages.volume} ${volume} \u00b7 ${messages.diameter} ${diameter}`;
}

const isKnown = (value: number | null): value is number => value !== null && Number.isFinite(value);

/** Cubic millimetres below one millilitre, millilitres from there. */
const volumeText = (mm3: number): string =>
  mm3 < 1000 ? `${Math.round(mm3)} mm\u00b3` : `${(mm3 / 1000).toFixed(mm3 < 10_000 ? 2 : 1)} mL`;

function filteredRow(content: PageContent, y: number, messages: Messages): string {
  const frame = (x: number): Frame => ({ x, y: y + 24, width: IMAGE, height: CROP_HEIGHT });
  const scale: Frame = { x: MARGIN, y: y + 24 + CROP_HEIGHT + 32, width: THIRD - GAP - MARGIN, height: 48 };
  const trend: Frame = { x: THIRD, y, width: PAGE_WIDTH - MARGIN - THIRD, height: 24 + CROP_HEIGHT + 80 };
  const title = `${messages.filteredLesion} \u00b7 ${content.featureTitle}`;
  const value = ({ featureValue }: PageTimePoint): string =>
    `${messages.featureValue} ${featureValue === null ? messages.notComputable : minus(fourDecimals(featureValue))}`;
  const caption = { size: 14, width: IMAGE } as const;
  return [
    label(MARGIN, y + 15, title, { size: 14, isBold: true, fill: SECONDARY, width: THIRD - GAP - MARGIN }),
    filteredPanels(content, [frame(MARGIN), frame(SECOND)], scale, messages),
    label(MARGIN, y + 24 + CROP_HEIGHT + 20, value(content.baseline), caption),
    label(SECOND, y + 24 + CROP_HEIGHT + 20, value(content.followUp), caption),
    clippedTo(trend, 'trend', trendPanel(content, trend, messages)),
  ].join('');
}

function textRow({ summary, findings }: PageContent, y: number, messages: Messages) {
  const left = sentences(
    messages.summary,
    summary,
    { x: MARGIN, y, width: HALF },
    { size: 13, lines: 3, most: 14 },
  );
  const right = findingsPanel(findings, { x: MARGIN + HALF + 2 * GAP, y, width: HALF }, messages);
  return { svg: left.svg + right.svg, height: Math.max(left.height, right.height) };
}
