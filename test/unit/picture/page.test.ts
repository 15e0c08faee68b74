import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { colourOf, ticks } from '../../../src/picture/colour-scale.ts';
import { contourPath } from '../../../src/picture/contour-path.ts';
import { rangeOf } from '../../../src/picture/filtered-panel.ts';
import { textWidth } from '../../../src/picture/font-metrics.ts';
import { messagesOf } from '../../../src/picture/messages.ts';
import { composePage } from '../../../src/picture/page.ts';
import { slicePanel } from '../../../src/picture/slice-panel.ts';
import { escaped, fitted, label, oneLine, wrapped } from '../../../src/picture/svg-text.ts';
import { pageCases, positivePage } from '../../support/page-content.ts';

const cases = pageCases();

/** Elements, attributes and text as XML 1.0 wants them; the names of the elements. */
function elementsOf(svg: string): readonly string[] {
  const token = /<(\/?)([A-Za-z]+)((?: [\w:-]+="[^"<>]*")*)(\/?)>|[^<>&]+|&(?:amp|lt|gt|quot|apos);/gy;
  const names: string[] = [];
  const open: string[] = [];
  while (token.lastIndex < svg.length) {
    const at = token.lastIndex;
    const found = token.exec(svg);
    if (!found) throw new Error(`no XML at ${at}: ${svg.slice(at, at + 60)}`);
    const [, isEnd, name, , isEmpty] = found;
    if (name === undefined) continue;
    if (isEnd) expect(open.pop()).toBe(name);
    else {
      names.push(name);
      if (!isEmpty) open.push(name);
    }
  }
  expect(open).toEqual([]);
  return names;
}

describe('the page as SVG', () => {
  test.each(Object.entries(cases))(
    '%s is XML of a few kinds of elements, and refers to nothing outside',
    (_, content) => {
      const svg = composePage(content);
      const allowed = ['svg', 'rect', 'text', 'g', 'clipPath', 'line', 'path', 'circle', 'image'];
      expect(elementsOf(svg).filter((name) => !allowed.includes(name))).toEqual([]);
      const links = [...svg.matchAll(/href="([^"]{0,30})/g)].map(([, link]) => link!);
      expect(links.every((link) => link.startsWith('data:image/png;base64,'))).toBe(true);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids them
      expect(svg).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/);
      expect(svg.length).toBeLessThan(400_000);
      expect(svg).not.toContain('NaN');
    },
  );

  test('equal content gives equal text', () => {
    expect(composePage(positivePage())).toBe(composePage(positivePage()));
  });

  test.each(['en', 'zh'] as const)('every category is said in words (%s)', (language) => {
    const messages = messagesOf(language);
    for (const category of ['positive', 'negative', 'indeterminate', 'notEvaluable'] as const)
      expect(composePage({ ...positivePage(), language, category })).toContain(escaped(messages[category]));
    expect(composePage({ ...positivePage(), language, category: null })).toContain(
      escaped(messages.deltaOnly),
    );
    expect(composePage({ ...positivePage(), language })).toContain(escaped(messages.researchUse));
  });

  test('a probability just below the cut-off does not read as if it reached it', () => {
    const svg = composePage({ ...positivePage(), probability: 0.4999999, cutOff: 0.5 });
    expect(svg).toContain('49.99999 %');
  });

  test('a name without end leaves the ID of the patient where it is', () => {
    const patient = { name: 'W'.repeat(70_000), identification: 'ID 4711' };
    expect(composePage({ ...positivePage(), patient })).toContain('>ID 4711<');
  });

  test('a point of this report is in the trend however many come after it', () => {
    const trend = Array.from({ length: 60 }, (_, k) => ({
      date: `${2000 + k}-01-01`,
      delta: k,
      probability: 0.5,
      isCurrent: k === 3,
    }));
    const svg = composePage({ ...positivePage(), trend });
    expect(svg).toContain('>3.0000<');
    expect(svg.match(/<circle/g)).toHaveLength(2 * 23);
  });

  test('no time point, one value and one date make no broken chart', () => {
    for (const delta of [null, 0, 5]) {
      const point = { date: '2025-01-01', delta, probability: null };
      const svg = composePage({
        ...positivePage(),
        trend: [
          { ...point, isCurrent: false },
          { ...point, isCurrent: true },
        ],
      });
      expect(svg).not.toMatch(/NaN|Infinity/);
    }
    expect(composePage({ ...positivePage(), trend: [] })).toContain(messagesOf('en').noTrend);
  });
});

