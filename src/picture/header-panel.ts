import type { Block } from './findings-panel.ts';
import { sign } from './findings-panel.ts';
import { textWidth } from './font-metrics.ts';
import type { Messages } from './messages.ts';
import type { PageContent } from './page-content.ts';
import { diamond } from './probability-panel.ts';
import { element, line } from './svg.ts';
import { FOREGROUND, fitted, label, SECONDARY, wrapped } from './svg-text.ts';

type Place = Readonly<{ x: number; y: number; width: number }>;
type Verdict = 'positive' | 'negative' | 'indeterminate' | 'notEvaluable' | 'deltaOnly' | 'progression';

const MOST_WARNINGS = 4;

/** Title, research use, patient, and the category in plain words with what must be known before the number. */
export function headerPanel(content: PageContent, { x, y, width }: Place, messages: Messages): Block {
  const stamp = 210;
  const title = [
    label(x, y + 22, messages.title, { size: 19, isBold: true, width: width - stamp - 16 }),
    element('rect', {
      x: x + width - stamp,
      y: y + 2,
      width: stamp,
      height: 28,
      fill: 'none',
      stroke: FOREGROUND,
      'stroke-width': 2,
    }),
    label(x + width - stamp / 2, y + 22, messages.researchUse, {
      size: 15,
      isBold: true,
      anchor: 'middle',
      width: stamp - 12,
    }),
    patientLine(content.patient, { x, y: y + 48, width }),
    label(x, y + 67, messages.notForDiagnosis, { size: 12, fill: SECONDARY, width }),
  ];
  const band = verdictBand(content, { x, y: y + 78, width }, messages);
  return { svg: title.join('') + band.svg, height: 78 + band.height };
}

/** The name gives way to the identification, which may take three quarters of the line. */
function patientLine({ name, identification }: PageContent['patient'], { x, y, width }: Place): string {
  const known = fitted(identification, 0.75 * width, 15);
  const gap = 24;
  const shown = fitted(name, width - gap - textWidth(known, 15), 15, true);
  const from = shown === '' ? x : x + textWidth(shown, 15, true) + gap;
  return label(x, y, shown, { size: 15, isBold: true }) + label(from, y, known, { size: 15 });
}

function verdictBand(content: PageContent, { x, y, width }: Place, messages: Messages): Block {
  const verdict: Verdict = content.isProgression ? 'progression' : (content.category ?? 'deltaOnly');
  const because = content.probability === null ? [] : wrapped(content.because, width - 84, 14, 2);
  const parts = [
    label(x + 64, y + 31, messages[verdict], { size: 20, isBold: true, width: width - 80 }),
    ...because.map((text, k) => label(x + 64, y + 54 + 19 * k, text, { size: 14, fill: SECONDARY })),
  ];
  let at = y + 54 + 19 * because.length;
  for (const text of wrapped(content.progression, width - 84, 14, 2)) {
    parts.push(label(x + 64, at, text, { size: 14 }));
    at += 19;
  }
  for (const warning of content.warnings.slice(0, MOST_WARNINGS)) {
    const lines = wrapped(warning, width - 104, 14, 2);
    parts.push(sign('warn', x + 72, at - 5));
    parts.push(...lines.map((text, k) => label(x + 88, at + 19 * k, text, { size: 14 })));
    at += 19 * lines.length + 3;
  }
  const height = at - y - 8;
  const box = element('rect', {
    x,
    y,
    width,
    height,
    fill: '#15181c',
    stroke: FOREGROUND,
    'stroke-width': 1.5,
  });
  return { svg: [box, symbol(verdict, x + 34, y + 25), ...parts].join(''), height };
}

/** A shape for each category: filled triangle up, open triangle down, half diamond, arrow up, crossed circle, open circle. */
function symbol(verdict: Verdict, x: number, y: number): string {
  const open = { fill: 'none', stroke: FOREGROUND, 'stroke-width': 2.5 } as const;
  switch (verdict) {
    case 'positive':
      return element('path', {
        d: `M${x} ${y - 13}L${x + 15} ${y + 12}L${x - 15} ${y + 12}Z`,
        fill: FOREGROUND,
      });
    case 'negative':
      return element('path', { d: `M${x} ${y + 13}L${x + 15} ${y - 11}L${x - 15} ${y - 11}Z`, ...open });
    case 'indeterminate':
      return (
        diamond(x, y, 14) +
        element('path', { d: `M${x} ${y - 11}L${x + 11} ${y}L${x} ${y + 11}Z`, fill: '#15181c' })
      );
    case 'progression':
      return (
        element('path', { d: `M${x} ${y - 14}L${x + 12} ${y - 1}L${x - 12} ${y - 1}Z`, fill: FOREGROUND }) +
        element('rect', { x: x - 5, y: y - 2, width: 10, height: 15, fill: FOREGROUND })
      );
    case 'notEvaluable':
      return element('circle', { cx: x, cy: y, r: 13, ...open }) + line(x - 9, y + 9, x + 9, y - 9, open);
    case 'deltaOnly':
      return element('circle', { cx: x, cy: y, r: 13, ...open });
  }
}
