import type { Finding } from '../eligibility/finding.ts';
import { filled, type Messages } from './messages.ts';
import { element, line } from './svg.ts';
import { FOREGROUND, label, SECONDARY, wrapped } from './svg-text.ts';

/** Drawn text with the height that it took. */
export type Block = Readonly<{ svg: string; height: number }>;

const LINE = 19;
/** What is not passed comes first; more than these are counted. */
const MOST_SHOWN = 7;

type Place = Readonly<{ x: number; y: number; width: number }>;

/** Title and sentences: at most `lines` lines each, and `most` in all. */
export function sentences(
  title: string,
  texts: readonly string[],
  { x, y, width }: Place,
  { size, lines, most }: Readonly<{ size: number; lines: number; most: number }>,
): Block {
  const spacing = size + 6;
  const all = texts.slice(0, most).flatMap((text) => wrapped(text, width, size, lines));
  const shown = all.length > most ? [...all.slice(0, most - 1), '\u2026'] : all;
  const heading = label(x, y + 15, title, { size: 14, isBold: true, fill: SECONDARY, width });
  const body = shown.map((text, k) => label(x, y + 38 + k * spacing, text, { size, width }));
  return { svg: heading + body.join(''), height: 24 + shown.length * spacing };
}

/** Every check that did not pass, then as many of the others as there is room for. Outcomes are words and shapes. */
export function findingsPanel(
  findings: readonly Finding[],
  { x, y, width }: Place,
  messages: Messages,
): Block {
  const sorted = findings.toSorted((a, b) => weight(b) - weight(a));
  const shown = sorted.slice(0, sorted.length <= MOST_SHOWN + 1 ? MOST_SHOWN + 1 : MOST_SHOWN);
  const rest = sorted.slice(shown.length);
  const failed = rest.filter(({ outcome }) => outcome !== 'pass').length;
  const more = [
    failed > 0 ? filled(messages.moreFindings, { count: failed }) : '',
    rest.length > failed ? filled(messages.morePassed, { count: rest.length - failed }) : '',
    findings.length === 0 ? messages.noFindings : '',
  ].filter(Boolean);
  const parts = [label(x, y + 15, messages.findings, { size: 14, isBold: true, fill: SECONDARY, width })];
  let at = y + 38;
  for (const finding of shown) {
    const row = findingRow(finding, { x, y: at, width }, messages);
    parts.push(row.svg);
    at += row.height;
  }
  for (const text of more) {
    parts.push(label(x + 22, at, text, { size: 13, fill: SECONDARY, width: width - 22 }));
    at += LINE;
  }
  return { svg: parts.join(''), height: at - y - 14 };
}

const weight = ({ outcome }: Finding): number => ({ hold: 2, warn: 1, pass: 0 })[outcome];

/** A check that did not pass may take two lines. */
function findingRow(
  { id, check, values, outcome }: Finding,
  { x, y, width }: Place,
  messages: Messages,
): Block {
  const isPassed = outcome === 'pass';
  const verdict = isPassed ? '' : `${messages[outcome]}: `;
  const style = { size: 13, isBold: !isPassed, fill: isPassed ? SECONDARY : FOREGROUND };
  const lines = wrapped(`${verdict}${id} ${check}: ${values}`, width - 22, 13, isPassed ? 1 : 2, !isPassed);
  const text = lines.map((line, k) => label(x + 22, y + k * LINE, line, style));
  return { svg: sign(outcome, x + 7, y - 5) + text.join(''), height: LINE * Math.max(1, lines.length) };
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
