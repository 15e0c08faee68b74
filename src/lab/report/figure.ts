/** Figures by Observable Plot, as SVG that says in words what it shows. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { textWidth } from '../../picture/font-metrics.ts';
import { byDay, colour } from './palette.ts';
import { plain } from './words.ts';

export type Figure = Readonly<{
  /** lower case letters, digits and hyphens, unique in a report; names its file */
  name: string;
  title: string;
  /** what it shows, for those who do not see it */
  description: string;
  /** with the colours of the page around it */
  svg: string;
  width: number;
}>;

type LegendEntry = Readonly<{
  text: string;
  stroke: string;
  dash?: string | undefined;
  /** a filled or hollow box instead of a line */
  box?: 'filled' | 'hollow';
}>;

export type Drawing = Readonly<{
  name: string;
  title: string;
  description: string;
  plot: Plot.PlotOptions & Readonly<{ width: number; height: number }>;
  legend?: readonly LegendEntry[];
}>;

/** px */
const TEXT_SIZE = 13;
const ROW = 20;
/** The fonts of the reader are not known; DejaVu Sans, one of the widest, is wider than its condensed sister by this factor. */
const WIDEST = 1 / 0.9;

/** px that a text may need. */
export const roomFor = (text: string): number => textWidth(text, TEXT_SIZE) * WIDEST;

const SVG = 'http://www.w3.org/2000/svg';

// The part of the DOM that is used: the compiler has no browser's.
type Node = {
  getAttribute: (name: string) => string | null;
  setAttribute: (name: string, value: string) => void;
  removeAttribute: (name: string) => void;
  attributes: Iterable<{ name: string; value: string }>;
  append: (...children: (Node | string)[]) => void;
  prepend: (...children: (Node | string)[]) => void;
  remove: () => void;
  querySelectorAll: (selector: string) => Iterable<Node>;
  outerHTML: string;
};
type Maker = { createElementNS: (namespace: string, name: string) => Node };

export function drawn({ name, title, description, plot, legend = [] }: Drawing): Figure {
  const { document } = parseHTML('<html><body></body></html>');
  const maker = document as unknown as Maker;
  const { width, height, marginTop = 24, ...rest } = plot;
  const rows = rowsOf(legend, width);
  const above = rows.length * ROW;
  const svg = Plot.plot({
    ...rest,
    document: document as never,
    className: 'figure',
    width,
    height: height + above,
    marginTop: Number(marginTop) + above,
    style: { fontSize: `${TEXT_SIZE}px` },
  }) as unknown as Node;
  for (const style of svg.querySelectorAll('style')) style.remove();
  for (const element of svg.querySelectorAll('*')) tidy(element);
  rows.forEach((row, at) => {
    svg.append(...row.map((entry) => drawEntry(maker, entry, at * ROW + ROW / 2)));
  });
  const said = plain(description, 2000);
  label(maker, svg, { name, title: plain(title, 300), description: said });
  return { name, title: plain(title, 300), description: said, svg: svg.outerHTML, width };
}

/** A file of its own: with a namespace, the colours of the day, and white behind. */
export function standalone({ svg }: Figure): string {
  const opened = svg.replace(/^<svg /, `<svg xmlns="${SVG}" `);
  const end = opened.indexOf('>') + 1;
  const behind = '<rect width="100%" height="100%" fill="#ffffff" />';
  return `${byDay(opened.slice(0, end) + behind + opened.slice(end))}\n`;
}

function label(
  maker: Maker,
  svg: Node,
  what: Readonly<{ name: string; title: string; description: string }>,
): void {
  const of = (kind: 'title' | 'desc', text: string): Node => {
    const element = maker.createElementNS(SVG, kind);
    element.setAttribute('id', `${what.name}-${kind}`);
    element.append(text);
    return element;
  };
  svg.prepend(of('title', what.title), of('desc', what.description));
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-labelledby', `${what.name}-title ${what.name}-desc`);
  svg.removeAttribute('style');
  svg.setAttribute('font-size', String(TEXT_SIZE));
}

const NUMBER = /-?\d+\.\d{3,}/g;

/** Hundredths of a pixel are enough; what a picture's parts are called is said once, for the whole. */
function tidy(element: Node): void {
  element.removeAttribute('aria-label');
  element.removeAttribute('aria-hidden');
  for (const { name, value } of [...element.attributes]) {
    const shorter = value.replace(NUMBER, (text) => String(Math.round(Number(text) * 100) / 100 || 0));
    if (shorter !== value) element.setAttribute(name, shorter);
  }
}

type Placed = LegendEntry & Readonly<{ x: number }>;

const SAMPLE = 34;

function rowsOf(legend: readonly LegendEntry[], width: number): readonly (readonly Placed[])[] {
  const rows: Placed[][] = [];
  let x = 0;
  for (const entry of legend) {
    const needed = SAMPLE + 8 + roomFor(entry.text) + 18;
    const row = rows.at(-1);
    if (row === undefined || x + needed > width) {
      rows.push([{ ...entry, x: 4 }]);
      x = 4 + needed;
    } else {
      row.push({ ...entry, x });
      x += needed;
    }
  }
  return rows;
}

function drawEntry(maker: Maker, { x, text, stroke, dash, box }: Placed, y: number): Node {
  const made = (name: string, attributes: Readonly<Record<string, string | number>>): Node => {
    const element = maker.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    return element;
  };
  const group = made('g', {});
  const sample = box
    ? made('rect', {
        x: x + SAMPLE - 16,
        y: y - 6,
        width: 12,
        height: 12,
        stroke,
        fill: stroke,
        'fill-opacity': box === 'filled' ? 1 : HOLLOW,
      })
    : made('path', {
        d: `M${x},${y}H${x + SAMPLE - 4}`,
        stroke,
        'stroke-width': 2,
        ...(dash && { 'stroke-dasharray': dash }),
      });
  const words = made('text', { x: x + SAMPLE + 4, y, dy: '0.35em', 'text-anchor': 'start' });
  words.append(text);
  group.append(sample, words);
  return group;
}

/** Opacity inside of what is hollow. */
export const HOLLOW = 0.12;

/** Lines of an axis that are there to be read off. */
export const GRID = { stroke: colour('--line'), strokeOpacity: 1 } as const;
