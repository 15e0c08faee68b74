import { afterAll, describe, expect, test } from 'vitest';
import { startPageRenderer } from '../../../adapters/threads/page-renderer.ts';
import type { PageContent } from '../../../src/picture/page-content.ts';
import { difference, golden, halved, type RgbImage } from '../../support/golden-image.ts';
import { pageCases, positivePage } from '../../support/page-content.ts';

const renderer = startPageRenderer();
afterAll(() => renderer[Symbol.asyncDispose]());
const { signal } = new AbortController();
const fresh = (content: PageContent) => renderer.render(content, signal);
const known = new Map<string, ReturnType<typeof fresh>>();
/** Each content is rendered once. */
const rendered = (content: PageContent) => {
  const key = keyOf(content);
  const picture = known.get(key) ?? fresh(content);
  known.set(key, picture);
  return picture;
};
const keyOf = (content: PageContent): string =>
  JSON.stringify(content, (_, value) =>
    ArrayBuffer.isView(value)
      ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
      : value,
  );
const cases = pageCases();
const ABOUT = { title: 'a page', date: '20250310', time: '142207' } as const;

/** Rendering is the same on every machine but for rounding; a number that changes is more than this. */
const TOLERANCE = { mean: 0.05, share: 0.00002 } as const;
const isSame = (a: RgbImage, b: RgbImage): boolean => {
  const { mean, share } = difference(a, b);
  return mean <= TOLERANCE.mean && share <= TOLERANCE.share;
};

describe('the picture page', { timeout: 60_000 }, () => {
  test.each(['positive', 'negative', 'indeterminate', 'deltaOnly', 'notEvaluable', 'chinese'])(
    '%s looks as it was agreed',
    async (name) => {
      const picture = halved(await rendered(cases[name]!));
      const { mean, share } = difference(picture, golden(name, picture));
      expect(mean).toBeLessThanOrEqual(TOLERANCE.mean);
      expect(share).toBeLessThanOrEqual(TOLERANCE.share);
    },
  );

  test.each<[string, Partial<PageContent>]>([
    ['another probability', { probability: 0.7012 }],
    ['a finding less', { findings: positivePage().findings.slice(1) }],
    [
      'a word in the provenance',
      { provenance: positivePage().provenance.map((text) => text.replace('57', '58')) },
    ],
    [
      'no filtered image',
      {
        baseline: {
          ...positivePage().baseline,
          view: { ...positivePage().baseline.view, filtered: undefined },
        },
      },
    ],
    [
      'no contour',
      { followUp: { ...positivePage().followUp, view: { ...positivePage().followUp.view, contours: [] } } },
    ],
  ])('%s is another picture', async (_, change) => {
    const changed = halved(await rendered({ ...positivePage(), ...change }));
    const picture = halved(await rendered(positivePage()));
    expect(isSame(changed, picture)).toBe(false);
  });

  test('is 1024 pixels wide, and its categories differ without their colours', async () => {
    const grey = ({ rgb }: RgbImage) =>
      Uint8Array.from({ length: rgb.length / 3 }, (_, i) =>
        Math.round(0.299 * rgb[3 * i]! + 0.587 * rgb[3 * i + 1]! + 0.114 * rgb[3 * i + 2]!),
      );
    const symbols = await Promise.all(
      (['positive', 'negative', 'indeterminate', 'notEvaluable', null] as const).map(async (category) => {
        const page = await rendered({ ...positivePage(), category });
        expect(page.columns).toBe(1024);
        // the symbol beside the headline
        const pixels = grey(page);
        return Array.from(
          { length: 50 * 50 },
          (_, i) => pixels[(94 + Math.floor(i / 50)) * 1024 + 32 + (i % 50)]!,
        );
      }),
    );
    for (const [k, one] of symbols.entries())
      for (const other of symbols.slice(k + 1))
        expect(one.filter((grey_, i) => Math.abs(grey_ - other[i]!) > 64).length).toBeGreaterThan(60);
  });

  test('hostile text leaves neither its line nor the page', async () => {
    const { rgb, columns, rows } = await rendered(cases['hostile']!);
    const isBlack = (column: number, row: number): boolean =>
      [0, 1, 2].every((channel) => rgb[(row * columns + column) * 3 + channel]! < 8);
    const margins = [...Array(20).keys(), ...Array(18).keys()].map((k, at) => (at < 20 ? k : 1023 - k));
    for (let row = 0; row < rows; row++) expect(margins.every((column) => isBlack(column, row))).toBe(true);
    expect(rows).toBeLessThan(2000);
  });

  test('rendered twice it is the same to the byte, as picture and as PDF', async () => {
    const [first, second] = [await rendered(cases['chinese']!), await fresh(cases['chinese']!)];
    expect(Buffer.from(first.png).equals(second.png)).toBe(true);
    expect(Buffer.from(first.rgb).equals(second.rgb)).toBe(true);
    const pdf = () => renderer.renderPdf(cases['chinese']!, ABOUT, signal);
    const [one, other] = [await pdf(), await pdf()];
    expect(Buffer.from(one).equals(other)).toBe(true);
    await using elsewhere = startPageRenderer();
    expect(Buffer.from(one).equals(await elsewhere.renderPdf(cases['chinese']!, ABOUT, signal))).toBe(true);
  });

  test('a PDF tells the time of its report, and keeps its text as text', async () => {
    const pdf = Buffer.from(await renderer.renderPdf(positivePage(), ABOUT, signal)).toString('latin1');
    expect(pdf.startsWith('%PDF-1.4')).toBe(true);
    expect(pdf).toContain('D:20250310142207Z');
    expect(pdf).toContain('DejaVuSansCondensed');
  });

  test('an abort ends it, and the next page is rendered', async () => {
    const controller = new AbortController();
    const aborted = renderer.render(positivePage(), controller.signal);
    controller.abort();
    await expect(aborted).rejects.toThrow();
    expect((await fresh(positivePage())).columns).toBe(1024);
  });
});
