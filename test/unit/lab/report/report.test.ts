import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { evaluationReport } from '../../../../src/lab/report/evaluation-report.tsx';
import { fitReport } from '../../../../src/lab/report/fit-report.tsx';
import { labReportInputs } from '../../../support/lab-report-inputs.ts';
import { seededInputs } from '../../../support/lab-report-seeded.ts';
import { describeWithReference } from '../../../support/reference.ts';

// The compiler has no browser's types.
type Element = {
  textContent: string;
  getAttribute: (name: string) => string | null;
  querySelectorAll: (selector: string) => Iterable<Element>;
  querySelector: (selector: string) => Element | null;
};
const documentOf = (html: string): Element => parseHTML(html).document as unknown as Element;
const all = (within: Element, selector: string): Element[] => [...within.querySelectorAll(selector)];
const spaced = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** Cells of the table whose caption begins so, row by row, the head first. */
function tableOf(html: string, caption: string): string[][] {
  const table = all(documentOf(html), 'table').find((each) =>
    each.querySelector('caption')?.textContent.startsWith(caption),
  );
  if (table === undefined) throw new Error(`no table ${caption}`);
  return all(table, 'tr').map((row) => all(row, 'th, td').map((cell) => spaced(cell.textContent)));
}

const { model, record, evaluation } = seededInputs();
const evaluated = evaluationReport(evaluation, model);
const fitted = fitReport(model, record);
const reports = {
  'of an evaluation': () => evaluationReport(evaluation, model),
  'of an evaluation without a model file': () => evaluationReport(evaluation, null),
  'of a fit': () => fitReport(model, record),
};

