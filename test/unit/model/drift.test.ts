import { describe, expect, test } from 'vitest';
import { alarmOf, byGroup, driftFromTraining, driftOf } from '../../../src/model/drift.ts';
import type { FittedModel } from '../../../src/model/fitted-model.ts';
import { seededRandom } from '../../../src/model/random.ts';
import {
  kolmogorovSmirnovAgainst,
  referenceOf,
  referenceSchema,
  stabilityAgainst,
} from '../../../src/model/reference.ts';
import { type ServedModel, servedModel } from '../../../src/model/served-model.ts';
import { kolmogorovSmirnov, stabilityIndex } from '../../../src/model/two-samples.ts';
import { fittedFile, TWO_FEATURES } from '../../support/fitted-file.ts';

type Feature = FittedModel['features'][number];

const random = seededRandom('d1'.repeat(32));
const day = (at: number): string =>
  new Date(Date.UTC(2025, 0, 1 + at)).toISOString().slice(0, 10).replaceAll('-', '');
const deltas = (values: readonly number[], scanner = 'A') =>
  values.map((delta, at) => ({
    delta,
    scanner,
    StudyDate: day(at),
    reportedAt: new Date(Date.UTC(2026, 0, 1)),
    StudyInstanceUID: `2.25.${at}`,
  }));
const normals = (n: number, shift = 0) => Array.from({ length: n }, () => shift + random.normal());

describe('drift', () => {
  test('is not looked for with fewer than 20 deltas on either side, and the counts are told', () => {
    expect(driftOf(deltas(normals(49)))).toMatchObject({
      kind: 'notEnough',
      recent: 30,
      before: 19,
      needed: 20,
    });
    expect(driftOf(deltas(normals(50)))).toMatchObject({ kind: 'compared', recent: 30, before: 20 });
    expect(driftOf([])).toMatchObject({ kind: 'notEnough', recent: 0, before: 0 });
  });

  test('is found where the newest are shifted by two SD, with the shift in feature units', () => {
    const found = driftOf(deltas([...normals(60), ...normals(30, 2)]));
    expect(found).toMatchObject({ kind: 'compared', verdict: 'drift' });
    if (found.kind === 'compared') {
      expect(found.shift).toBeGreaterThan(1.3);
      expect(found.because).toMatch(
        /differ from those before them \(30 against 60: KS 0\.\d\d, p below 0\.001/,
      );
    }
  });

  test('is seldom cried where nothing changed', () => {
    const verdicts = Array.from({ length: 200 }, () => driftOf(deltas(normals(80))));
    const count = (verdict: string) =>
      verdicts.filter((each) => 'verdict' in each && each.verdict === verdict).length;
    expect(count('drift')).toBeLessThan(6);
    expect(count('none')).toBeGreaterThan(160);
  });

  test('goes by the date of the exam, whatever the order of reports; without one by that of the report', () => {
    const shifted = deltas([...normals(60), ...normals(30, 2)]);
    expect(driftOf([...shifted].reverse())).toEqual(driftOf(shifted));
    const undated = { ...shifted[0]!, StudyDate: 'yesterday', delta: 1000 };
    const found = driftOf([undated, ...shifted.slice(1)]);
    expect(found.kind === 'compared' && found.shift).toBeGreaterThan(20);
  });

  test('is told of each scanner against its own past, the busiest first', () => {
    const all = [...deltas(normals(60), 'B'), ...deltas(normals(10), 'A')];
    const found = byGroup(
      all,
      ({ scanner }) => scanner,
      (own) => ({ drift: driftOf(own) }),
    ).map(({ name, n, drift }) => `${name} ${n} ${drift.kind}`);
    expect(found).toEqual(['B 60 compared', 'A 10 notEnough']);
  });
});

describe('against the rows that a model was fitted to', () => {
  const [other, lead] = TWO_FEATURES as unknown as readonly [Feature, Feature];
  const model = (values: readonly number[]): ServedModel =>
    servedModel(
      fittedFile({ features: [other, { ...lead, reference: referenceOf(values) }] }),
    ) as ServedModel;

  test('the newest deltas drift where they differ, though they always did at this site', () => {
    const trained = model(normals(120));
    const always = deltas(normals(90, 2));
    expect(driftOf(always)).toMatchObject({ verdict: 'none' });
    const [found, ...more] = driftFromTraining(trained, always);
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      feature: lead.name,
      drift: { kind: 'compared', recent: 30, before: 120, verdict: 'drift' },
    });
    expect(found!.drift.because).toMatch(/differ from the training rows/);
    expect(alarmOf(trained, always)).toMatch(new RegExp(`^${lead.name}: The newest deltas differ`));
    expect(alarmOf(trained, deltas(normals(90)))).toBeUndefined();
    expect(alarmOf(trained, deltas([...normals(60), ...normals(30, 2)]))).toMatch(/differ from those before/);
  });

  test('fewer than 20 on either side are not compared, and a model without reference has none', () => {
    const few = driftFromTraining(model(normals(120)), deltas(normals(19)));
    expect(few[0]!.drift).toMatchObject({ kind: 'notEnough', recent: 19, needed: 20 });
    const small = driftFromTraining(model(normals(19)), deltas(normals(40)));
    expect(small[0]!.drift).toMatchObject({ kind: 'notEnough', before: 19 });
    expect(driftFromTraining(servedModel(fittedFile()) as ServedModel, deltas(normals(40)))).toEqual([]);
  });

  test('a further feature is compared as well, where reports have it', () => {
    const features = [{ ...other, reference: referenceOf(normals(120)) }, lead];
    const several = servedModel(fittedFile({ features })) as ServedModel;
    const own = deltas(normals(40)).map((each, at) => ({
      ...each,
      ...(at >= 10 && { others: { [other.name]: 3 + random.normal() } }),
    }));
    expect(driftFromTraining(several, own)).toMatchObject([
      { feature: other.name, drift: { recent: 30, verdict: 'drift' } },
    ]);
  });

  test('is seldom cried where nothing changed', () => {
    const verdicts = Array.from({ length: 200 }, () => {
      const { drift } = driftFromTraining(model(normals(120)), deltas(normals(30)))[0]!;
      return 'verdict' in drift && drift.verdict;
    });
    expect(verdicts.filter((verdict) => verdict === 'drift').length).toBeLessThan(6);
    expect(verdicts.filter((verdict) => verdict === 'none').length).toBeGreaterThan(160);
  });
});

