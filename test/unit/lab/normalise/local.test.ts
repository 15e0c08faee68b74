import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../../../src/dicom/uid.ts';
import { compareWithAuthors, scaleOfPairs, shrunk } from '../../../../src/lab/normalise/authors.ts';
import {
  chosenMoments,
  frozenVersions,
  localNormalisation,
  type SiteValues,
} from '../../../../src/lab/normalise/local.ts';
import { balancedWeights, momentsOf, winsorised } from '../../../../src/lab/normalise/moments.ts';
import { logistic, percentile } from '../../../../src/model/interval.ts';
import type { Visit } from '../../../../src/model/local-deltas.ts';
import { type Random, seededRandom } from '../../../../src/model/random.ts';
import { describeWithReference } from '../../../support/reference.ts';
import { shippedModel } from '../../../support/shipped-model.ts';

const { model } = shippedModel();
const { intercept, coefficient } = model;
const probability = (x: number, { mean, sd }: Readonly<{ mean: number; sd: number }>) =>
  logistic(intercept + (coefficient * (x - mean)) / sd);

/** The balanced mixture of PAPER_CHECK 2: class means at +-0.385 SD, total variance 1. */
const SHIFT = 0.385;
const drawn = (visit: Visit, random: Random): number =>
  (visit === 'late' ? SHIFT : -SHIFT) + Math.sqrt(1 - SHIFT ** 2) * random.normal();
const site = (counts: Partial<Record<Visit, number>>, seed = 'site'): SiteValues => {
  const random = seededRandom(digestOf(seed));
  const visits = (['early', 'late', 'unknown'] as const).flatMap((visit) =>
    new Array<Visit>(counts[visit] ?? 0).fill(visit),
  );
  return {
    visits,
    features: [{ name: 'f', values: Float64Array.from(visits, (visit) => drawn(visit, random)) }],
  };
};

describe('mean and SD', () => {
  test('of few values are those by hand, with weights or without', () => {
    const values = Float64Array.of(1, 2, 3, 10);
    expect(momentsOf(values)).toMatchObject({ mean: 4, sd: Math.sqrt(12.5), effective: 4 });
    const weights = balancedWeights(['early', 'early', 'late', 'unknown'])!;
    expect([...weights]).toEqual([0.25, 0.25, 0.5, 0]);
    const balanced = momentsOf(values, weights);
    expect(balanced.mean).toBeCloseTo(0.75 + 1.5, 12);
    expect(balanced.sd).toBeCloseTo(Math.sqrt(0.25 * 1.25 ** 2 + 0.25 * 0.25 ** 2 + 0.5 * 0.75 ** 2), 12);
    expect(balanced.effective).toBeCloseTo(1 / (0.25 ** 2 * 2 + 0.5 ** 2), 12);
    expect(balancedWeights(['early', 'unknown'])).toBeUndefined();
  });

  test('winsorising moves outliers to the 1st and 99th percentile, and nothing else', () => {
    const values = Float64Array.from({ length: 201 }, (_, i) => (i === 200 ? 1e6 : i));
    const kept = winsorised(values);
    const ascending = values.toSorted();
    expect(kept[200]).toBe(percentile(ascending, 99));
    expect(kept[0]).toBe(percentile(ascending, 1));
    expect(kept.slice(2, 199)).toEqual(values.slice(2, 199));
  });
});

describe('the normalisation of a site', () => {
  test.each([
    [{ early: 10, late: 9 }, 'deltaOnly', 'plain'],
    [{ early: 10, late: 10 }, 'provisional', 'balanced'],
    [{ early: 30, late: 20 }, 'normal', 'balanced'],
    [{ early: 70, late: 30 }, 'provisional', 'balanced'],
    [{ early: 100 }, 'provisional', 'plain'],
    [{ unknown: 100 }, 'provisional', 'plain'],
    [{ early: 45, late: 45, unknown: 10 }, 'normal', 'plain'],
  ] as const)('of %o is %s and %s', (counts, stage, weighting) => {
    expect(localNormalisation(site(counts))).toMatchObject({ stage, weighting });
  });

  // PAPER_CHECK 3, "Case mix": p shown at the training mean when all visits of the reference are early, or 30 % late.
  test.each([
    [0, 0.609],
    [0.3, 0.551],
    [0.7, 0.481],
  ])('with %d of late visits is off by the mix; 50:50 weights take that away', (late, shown) => {
    const count = 60_000;
    const made = site({ early: Math.round(count * (1 - late)), late: Math.round(count * late) });
    const { features } = localNormalisation(made);
    const { plain, balanced } = features[0]!;
    // Slope of p in mean and SD is at most coefficient / 4; four standard errors, and the rounding of the table.
    const tolerance = (of: typeof plain) => coefficient * (of.se.mean + of.se.sd) + 0.0005;
    expect(Math.abs(probability(0, plain) - shown)).toBeLessThan(tolerance(plain));
    if (late === 0) expect(balanced).toBeNull();
    else expect(Math.abs(probability(0, balanced!) - logistic(intercept))).toBeLessThan(tolerance(balanced!));
  });

  test('is frozen on the first 20, 30, 50 and 100 visits, whatever comes after', () => {
    const made = site({ early: 60, late: 50 });
    const frozen = frozenVersions(made, model, '2026-01-02');
    expect(frozen.map(({ version, n, frozenOn }) => [version, n, frozenOn])).toEqual([
      ['v1', 20, '2026-01-02'],
      ['v2', 30, '2026-01-02'],
      ['v3', 50, '2026-01-02'],
      ['v4', 100, '2026-01-02'],
    ]);
    const first: SiteValues = {
      visits: made.visits.slice(0, 31),
      features: made.features.map(({ name, values }) => ({ name, values: values.slice(0, 31) })),
    };
    expect(frozenVersions(first, model, '2026-01-02')).toEqual(frozen.slice(0, 2));
    expect(frozenVersions({ ...made, visits: made.visits.toReversed() }, model, 'x')[0]!.digest).not.toBe(
      frozen[0]!.digest,
    );
  });
});