describe.each(Object.entries(reports))('the report %s', (_, make) => {
  const { html, svgs } = make();
  const document = documentOf(html);

  test('is the same, byte for byte, when made again', () => {
    const again = make();
    expect(again.html).toBe(html);
    expect(again.svgs).toEqual(svgs);
  });

  test('needs no network and no script', () => {
    expect(all(document, 'script, link, img, iframe, object, base')).toEqual([]);
    expect(html).not.toMatch(/url\(|@import|\bon[a-z]+=/);
    expect(all(document, '[href]').map((each) => each.getAttribute('href')![0])).toEqual(
      all(document, 'a').map(() => '#'),
    );
  });

  test('says in words what every picture shows', () => {
    const pictures = all(document, 'svg');
    expect(pictures).toHaveLength(Object.keys(svgs).length);
    for (const picture of pictures) {
      expect(picture.getAttribute('role')).toBe('img');
      const texts = picture
        .getAttribute('aria-labelledby')!
        .split(' ')
        .map((id) => document.querySelector(`#${id}`)?.textContent);
      expect(texts[0]).not.toBe('');
      expect(texts[1]!.length).toBeGreaterThan(20);
    }
  });

  test('has no id twice, and links that lead somewhere', () => {
    const ids = all(document, '[id]').map((each) => each.getAttribute('id'));
    expect(new Set(ids).size).toBe(ids.length);
    for (const link of all(document, 'nav a')) expect(ids).toContain(link.getAttribute('href')!.slice(1));
  });

  test('gives every cell its heads', () => {
    for (const table of all(document, 'table')) {
      expect(table.querySelector('caption')?.textContent).not.toBe('');
      expect(all(table, 'thead th').every((head) => head.getAttribute('scope') === 'col')).toBe(true);
      expect(all(table, 'tbody th').every((head) => head.getAttribute('scope') === 'row')).toBe(true);
      expect(all(table, 'tbody tr')).toHaveLength(all(table, 'tbody th').length);
    }
  });

  test('says that it is for research, with what must be known, before its first section', () => {
    const head = spaced(document.querySelector('header')!.textContent);
    expect(head).toContain('Research use only');
    expect(head).toMatch(/more than time and size/);
    expect(head).toMatch(/To be known before anything else(The recipe|One column)/);
  });

  test('has pictures that stand alone, in the colours of the day', () => {
    for (const [name, svg] of Object.entries(svgs)) {
      expect(name).toMatch(/^[a-z0-9-]+$/);
      expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
      expect(svg).not.toMatch(/var\(|currentColor|NaN|undefined/);
    }
  });

  test('shows no value that is none', () => {
    expect(spaced(document.querySelector('body')!.textContent)).not.toMatch(
      /\bNaN\b|undefined|\bnull\b|Infinity|\[object/,
    );
  });

  test('is below a megabyte', () => {
    expect(Buffer.byteLength(html)).toBeLessThan(2 ** 20);
  });
});

describe('foreign text', () => {
  const hostile = '<script>alert(1)</script>"\'&\u0000\u001b\u202e\u2066\ud800';
  const long = 'x'.repeat(65_536);
  const inputs = seededInputs((usual) => `${hostile}${usual}${long}`);
  const lab = JSON.parse(JSON.stringify({ scouts: inputs.record.scouts }));
  const made = [
    evaluationReport(inputs.evaluation, { ...inputs.model, lab }),
    fitReport(inputs.model, inputs.record),
  ];

  test('stays text', () => {
    for (const { html, svgs } of made) {
      for (const text of [html, ...Object.values(svgs)]) {
        expect(text).not.toContain('<script');
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
        expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
        expect(text).not.toMatch(/\p{Cs}/u);
      }
      expect(html).toContain('&lt;script&gt;');
      expect(all(documentOf(html), 'script')).toEqual([]);
    }
  });

  test('does not make the report long', () => {
    for (const { html } of made) expect(Buffer.byteLength(html)).toBeLessThan(2 ** 20);
  });

  test('names no file', () => {
    for (const { svgs } of made)
      for (const name of Object.keys(svgs)) expect(name).toMatch(/^[a-z0-9-]{1,40}$/);
  });

  test('is in its own direction', () => {
    const { evaluation: own } = seededInputs((usual) => `שלום ${usual}`);
    expect(evaluationReport(own, null).html).toMatch(/<bdi>שלום P001_FFT<\/bdi>/);
  });
});

test('no picture holds the name of a case or a patient', () => {
  const { svgs } = evaluated;
  for (const svg of Object.values({ ...svgs, ...fitted.svgs })) expect(svg).not.toMatch(/P0\d\d/);
});

test('every cohort has its ROC curve, waterfall, calibration and decision curves, and the comparison with time', () => {
  const { svgs } = evaluated;
  expect(Object.keys(svgs)).toEqual([
    'roc-1',
    'roc-2',
    'roc-3',
    'roc-all',
    'waterfall-1',
    'waterfall-2',
    'waterfall-3',
    'more-than-time-1',
    'more-than-time-2',
    'calibration-1',
    'calibration-2',
    'calibration-3',
    'decision-1',
    'decision-1-reweighted',
    'decision-2',
    'decision-2-reweighted',
    'decision-3',
    'decision-3-reweighted',
    'subgroups-2',
    'subgroups-3',
    'leave-one-site-out',
    'coefficients',
  ]);
});

test('a waterfall has a bar for every case', () => {
  const { 'waterfall-2': svg } = evaluated.svgs;
  const [, ...bars] = svg!.match(/<rect [^>]*>/g)!;
  const boxesOfTheLegend = 2;
  expect(bars).toHaveLength(evaluation.cohorts[1]!.n + boxesOfTheLegend);
});

test('without sites, time and notices the report leaves their sections out, and says that time was not compared', () => {
  const bare = {
    ...evaluation,
    moreThanTime: [],
    subgroups: [],
    leaveOneSiteOut: [],
    comparisons: [],
    notices: [],
  };
  const { html } = evaluationReport(bare, null);
  expect(html).toContain(
    'Not compared: nothing in this evaluation says whether the model does better than time alone.',
  );
  expect(html).not.toContain('Leave one site out');
  expect(html).not.toContain('To be known before anything else');
});

test('a fit in fae mode says that no honest estimate is there', () => {
  const { html } = fitReport(model, { ...record, mode: 'fae', nested: null, grouping: 'row', scouts: [] });
  expect(html).toContain('so no honest estimate is here');
  expect(html).toContain('two rows of a patient may stand on both sides');
});

test('a model without covariance has coefficients without standard errors', () => {
  const { html, svgs } = fitReport({ ...model, covariance: null }, record);
  expect(tableOf(html, 'Table 3')[1]).toEqual([
    'Intercept',
    '0.0648',
    'not estimated',
    'not estimated',
    '',
    '',
  ]);
  expect(svgs['coefficients']).toBeUndefined();
});

test('Table 2 lists what every scout keeps', () => {
  const [head, ...rows] = tableOf(fitted.html, 'Table 2');
  expect(head).toHaveLength(7);
  expect(rows.map((row) => [row[0], row[4], row[5]])).toEqual(
    record.scouts.map(({ image, isPassed, features }) => [
      image,
      isPassed ? 'yes' : 'no',
      String(features.length),
    ]),
  );
});

test('an evaluation has Table 2 where the model file keeps the scouts, and leaves it out otherwise', () => {
  const kept = { ...model, lab: JSON.parse(JSON.stringify({ scouts: record.scouts })) };
  expect(tableOf(evaluationReport(evaluation, kept).html, 'Table 2')).toEqual(
    tableOf(fitted.html, 'Table 2'),
  );
  const odd = { ...model, lab: { scouts: [{ image: 3 }] } };
  for (const none of [model, odd]) expect(evaluationReport(evaluation, none).html).not.toContain('Table 2');
});

test('Table 1 has the sets side by side with a test of each characteristic', () => {
  expect(tableOf(fitted.html, 'Table 1')).toEqual([
    ['Characteristic', 'Training (n = 67)', 'Test (n = 29)', 'Test of difference', 'p'],
    ['age (2 unknown)', '61.2 ± 9.8', '62.9 ± 8.1', 'Welch', '0.432'],
    ['sex', 'F 67 (100 %)', 'F 29 (100 %)', 'none', 'none'],
  ]);
  expect(fitReport(model, { ...record, split: null }).html).not.toContain('Table 1');
});

test('Table 3 has coefficients with as many decimals as their standard errors deserve', () => {
  const rows = tableOf(evaluated.html, 'Table 3');
  expect(rows[2]).toEqual([
    'log-sigma-3-0-mm-3D_glcm_DifferenceVariance',
    '0.91',
    '0.22',
    '0.47 to 1.34',
    '1.5',
    '2',
  ]);
});

test('what no report can know is left to the authors', () => {
  const rows = tableOf(evaluated.html, 'TRIPOD+AI');
  const said = new Map(rows.map(([item, , text]) => [item, text]));
  expect(said.get('17')).toBe('to be filled by the authors');
  expect(said.get('6a')).toBe('Sites: East, North, South.');
  expect(said.get('15')).toContain(String(evaluation.model.cutOff));
  expect(said.get('21')).toBe(
    'Fitted to 134 rows of 67 patients, 67 events; training: 134 rows, 67 events; internal: 58 rows, 29 events; external: 58 rows, 29 events.',
  );
});

describeWithReference('a report of the reference cohort', (folder) => {
  const inputs = labReportInputs(folder);
  const expected = inputs.expected.evaluation.cv_choice_max;
  const { html } = evaluationReport(inputs.evaluation, inputs.model);

  test("has scikit-learn's counts at the training cut-off", () => {
    const counts = tableOf(html, 'Table 5').find(([head]) => head === 'TP, FN, TN, FP');
    const textOf = ({ tp, fn, tn, fp }: Record<'tp' | 'fp' | 'fn' | 'tn', number>): string =>
      `${tp}, ${fn}, ${tn}, ${fp}`;
    expect(counts?.slice(1, 3)).toEqual([
      textOf(expected.at_train_cutoff.train),
      textOf(expected.at_train_cutoff.test),
    ]);
  });

  test("has scikit-learn's AUC", () => {
    const rows = tableOf(html, 'AUC and its');
    expect(rows.slice(1, 3).map(([, auc]) => auc)).toEqual([
      expected.train.auc.toFixed(3),
      expected.test.auc.toFixed(3),
    ]);
  });

  test('has its coefficients, with standard errors of the patient sandwich', () => {
    const rows = tableOf(html, 'Table 3').slice(2);
    const error = (at: number): number => Math.sqrt(expected.mle_covariance_cluster_sandwich[at]![at]!);
    expect(rows.map(([name, coefficient, se]) => [name, coefficient, se])).toEqual(
      expected.feature_names.map((name, at) => [
        name,
        expected.coef[at]!.toFixed(2),
        String(Number(error(at).toPrecision(2))),
      ]),
    );
  });
});