describe('the reference of a feature', () => {
  test('gives the distance and the index of the values themselves', () => {
    for (let round = 0; round < 40; round++) {
      const isTied = round % 2 === 0;
      const [trained, newest] = [normals(80 + round), normals(30, 0.4)].map((values) =>
        isTied ? values.map(Math.round) : values,
      ) as [number[], number[]];
      const reference = referenceOf(trained);
      expect(referenceSchema.safeParse(reference).success).toBe(true);
      expect(stabilityAgainst(reference, newest)).toEqual(stabilityIndex(trained, newest));
      const [ours, exact] = [kolmogorovSmirnovAgainst(reference, newest), kolmogorovSmirnov(trained, newest)];
      expect(Math.abs(ours.statistic - exact.statistic)).toBeLessThanOrEqual(0.01 + 1 / trained.length);
    }
  });

  test('of the same value throughout is met by that value, and left by any other', () => {
    const reference = referenceOf(new Array(30).fill(2));
    expect(kolmogorovSmirnovAgainst(reference, new Array(30).fill(2)).statistic).toBe(0);
    expect(kolmogorovSmirnovAgainst(reference, new Array(30).fill(3)).statistic).toBe(1);
    expect(kolmogorovSmirnovAgainst(reference, new Array(30).fill(1)).statistic).toBe(1);
  });

  test('is refused where its counts or percentiles cannot be', () => {
    const good = referenceOf(normals(50));
    const parse = (changes: object) => referenceSchema.safeParse({ ...good, ...changes }).success;
    expect(parse({})).toBe(true);
    expect(parse({ n: 51 })).toBe(false);
    expect(parse({ counts: good.counts.slice(1) })).toBe(false);
    expect(parse({ percentiles: good.percentiles.toReversed() })).toBe(false);
  });
});
