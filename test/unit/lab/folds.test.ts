import { expect, it } from 'vitest';
import { patientFolds, stratifiedFolds } from '../../../src/lab/learn/folds.ts';
import { MersenneTwister } from '../../../src/lab/learn/mersenne-twister.ts';
import { modelLabSet } from '../../support/model-lab.ts';
import { describeWithReference } from '../../support/reference.ts';
import { readJson } from '../../support/reference-cases.ts';

type Expected = {
  folds: {
    fae_unshuffled: { fold_of_row: number[]; patients_split_across_folds: string[] };
    shuffled_seed0: { validation_indices: number[][] };
    grouped: { fold_of_row: number[] };
  };
  unit: {
    stratified_kfold: { y: number[]; n_splits: number; fold_of_row: number[] }[];
    mt19937: Record<string, number[]>;
  };
};

describeWithReference('folds against scikit-learn and numpy', (folder) => {
  const { folds, unit } = readJson<Expected>(folder, 'model-lab', 'expected.json');
  const { labels, table } = modelLabSet(folder, 'train');
  const patients = table.rows.map(({ patient }) => patient);

  it('stratified, rows in order: and the four patients whose visits part', () => {
    const ours = stratifiedFolds(labels, 5);
    expect([...ours]).toEqual(folds.fae_unshuffled.fold_of_row);
    const parted = [...new Set(patients.filter((patient, i) => ours[patients.indexOf(patient)] !== ours[i]))];
    expect(parted.sort()).toEqual(folds.fae_unshuffled.patients_split_across_folds);
  });

  it('stratified and shuffled by a seed', () => {
    const ours = stratifiedFolds(labels, 5, 0);
    const members = [0, 1, 2, 3, 4].map((fold) => [...ours.keys()].filter((i) => ours[i] === fold));
    expect(members).toEqual(folds.shuffled_seed0.validation_indices);
  });

  it.each(unit.stratified_kfold)('stratified, odd case %#', ({ y, n_splits, fold_of_row }) => {
    expect([...stratifiedFolds(Uint8Array.from(y), n_splits)]).toEqual(fold_of_row);
  });

  it('by patient: no patient parts, with or without a seed', () => {
    expect([...patientFolds(patients, 5)]).toEqual(folds.grouped.fold_of_row);
    const shuffled = patientFolds(patients, 5, 7);
    expect([...shuffled]).not.toEqual(folds.grouped.fold_of_row);
    patients.forEach((patient, i) => {
      expect(shuffled[i]).toBe(shuffled[patients.indexOf(patient)]);
    });
  });

  it('the Mersenne Twister is numpy’s', () => {
    const { mt19937 } = unit;
    const raw = new MersenneTwister(0);
    expect(mt19937['seed0_raw_uint32_first10']!.map(() => raw.next())).toEqual(
      mt19937['seed0_raw_uint32_first10'],
    );
    for (const [key, seed] of [
      ['seed0_permutation_10', 0],
      ['seed0_permutation_134', 0],
      ['seed42_permutation_20', 42],
      ['seed7_shuffle_10', 7],
    ] as const) {
      const list = Array.from({ length: mt19937[key]!.length }, (_, i) => i);
      new MersenneTwister(seed).shuffle(list);
      expect(list).toEqual(mt19937[key]);
    }
  });
});