describe('the authors’ numbers', () => {
  const authors = { mean: 1.2, sd: 2.9, n: 134, source: 'letter' };

  test('follow from two pairs of raw delta and probability', () => {
    const pairs = [-3.1, 4].map((delta) => ({ delta, probability: probability(delta, authors) }));
    const found = scaleOfPairs([pairs[0]!, pairs[1]!], model);
    expect(found.mean).toBeCloseTo(authors.mean, 12);
    expect(found.sd).toBeCloseTo(authors.sd, 12);
    expect(() => scaleOfPairs([pairs[0]!, pairs[0]!], model)).toThrow(/INPUT_INVALID/);
    expect(() => scaleOfPairs([pairs[0]!, { delta: 9, probability: 0.01 }], model)).toThrow(/INPUT_INVALID/);
    expect(() => scaleOfPairs([pairs[0]!, { delta: 9, probability: 1 }], model)).toThrow(/INPUT_INVALID/);
  });

  test('are drawn together with those of the site by their weights', () => {
    const local = momentsOf(Float64Array.of(0, 2, 4, 6));
    const { mean, sd } = shrunk(local, authors, 12);
    expect(mean).toBeCloseTo((12 * 1.2 + 4 * 3) / 16, 12);
    const variance = (12 * (2.9 ** 2 + (1.2 - mean) ** 2) + 4 * (5 + (3 - mean) ** 2)) / 16;
    expect(sd).toBeCloseTo(Math.sqrt(variance), 12);
  });

  test('raise an alarm where the site differs by more than two standard errors', () => {
    const { features } = localNormalisation(site({ early: 50, late: 50 }));
    const local = features[0]!.plain;
    expect(compareWithAuthors(local, { ...authors, mean: 0, sd: 1 }).isAlarm).toBe(false);
    expect(compareWithAuthors(local, { ...authors, mean: 1, sd: 1 })).toMatchObject({ isAlarm: true });
    expect(compareWithAuthors(local, { ...authors, mean: 0, sd: 2 })).toMatchObject({ isAlarm: true });
  });
});

type Row = { distribution: string; n: number; z: Record<string, { mean_sd_se: number }> };

describeWithReference(
  'normalisation_uncertainty.json, standard error of p by mean and SD of n values',
  (folder) => {
    const read = () =>
      JSON.parse(readFileSync(join(folder, 'model-lab/normalisation_uncertainty.json'), 'utf8')) as {
        replicates: number;
        rows: Row[];
      };
    const REPLICATES = 10_000;

    test('is reproduced with normal values at every n and z, within Monte Carlo error', () => {
      const { rows, replicates } = read();
      const normal = rows.filter(({ distribution }) => distribution === 'normal');
      expect(normal).toHaveLength(5);
      for (const { n, z } of normal) {
        const random = seededRandom(digestOf(`standard error ${n}`));
        const scales = Array.from({ length: REPLICATES }, () => {
          const values = Float64Array.from({ length: n }, random.normal);
          const made: SiteValues = {
            visits: new Array<Visit>(n).fill('unknown'),
            features: [{ name: 'f', values }],
          };
          const local = localNormalisation(made);
          return chosenMoments(local, local.features[0]!);
        });
        for (const [at, { mean_sd_se }] of Object.entries(z)) {
          const seen = momentsOf(Float64Array.from(scales, (scale) => probability(Number(at), scale)));
          const error =
            4 * Math.hypot(seen.se.sd, (seen.se.sd * Math.sqrt(REPLICATES)) / Math.sqrt(replicates));
          expect(Math.abs(seen.sd - mean_sd_se), `n ${n}, z ${at}`).toBeLessThan(error);
        }
      }
    });
  },
);
