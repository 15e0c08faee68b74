import { describe, expect, it } from 'vitest';
import type { AtCutOff } from '../../../../src/lab/evaluate/evaluation.ts';
import { atCutOff, confusionAt } from '../../../../src/lab/statistics/at-cut-off.ts';
import {
  COHORTS,
  type ExpectedMetrics,
  expectedOf,
  labelsOf,
  labTable,
  MODELS,
  PROPORTIONS,
} from '../../../support/lab-evaluation.ts';
import { describeWithReference } from '../../../support/reference.ts';

/** Tables 4 and 5 of the paper: tp, fn, tn, fp, and what it prints: accuracy, sensitivity, specificity, PPV, NPV. */
const PAPER = [
  ['Table 4, training', [46, 21, 43, 24], ['.664', '.687', '.642', '.657', '.672'], '.672'],
  ['Table 4, internal', [17, 12, 20, 9], ['.638', '.586', '.690', '.654', '.625'], '.625'],
  ['Table 4, external', [14, 15, 20, 9], ['.586', '.483', '.690', '.609', '.571'], '.571'],
  ['Table 5, training', [49, 18, 45, 22], ['.701', '.731', '.672', '.690', '.714'], '.730'],
  ['Table 5, internal', [21, 8, 20, 9], ['.707', '.724', '.690', '.700', '.714'], '.704'],
  ['Table 5, external', [21, 8, 18, 11], ['.672', '.724', '.621', '.656', '.692'], '.692'],
] as const;

const said = (value: AtCutOff[(typeof PROPORTIONS)[number]]): string =>
  (value?.value ?? Number.NaN).toFixed(3).replace(/^0/, '');

describe("the paper's tables 4 and 5 follow from their confusion matrices", () => {
  it.each(PAPER)('%s', (_, [tp, fn, tn, fp], expected) => {
    const metrics = atCutOff({ tp, fp, fn, tn }, 0.5, 'training');
    expect(PROPORTIONS.map((name) => said(metrics[name]))).toEqual(expected);
  });

  it('but for two NPVs of table 5, which are printed as .730 and .704, the AUC of their rows', () => {
    const wrong = PAPER.filter(([, [tp, fn, tn, fp], , printed]) => {
      return said(atCutOff({ tp, fp, fn, tn }, 0.5, 'training').npv) !== printed;
    });
    expect(wrong.map(([row, , , printed]) => [row, printed])).toEqual([
      ['Table 5, training', '.730'],
      ['Table 5, internal', '.704'],
    ]);
  });

  it('with the Wilson intervals of the external and the internal set', () => {
    const bounds = (value: AtCutOff['sensitivity']): string[] => value!.wilson.map((each) => each.toFixed(2));
    const external = atCutOff({ tp: 21, fn: 8, tn: 18, fp: 11 }, 0.5, 'training');
    expect([bounds(external.sensitivity), bounds(external.specificity)]).toEqual([
      ['0.54', '0.85'],
      ['0.44', '0.77'],
    ]);
    const internal = atCutOff({ tp: 21, fn: 8, tn: 20, fp: 9 }, 0.5, 'training');
    expect([bounds(internal.sensitivity), bounds(internal.specificity)]).toEqual([
      ['0.54', '0.85'],
      ['0.51', '0.83'],
    ]);
  });
});

describe('at a cut-off', () => {
  it('a probability equal to it is positive', () => {
    const confusion = confusionAt(Uint8Array.of(1, 0), Float64Array.of(0.5, 0.499), 0.5);
    expect(confusion).toEqual({ tp: 1, fp: 0, fn: 0, tn: 1 });
  });

  it('a proportion without a denominator is null, and so is MCC', () => {
    const none = atCutOff(confusionAt(Uint8Array.of(1, 0), Float64Array.of(0.1, 0.1), 0.5), 0.5, 'training');
    expect(none).toMatchObject({ ppv: null, mcc: null, youden: 0 });
    expect(none.npv).toMatchObject({ x: 1, n: 2 });
    const all = atCutOff(confusionAt(Uint8Array.of(1, 0), Float64Array.of(0.9, 0.9), 0.5), 0.5, 'training');
    expect(all).toMatchObject({ npv: null, mcc: null });
  });
});

describeWithReference('metrics at a cut-off equal the reference', (folder) => {
  const evaluation = () => expectedOf(folder).evaluation;
  const check = (actual: AtCutOff, expected: ExpectedMetrics): void => {
    for (const name of ['tp', 'fp', 'fn', 'tn'] as const) expect(actual[name]).toBe(expected[name]);
    expect(actual.youden).toBeCloseTo(expected.youden, 9);
    expect(actual.mcc).toBeCloseTo(expected.mcc, 9);
    for (const name of PROPORTIONS) {
      expect(actual[name]!.value).toBeCloseTo(expected[name], 9);
      expect(actual[name]!.wilson[0]).toBeCloseTo(expected.wilson[name][0], 9);
      expect(actual[name]!.wilson[1]).toBeCloseTo(expected.wilson[name][1], 9);
    }
  };

  it.each(MODELS.flatMap((model) => COHORTS.map((cohort) => ({ model, cohort }))))(
    '$model, $cohort',
    ({ model, cohort }) => {
      const labels = labelsOf(labTable(folder, cohort));
      const probabilities = Float64Array.from(evaluation()[model][cohort].p);
      for (const expected of [
        evaluation()[model][cohort].youden_own.metrics,
        evaluation()[model].at_train_cutoff[cohort],
      ]) {
        const confusion = confusionAt(labels, probabilities, expected.cutoff);
        check(atCutOff(confusion, expected.cutoff, 'training'), expected);
      }
    },
  );
});
