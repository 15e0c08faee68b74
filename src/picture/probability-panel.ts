import { fourDecimals, percentText } from '../sr/wording.ts';
import { minus } from './filtered-panel.ts';
import { filled, type Messages } from './messages.ts';
import type { PageContent } from './page-content.ts';
import { element, type Frame, line } from './svg.ts';
import { FOREGROUND, label, SECONDARY, wrapped } from './svg-text.ts';

/** Delta with its stability, probability with interval and cut-off on a scale, and what the number stands on. */
export function probabilityPanel(content: PageContent, frame: Frame, messages: Messages): string {
  const { x, y, width } = frame;
  const { delta, stabilityRange, probability, interval, cutOff, isProvisional } = content;
  const caption = { size: 14, fill: SECONDARY, width } as const;
  const parts = [
    label(x, y + 14, messages.delta, { ...caption, isBold: true }),
    label(x, y + 46, delta === null ? messages.notComputable : signed(delta), {
      size: 28,
      isBold: true,
      width,
    }),
  ];
  let at = y + 68;
  for (const text of wrapped(stabilityText(stabilityRange, messages), width, 13, 2)) {
    parts.push(label(x, at, text, { size: 13, fill: SECONDARY, width }));
    at += 18;
  }
  at += 12;
  parts.push(label(x, at, messages.probability, { ...caption, isBold: true }));
  const value = probability === null ? '\u2014' : `${percentText(probability, cutOff)} %`;
  parts.push(label(x, at + 32, value, { size: 28, isBold: true, width }));
  if (probability !== null) {
    if (isProvisional) parts.push(tag(x + width, at + 13, messages.provisional));
    parts.push(label(x, at + 54, intervalText(interval, cutOff, messages), { size: 14, width }));
  }
  parts.push(scale(content, { x, y: at + 84, width, height: 74 }, messages));
  const notes = probability === null ? content.because : designText(content, messages);
  const lines = wrapped(notes, width, 13, 5);
  parts.push(
    ...lines.map((text, k) => label(x, at + 186 + k * 18, text, { size: 13, fill: SECONDARY, width })),
  );
  return parts.join('');
}

function stabilityText(range: PageContent['stabilityRange'], { stability }: Messages): string {
  if (range === null) return '';
  const [low, high] = range.map(signed);
  return filled(stability, { low: low ?? '', high: high ?? '' });
}

const signed = (value: number): string =>
  value > 0 ? `+${fourDecimals(value)}` : minus(fourDecimals(value));

/** What the number stands on, and what it would be at this site. */
function designText({ designPrevalence, priorShifted, cutOff }: PageContent, messages: Messages): string {
  const design = filled(messages.design, { percent: shortPercent(designPrevalence) });
  if (priorShifted === null) return design;
  const { prevalence, probability } = priorShifted;
  const values = { prevalence: shortPercent(prevalence), percent: percentText(probability, cutOff) };
  return `${design} ${filled(messages.shifted, values)}`;
}

const shortPercent = (fraction: number): string => String(Number((fraction * 100).toFixed(2)));

function intervalText(interval: PageContent['interval'], cutOff: number, messages: Messages): string {
  if (interval === null) return messages.noInterval;
  const [low, high] = interval.map((end) => percentText(end, cutOff));
  return filled(messages.interval, { low: low ?? '', high: high ?? '' });
}

/** A word in a box that ends at `x`: seen without its colour. */
function tag(x: number, y: number, text: string): string {
  const width = 108;
  const box = element('rect', {
    x: x - width,
    y,
    width,
    height: 22,
    fill: 'none',
    stroke: FOREGROUND,
    'stroke-width': 1.5,
    'stroke-dasharray': '5 3',
  });
  return (
    box + label(x - width / 2, y + 16, text, { size: 13, isBold: true, anchor: 'middle', width: width - 8 })
  );
}

/** 0 to 100 %: a diamond at the probability, a bar with caps over its interval, a dashed line at the cut-off. */
function scale(
  { probability, interval, cutOff }: PageContent,
  { x, y, width }: Frame,
  messages: Messages,
): string {
  const at = (fraction: number): number => x + Math.min(1, Math.max(0, fraction)) * width;
  const axis = y + 40;
  const middle = y + 22;
  const marks = [0, 0.25, 0.5, 0.75, 1].map((fraction, k) => {
    const anchor = k === 0 ? 'start' : k === 4 ? 'end' : 'middle';
    return (
      line(at(fraction), axis, at(fraction), axis + 5, { stroke: FOREGROUND, 'stroke-width': 1 }) +
      label(at(fraction), axis + 19, String(fraction * 100), { size: 12, anchor })
    );
  });
  const side = (text: string, anchor: 'start' | 'end'): string =>
    label(anchor === 'start' ? x : x + width, axis + 36, text, {
      size: 12,
      fill: SECONDARY,
      anchor,
      width: width / 3,
    });
  return [
    element('rect', { x: at(cutOff), y: y + 8, width: at(1) - at(cutOff), height: 32, fill: '#33383f' }),
    line(x, axis, x + width, axis, { stroke: FOREGROUND, 'stroke-width': 1.5 }),
    ...marks,
    line(at(cutOff), y + 2, at(cutOff), axis, {
      stroke: FOREGROUND,
      'stroke-width': 1.5,
      'stroke-dasharray': '4 3',
    }),
    cutOffLabel(at(cutOff), y - 3, x, width, filled(messages.cutOff, { percent: shortPercent(cutOff) })),
    interval ? whisker(at(interval[0]), at(interval[1]), middle) : '',
    probability === null ? '' : diamond(at(probability), middle, 8),
    side(`\u2190 ${messages.below}`, 'start'),
    side(`${messages.above} \u2192`, 'end'),
  ].join('');
}

function cutOffLabel(at: number, y: number, x: number, width: number, text: string): string {
  const half = 46;
  return label(Math.min(x + width - half, Math.max(x + half, at)), y, text, {
    size: 12,
    anchor: 'middle',
    width: 2 * half,
  });
}

function whisker(from: number, to: number, y: number): string {
  const stroke = { stroke: FOREGROUND, 'stroke-width': 2 };
  return (
    element('rect', { x: from, y: y - 3, width: Math.max(0, to - from), height: 6, fill: '#9aa2ac' }) +
    line(from, y - 8, from, y + 8, stroke) +
    line(to, y - 8, to, y + 8, stroke)
  );
}

/** Filled and outlined in black, so that it stands out from whatever it lies on. */
export function diamond(x: number, y: number, half: number, fill = FOREGROUND): string {
  const points = [
    [x, y - half],
    [x + half, y],
    [x, y + half],
    [x - half, y],
  ];
  const d = `M${points.map((point) => point.map((n) => Math.round(n * 100) / 100).join(' ')).join('L')}Z`;
  return element('path', { d, fill, stroke: '#000', 'stroke-width': 1.5 });
}
