import { expect, test } from 'vitest';
import { Regions } from '../../../adapters/admin/pages/case-regions.tsx';
import type { Possible } from '../../../adapters/admin/pages/case-view.ts';
import { timeOf } from '../../../adapters/admin/words.ts';

const OPTION = {
  SOPInstanceUID: '2.25.100000001',
  region: 3,
  name: 'GTV-1',
  kind: 'RTSTRUCT',
  image: { SeriesNumber: 4, SeriesDescription: 'Lung 1.0' },
  maskSeries: { SeriesNumber: 301, SeriesDescription: 'Contours' },
  drawnDate: '20260302',
  drawnTime: '131502.25',
  author: 'ROE^JANE',
  Manufacturer: 'ACME',
};
const TWIN = { ...OPTION, SOPInstanceUID: '2.25.100000002', drawnTime: '1420', author: 'DOE^JOHN' };
type Chosen = Possible['chosen']['regions']['followUp'];

const htmlOf = async (chosen: Chosen, options = [OPTION, TWIN]): Promise<string> => {
  const possible = {
    regions: { followUp: options, baseline: [] },
    chosen: { baseline: null, regions: { followUp: chosen, baseline: null } },
  } as unknown as Possible;
  return String(await Regions({ side: 'followUp', title: 'At follow-up', possible }));
};
const textOf = (html: string): string => html.replace(/<[^>]*>/g, '').replace(/\s+/g, ' ');
/** Values of the radio buttons that are chosen. */
const checkedIn = (html: string): (string | undefined)[] =>
  [...html.matchAll(/<input[^>]*>/g)]
    .map(([input]) => input)
    .filter((input) => input.includes('checked'))
    .map((input) => /value="([^"]*)"/.exec(input)?.[1]);

test('two regions of one name are told apart by number, series, time, author, equipment and the end of the UID', async () => {
  const text = textOf(await htmlOf(null));
  expect(text).toContain(
    'GTV-1 region 3 of RTSTRUCT …00000001, series 301 Contours, on CT series 4 Lung 1.0, drawn 2026-03-02 13:15:02 by ROE^JANE, ACME',
  );
  expect(text).toContain('region 3 of RTSTRUCT …00000002');
  expect(text).toContain('drawn 2026-03-02 14:20 by DOE^JOHN');
});

test('what was chosen is chosen; without a choice the rules are', async () => {
  expect(checkedIn(await htmlOf(null))).toEqual(['']);
  expect(checkedIn(await htmlOf(TWIN))).toEqual([`${TWIN.SOPInstanceUID} 3`]);
});

test('a chosen region that is not here any more is told, and nothing takes its place unasked', async () => {
  const html = await htmlOf(TWIN, [OPTION]);
  expect(checkedIn(html)).toEqual([]);
  expect(textOf(html)).toContain('number 3 of …00000002) is not here as it was');
});

test('text of the objects stands as text, and bounded', async () => {
  const evil = '<img src=x onerror=alert(1)>\u202e';
  const hostile = {
    ...OPTION,
    name: evil + 'x'.repeat(70_000),
    author: evil,
    Manufacturer: evil,
    drawnDate: evil,
    drawnTime: evil,
    maskSeries: { SeriesNumber: null, SeriesDescription: evil },
  } as never;
  const html = await htmlOf(null, [hostile]);
  expect(html).not.toContain('<img');
  expect(html).not.toContain('\u202e');
  expect(html.length).toBeLessThan(3000);
});

test('a time is shown as far as it is given', () => {
  expect(['131502', '1315', '', 'noon'].map(timeOf)).toEqual(['13:15:02', '13:15', '', 'noon']);
});
