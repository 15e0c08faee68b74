import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fastestKernels } from '../../src/kernels/fastest.ts';
import { type Levels, levelsGiven } from '../../src/radiomics/discretise.ts';
import { dependences } from '../../src/radiomics/families/gldm.ts';
import { runLengths } from '../../src/radiomics/families/glrlm.ts';
import { sizeZones } from '../../src/radiomics/families/glszm.ts';
import { type LevelBySize, upTo } from '../../src/radiomics/families/level-by-size.ts';
import { toneDifferences } from '../../src/radiomics/families/ngtdm.ts';
import { surroundings } from '../../src/radiomics/neighbourhood.ts';
import { EAR_2023 } from '../../src/radiomics/profile.ts';
import { describeWithReference } from '../support/reference.ts';
import { readJson, readRaw } from '../support/reference-cases.ts';

const kernels = fastestKernels().texture;
const IMAGES = ['original', 'log-sigma-1-5-mm-3D', 'log-sigma-3-0-mm-3D', 'log-sigma-5-0-mm-3D'];
const CASES = ['synth1', 'synth2_border'].flatMap((name) => IMAGES.map((image) => [name, image] as const));

type Vectors = Readonly<{ ivector: readonly number[]; jvector: readonly number[] }>;
type Recorded = Vectors & Readonly<{ at: (row: number, column: number, layer?: number) => number }>;

describeWithReference("PyRadiomics' matrices from its levels", (folder) => {
  const levelsOf = (name: string, image: string): Levels => {
    const { header, values } = readRaw(folder, 'radiomics', 'intermediate', name, `${image}_levels`);
    return levelsGiven(values, header.size);
  };
  /** A recorded matrix: its rows are the levels `ivector`, its columns the sizes `jvector`; others would be empty. */
  const recordedOf = (name: string, matrix: string): Recorded => {
    const stem = [folder, 'radiomics', 'intermediate', name, matrix] as const;
    const { header, values } = readRaw(...stem);
    const { coefficients } = readJson<{ coefficients: Vectors }>(`${join(...stem)}.json`);
    const [, columns = 1, layers = 1] = header.array_shape_C_order;
    return { ...coefficients, at: (i, j, layer = 0) => values[(i * columns + j) * layers + layer]! };
  };
  /** Every recorded cell is ours, and we have no other. */
  const expectSame = (
    { sizes, highest, counts }: LevelBySize,
    { ivector, jvector, at }: Recorded,
    layer = 0,
  ) => {
    let recorded = 0;
    for (const [i, level] of ivector.entries()) {
      for (const [j, size] of jvector.entries()) {
        const row = Array.from(sizes).indexOf(size);
        expect(row < 0 ? 0 : counts[row * highest + level - 1]).toBe(at(i, j, layer));
        recorded += at(i, j, layer);
      }
    }
    expect(Array.from(counts).reduce((sum, n) => sum + n, 0)).toBe(recorded);
  };

  it.each(CASES)('%s, %s: runs', (name, image) => {
    const { counts, highest, longest } = runLengths(levelsOf(name, image), EAR_2023, kernels);
    const recorded = recordedOf(name, `${image}_glrlm`);
    expect(counts).toHaveLength(13);
    for (const [d, matrix] of counts.entries()) {
      expectSame({ sizes: upTo(longest), highest, counts: matrix }, recorded, d);
    }
  });
  it.each(CASES)('%s, %s: zones and dependences', (name, image) => {
    const levels = levelsOf(name, image);
    expectSame(sizeZones(levels, EAR_2023, kernels), recordedOf(name, `${image}_glszm`));
    expectSame(
      dependences(levels, surroundings(levels, EAR_2023, kernels)),
      recordedOf(name, `${image}_gldm`),
    );
  });
  it.each(CASES)('%s, %s: tone differences', (name, image) => {
    const levels = levelsOf(name, image);
    const tones = toneDifferences(levels, surroundings(levels, EAR_2023, kernels));
    const { ivector, at } = recordedOf(name, `${image}_ngtdm`);
    expect(tones.levels).toEqual(ivector);
    for (const [k, level] of tones.levels.entries()) {
      expect(tones.counts[k]).toBe(at(k, 0));
      expect(Math.abs(tones.differences[k]! - at(k, 1))).toBeLessThan(1e-9);
      expect(at(k, 2)).toBe(level);
    }
  });
});
