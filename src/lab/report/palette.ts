/** Colours that people with any colour vision tell apart, at least 4.5 to 1 against their background; shape and dash say the same. */

/** Name of the variable: by day and in print, by night. */
const COLOURS = {
  '--page': ['#ffffff', '#12171d'],
  '--card': ['#f4f6f8', '#1b222b'],
  '--ink': ['#1b2430', '#e7ecf2'],
  '--soft': ['#55606e', '#a9b4c1'],
  '--line': ['#c9d0d9', '#46525f'],
  '--link': ['#0b57a4', '#84bdf7'],
  '--warning': ['#7a4a00', '#f3c979'],
  '--warning-back': ['#fdf0d5', '#3d2d0c'],
  '--resistant': ['#a33b00', '#f5a56b'],
  '--others': ['#0b57a4', '#84bdf7'],
  '--first': ['#0b57a4', '#84bdf7'],
  '--second': ['#a33b00', '#f5a56b'],
  '--third': ['#00694f', '#6fd3ae'],
  '--fourth': ['#80317f', '#dba3de'],
} as const;

export type Colour = keyof typeof COLOURS;

export const colour = (name: Colour): string => `var(${name})`;

const declarations = (night: 0 | 1): string =>
  Object.entries(COLOURS)
    .map(([name, values]) => `${name}:${values[night]};`)
    .join('');

/** Of a page: by day, by night, and as by day when printed. */
export const COLOUR_RULES = `:root{color-scheme:light dark;${declarations(0)}}
@media screen and (prefers-color-scheme:dark){:root{${declarations(1)}}}`;

/** The variables' values by day in their place: programs that draw for print know no variables. */
export const byDay = (svg: string): string =>
  svg
    .replace(/var\((--[a-z-]+)\)/g, (whole, name: string) => COLOURS[name as Colour]?.[0] ?? whole)
    .replaceAll('currentColor', COLOURS['--ink'][0]);

/** Lines of a figure in their order: colour, dash and mark together. */
const LINES = [
  { stroke: colour('--first'), dash: undefined, symbol: 'circle' },
  { stroke: colour('--second'), dash: '7 3', symbol: 'square' },
  { stroke: colour('--third'), dash: '2 3', symbol: 'triangle' },
  { stroke: colour('--fourth'), dash: '9 3 2 3', symbol: 'diamond' },
] as const;

export type LineStyle = (typeof LINES)[number];

export const lineStyle = (at: number): LineStyle => LINES[at % LINES.length]!;
