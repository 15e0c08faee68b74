/** Age of the oldest waiting job over a day, a panel for each size of network, as SVG. */
import type { Day } from './model.ts';

export type Panel = Readonly<{ title: string; lines: readonly Readonly<{ name: string; day: Day }>[] }>;

const [WIDTH, PANEL, LEFT, TOP, BOTTOM] = [760, 190, 62, 34, 30];
const PLOT = WIDTH - LEFT - 20;
const HEIGHT = PANEL - TOP - BOTTOM;
/** Colours that stay apart for the colour-blind (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73'] as const;
/** Seconds; each mark of the axis ten times the one below. */
const MARKS = [0.1, 1, 10, 100] as const;
const [LEAST, MOST] = [0.03, 300];

const height = (seconds: number): number => {
  const kept = Math.min(MOST, Math.max(LEAST, seconds));
  return HEIGHT - (HEIGHT * Math.log(kept / LEAST)) / Math.log(MOST / LEAST);
};

const line = (ages: readonly number[]): string =>
  ages
    .map((age, minute) => `${((PLOT * (minute + 1)) / ages.length).toFixed(1)},${height(age).toFixed(1)}`)
    .join(' ');

function panel({ title, lines }: Panel, at: number): string {
  const marks = MARKS.map(
    (mark) =>
      `<line x1="0" x2="${PLOT}" y1="${height(mark).toFixed(1)}" y2="${height(mark).toFixed(1)}" stroke="#ddd"/>` +
      `<text x="-8" y="${(height(mark) + 4).toFixed(1)}" text-anchor="end">${mark} s</text>`,
  );
  const hours = [0, 6, 12, 18, 24].map(
    (hour) =>
      `<text x="${((PLOT * hour) / 24).toFixed(1)}" y="${HEIGHT + 16}" text-anchor="middle">${hour}:00</text>`,
  );
  const drawn = lines.map(
    ({ day }, index) =>
      `<polyline fill="none" stroke="${COLOURS[index % COLOURS.length]}" stroke-width="1.2" points="${line(day.queueAge)}"/>`,
  );
  return `<g transform="translate(${LEFT} ${at + TOP})"><text x="0" y="-10" font-weight="bold">${title}</text>${marks.join('')}${drawn.reverse().join('')}<rect width="${PLOT}" height="${HEIGHT}" fill="none" stroke="#888"/>${hours.join('')}</g>`;
}

/** Every minute the age of the oldest job that waits for a worker; below 0.03 s it lies on the axis. */
export function queueAgeFigure(panels: readonly Panel[]): string {
  const names = panels[0]?.lines.map(({ name }) => name) ?? [];
  const legend = names.map((name, index) => {
    const x = LEFT + index * 230;
    return `<line x1="${x}" x2="${x + 22}" y1="14" y2="14" stroke="${COLOURS[index % COLOURS.length]}" stroke-width="2"/><text x="${x + 28}" y="18">${name}</text>`;
  });
  const total = 24 + panels.length * PANEL;
  const body = panels.map((each, index) => panel(each, 24 + index * PANEL));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${total}" viewBox="0 0 ${WIDTH} ${total}" font-family="sans-serif" font-size="12"><title>Age of the oldest job that waits for a worker, over a working day</title><rect width="${WIDTH}" height="${total}" fill="white"/>${legend.join('')}${body.join('')}</svg>\n`;
}
