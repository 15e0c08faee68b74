import type { Finding } from '../eligibility/finding.ts';
import { filled, type Messages } from './messages.ts';
import { element, line } from './svg.ts';
import { FOREGROUND, label, SECONDARY, wrapped } from './svg-text.ts';

/** Drawn text with the height that it took. */
export type Block = Readonly<{ svg: string; height: number }>;

const LINE = 19;
/** What is not passed comes first; more than these are counted. */
const MOST_SHOWN = 7;

/** Title and sentences, each wrapped to at most three lines. */
export function sentences(
  title: string,
  texts: readonly string[],
  place: Readonly<{ x: number; y: number; width: number }>,
  options: Readonly<{ size: number; most: number; lines: number }>,
): Block {
  const { x, y, width } = place;
  const { size, most, lines } = options;
  const spacing = size + 6;
  const shown = texts.slice(0, most).flatMap((text) => wrapped(text, width, size, lines));
  const heading = label(x, y + 15, title, { size: 14, isBold: true, fill: SECONDARY, width });
  const body = shown.map((text, k) => label(x, y + 38 + k * spacing, text, { size, width }));
  return { svg: heading + body.join(''), height: 24 + shown.length * spacing };
}

/** Every check that did not pass, then as many of the others as there is room for. Outcomes are words and shapes. */
export function findingsPanel(
  findings: readonly Finding[],
  place: Readonly<{ x: number; y: number; width: number }>,
  messages: Messages,
): Block {
  const { x, y, width } = place;
  const sorted = findings.toSorted((a, b) => weight(b) - weight(a));
  const shown = sorted.slice(0, sorted.length <= MOST_SHOWN + 1 ? MOST_SHOWN + 1 : MOST_SHOWN);
  const rest = sorted.slice(shown.length);
  const failed = rest.filter(({ outcome }) => outcome !== 'pass').length;
  const more = [
    failed > 0 ? filled(messages.moreFindings, { count: failed }) : '',
    rest.length > failed ? filled(messages.morePassed, { count: rest.length - failed }) : '',
    findings.length === 0 ? messages.noFindings : '',
  ].filter(Boolean);
  const rows = shown.map((finding, k) => row(finding, { x, y: y + 38 + k * LINE, width }, messages));
  const footer = more.map((text, k) =>
    label(x + 22, y + 38 + (shown.length + k) * LINE, text, { size: 13, fill: SECONDARY, width: width - 22 }),
  );
  const heading = label(x, y + 15, messages.findings, { size: 14, isBold: true, fill: SECONDARY, width });
  return {
    svg: [heading, ...rows, ...footer].join(''),
    height: 24 + (shown.length + more.length) * LINE,
  };
}

const weight = ({ outcome }: Finding): number => ({ hold: 2, warn: 1, pass: 0 })[outcome];

function row(
  { id, check, values, outcome }: Finding,
  { x, y, width }: Readonly<{ x: number; y: number; width: number }>,
  messages: Messages,
): string {
  const isPassed = outcome === 'pass';
  const verdict = isPassed ? '' : `${messages[outcome]}: `;
  const room = width - 22;
  return (
    sign(outcome, x + 7, y - 5) +
    label(x + 22, y, `${verdict}${id} ${check}: ${values}`, {
      size: 13,
      isBold: !isPassed,
      fill: isPassed ? SECONDARY : FOREGROUND,
      width: room,
    })
  );
}

/** A tick, a triangle with an exclamation mark, a cross. */
export function sign(outcome: Finding['outcome'], x: number, y: number): string {
  const stroke = { stroke: FOREGROUND, 'stroke-width': 1.8, fill: 'none' } as const;
  if (outcome === 'pass')
    return element('path', { d: `M${x - 5} ${y}L${x - 1} ${y + 4}L${x + 5} ${y - 5}`, ...stroke });
  if (outcome === 'hold')
    return line(x - 5, y - 5, x + 5, y + 5, stroke) + line(x - 5, y + 5, x + 5, y - 5, stroke);
  return (
    element('path', { d: `M${x} ${y - 7}L${x + 7} ${y + 6}L${x - 7} ${y + 6}Z`, fill: FOREGROUND }) +
    line(x, y - 3, x, y + 1.5, { stroke: '#000', 'stroke-width': 2 }) +
    line(x, y + 3, x, y + 5, { stroke: '#000', 'stroke-width': 2 })
  );
}