describe('text', () => {
  const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ maxLength: 200 }));

  test('whatever is written, it fits its width and is one line of XML', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 30, max: 400 }), fc.boolean(), (text, width, isBold) => {
        expect(textWidth(fitted(text, width, 14, isBold), 14, isBold)).toBeLessThanOrEqual(width);
        const lines = wrapped(text, width, 14, 3, isBold);
        expect(lines.length).toBeLessThanOrEqual(3);
        for (const line of lines) expect(textWidth(line, 14, isBold)).toBeLessThanOrEqual(width);
        elementsOf(label(0, 0, text, { size: 14, width }));
      }),
    );
  });

  test('nothing is lost of a text that has room, in Latin and in Chinese', () => {
    const latin =
      'The normalisation rests on 24 local cases whose mix of early and late follow-ups is unknown.';
    expect(wrapped(latin, 200, 14, 10).join(' ')).toBe(latin);
    const chinese =
      '阳性：EGFR-TKI 早期获得性耐药的概率为 74.12 %（95 % 区间 61.01 至 83.77 %），阈值 50.00 %。';
    const lines = wrapped(chinese, 160, 14, 10);
    expect(lines.join('').replaceAll(' ', '')).toBe(chinese.replaceAll(' ', ''));
    expect(lines.filter((line) => /^[，。、；：？！）]/.test(line))).toEqual([]);
  });

  test('what was cut ends in an ellipsis', () => {
    expect(fitted('W'.repeat(70_000), 100, 14)).toMatch(/^W{6,7}…$/);
    expect(wrapped('word '.repeat(500), 100, 14, 2).at(-1)).toMatch(/…$/);
  });

  test('marks that turn the direction, control characters and towers of accents are taken out', () => {
    expect(oneLine('a\u202eb\u2066c\u0000d\u001be\ufefff')).toBe('abc d ef');
    expect(oneLine('Z\u0301\u0302\u0303\u0304\u0305!')).toBe('Z\u0301\u0302!');
    expect(oneLine('a\r\n\tb')).toBe('a b');
    expect(oneLine('a\ud800b')).toBe('a\ufffdb');
  });
});

describe('pictures', () => {
  test('a slice keeps its proportions in mm, and its contour lies on its pixels', () => {
    const { baseline } = positivePage();
    const view = {
      ...baseline.view,
      pixelSpacingMm: [2, 1] as const,
      PatientOrientation: undefined,
      image: { columns: 100, rows: 100, pixels: new Uint8Array(10_000) },
      contours: [
        [
          [10, 20],
          [12, 20],
          [12, 21],
          [10, 21],
        ],
      ] as const,
    };
    const svg = slicePanel({ ...baseline, view }, { x: 0, y: 0, width: 400, height: 400 });
    expect(svg).toContain('<image x="100" y="0" width="200" height="400"');
    expect(svg).toContain('d="M120 80L124 80L124 84L120 84Z"');
  });

  test('a mask of noise does not become a page of megabytes', () => {
    const squares = Array.from(
      { length: 130_000 },
      (_, k) =>
        [
          [k, 0],
          [k + 1, 0],
          [k + 1, 1],
          [k, 1],
        ] as const,
    );
    const svg = contourPath(squares, { x: 0, y: 0, perColumn: 1, perRow: 1 });
    expect(svg.length).toBeLessThan(800_000);
  });

  test('colours grow lighter with the value: the scale reads in grey', () => {
    const lightness = Array.from({ length: 101 }, (_, k) => {
      const [red, green, blue] = colourOf(k / 100);
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    });
    for (const [k, light] of lightness.slice(1).entries()) expect(light).toBeGreaterThan(lightness[k]!);
    expect(colourOf(Number.NaN)).toEqual(colourOf(0));
  });

  test('the range of colours is that of the lesions and zero, with a little of what is around', () => {
    const plane = (values: readonly number[]) => ({
      columns: 3,
      rows: 1,
      values: Float32Array.from(values),
      pixelSpacingMm: [1, 1] as const,
      contours: [
        [
          [1, 0],
          [2, 0],
          [2, 1],
          [1, 1],
        ],
      ] as const,
    });
    expect(rangeOf([plane([900, -100, 5]), plane([-900, -50, 2])])).toEqual({ minimum: -120, maximum: 20 });
    expect(rangeOf([plane([0, -100, 0])])).toEqual({ minimum: -100, maximum: 0 });
    expect(rangeOf([plane([Number.NaN, Number.NaN, Number.NaN])])).toBeUndefined();
    expect(rangeOf([])).toBeUndefined();
  });

  test('ticks are round and within their range', () => {
    expect(ticks({ minimum: -512, maximum: 73 }, 7)).toEqual([-500, -400, -300, -200, -100, 0]);
    expect(ticks({ minimum: 0, maximum: 100 }, 4)).toEqual([0, 50, 100]);
    expect(ticks({ minimum: 3, maximum: 3 }, 4)).toEqual([3]);
    expect(ticks({ minimum: 0, maximum: Number.POSITIVE_INFINITY }, 4)).toEqual([0]);
  });
});
