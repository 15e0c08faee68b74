/** How long reports took over a day, a panel for each size of network, as SVG. */
import type { Day } from './model.ts';

export type Panel = Readonly<{
  title: string;
  lines: readonly Readonly<{ name: string; day: Day | undefined }>[];
}>;

const [WIDTH, PANEL, LEFT, TOP, BOTTOM, LEGEND] = [760, 190, 62, 34, 30, 44];
const PLOT = WIDTH - LEFT - 30;
const HEIGHT = PANEL - TOP - BOTTOM;
/** Colours that stay apart for the colour-blind (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7'] as const;
/** Seconds; each mark of the axis ten times the one below. */
const MARKS = [1, 10, 100, 1000] as const;
const [LEAST, MOST] = [1, 5000];

const across = (hour: number): string => ((PLOT * hour) / 24).toFixed(1);
const height = (seconds: number): string => {
  const kept = Math.min(MOST, Math.max(LEAST, seconds));
  return (HEIGHT - (HEIGHT * Math.log(kept / LEAST)) / Math.log(MOST / LEAST)).toFixed(1);
};

const line = ({ slowest }: Pick<Day, 'slowest'>): string =>
  [...slowest]
    .sort(([a], [b]) => a - b)
    .map(([hour, seconds]) => `${across(hour)},${height(seconds)}`)
    .join(' ');

function panel({ title, lines }: Panel, at: number): string {
  const marks = MARKS.map(
    (mark) =>
      `<line x1="0" x2="${PLOT}" y1="${height(mark)}" y2="${height(mark)}" stroke="#ddd"/>` +
      `<text x="-8" y="${Number(height(mark)) + 4}" text-anchor="end">${mark} s</text>`,
  );
  const hours = [0, 6, 12, 18, 24].map(
    (hour) => `<text x="${across(hour)}" y="${HEIGHT + 16}" text-anchor="middle">${hour}:00</text>`,
  );
  const drawn = lines.map(
    ({ day }, index) =>
      `<polyline fill="none" stroke="${COLOURS[index % COLOURS.length]}" stroke-width="1.4" points="${day ? line(day) : ''}"/>`,
  );
  return `<g transform="translate(${LEFT} ${at + TOP})"><text x="0" y="-10" font-weight="bold">${title}</text>${marks.join('')}${drawn.reverse().join('')}<rect width="${PLOT}" height="${HEIGHT}" fill="none" stroke="#888"/>${hours.join('')}</g>`;
}

/** The slowest report of each quarter of an hour, from its last instance on, less the quiet period; the axis is logarithmic. */
export function slowestReportFigure(panels: readonly Panel[]): string {
  const names = panels[0]?.lines.map(({ name }) => name) ?? [];
  const legend = names.map((name, index) => {
    const [x, y] = [LEFT + (index % 2) * 330, 14 + 18 * Math.floor(index / 2)];
    return `<line x1="${x}" x2="${x + 22}" y1="${y}" y2="${y}" stroke="${COLOURS[index % COLOURS.length]}" stroke-width="2"/><text x="${x + 28}" y="${y + 4}">${name}</text>`;
  });
  const total = LEGEND + panels.length * PANEL;
  const body = panels.map((each, index) => panel(each, LEGEND + index * PANEL));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${total}" viewBox="0 0 ${WIDTH} ${total}" font-family="sans-serif" font-size="12"><title>The slowest report of each quarter of an hour, over a working day</title><rect width="${WIDTH}" height="${total}" fill="white"/>${legend.join('')}${body.join('')}</svg>\n`;
}
