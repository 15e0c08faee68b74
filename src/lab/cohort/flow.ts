/** From the table of a cohort to its deltas: who was left at each step, and why others were not (as CONSORT and STARD draw it). */
import { grouped } from '../../model/grouped.ts';
import { element, line } from '../../picture/svg.ts';
import { escaped, oneLine } from '../../picture/svg-text.ts';
import type { Exclusion } from './exclusions.ts';

type Counts = Readonly<{ rows: number; patients: number }>;
type Reason = Counts & Readonly<{ reason: string }>;
type FlowStep = Counts &
  Readonly<{
    title: string;
    /** rows that came this far and no further, by reason, the most frequent first */
    excluded: readonly Reason[];
  }>;
export type Flow = Readonly<{ steps: readonly FlowStep[]; exclusions: readonly Exclusion[] }>;

type Row = Readonly<{ patient: string }>;
type Stage = Readonly<{ title: string; rows: readonly Row[]; excluded: readonly Exclusion[] }>;

const countsOf = (rows: readonly Row[]): Counts => ({
  rows: rows.length,
  patients: new Set(rows.map(({ patient }) => patient)).size,
});

export const flowOf = (stages: readonly Stage[]): Flow => ({
  steps: stages.map(({ title, rows, excluded }) => ({
    title,
    ...countsOf(rows),
    excluded: [...grouped(excluded, ({ reason }) => reason)]
      .map(([reason, of]) => ({ reason, ...countsOf(of) }))
      .sort((a, b) => b.rows - a.rows || (a.reason < b.reason ? -1 : 1)),
  })),
  exclusions: stages.flatMap(({ excluded }) => excluded),
});

const inWords = ({ rows, patients }: Counts): string =>
  `${rows} ${rows === 1 ? 'study' : 'studies'} of ${patients} ${patients === 1 ? 'patient' : 'patients'}`;

export const flowText = ({ steps }: Flow): string =>
  steps
    .flatMap((step) => [
      `${step.title}: ${inWords(step)}`,
      ...step.excluded.map((each) => `  excluded, ${each.reason}: ${inWords(each)}`),
    ])
    .map((each) => `${each}\n`)
    .join('');

const BOX = { x: 20, width: 300, height: 52 } as const;
const ASIDE = { x: 380, width: 400 } as const;
const [LINE_HEIGHT, PADDING, GAP, WIDTH] = [18, 12, 28, 800] as const;
const LONGEST_LINE = 60;

/** Boxes from top to bottom, beside them the exclusions. */
export function flowSvg({ steps }: Flow): string {
  let y = 20;
  const drawn = steps.map((step, at) => {
    const reasons = step.excluded.map((each) => `${each.reason}: ${inWords(each)}`);
    const aside = reasons.length === 0 ? 0 : 2 * PADDING + LINE_HEIGHT * (reasons.length + 1);
    const top = y;
    const middle = top + BOX.height + GAP + aside / 2;
    const bottom = top + BOX.height + Math.max(GAP, aside + 2 * GAP);
    y = bottom;
    return [
      box(BOX, top, BOX.height, [step.title, inWords(step)]),
      ...(at < steps.length - 1 ? [arrow(top + BOX.height, bottom)] : []),
      ...(aside === 0
        ? []
        : [
            line(BOX.x + BOX.width / 2, middle, ASIDE.x, middle, { stroke: 'black' }),
            box(ASIDE, middle - aside / 2, aside, ['Excluded', ...reasons]),
          ]),
    ].join('');
  });
  const description = steps.map((step) => `${step.title}: ${inWords(step)}`).join('; ');
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${WIDTH} ${y}`,
      role: 'img',
      'font-family': 'sans-serif',
      'font-size': 14,
    },
    element('title', {}, 'Flow of the cohort') +
      element('desc', {}, escaped(oneLine(description))) +
      drawn.join(''),
  );
}

function box(
  { x, width }: Readonly<{ x: number; width: number }>,
  y: number,
  height: number,
  lines: readonly string[],
): string {
  const frame = element('rect', { x, y, width, height, fill: 'white', stroke: 'black' });
  const texts = lines.map((each, i) =>
    element(
      'text',
      { x: x + PADDING, y: y + PADDING + LINE_HEIGHT * (i + 0.6) },
      escaped(oneLine(each).slice(0, LONGEST_LINE)),
    ),
  );
  return frame + texts.join('');
}

function arrow(from: number, to: number): string {
  const x = BOX.x + BOX.width / 2;
  return (
    line(x, from, x, to, { stroke: 'black' }) +
    element('path', {
      d: `M ${x - 5} ${to - 8} L ${x} ${to} L ${x + 5} ${to - 8}`,
      fill: 'none',
      stroke: 'black',
    })
  );
}
