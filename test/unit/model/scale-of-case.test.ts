import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/fault.ts';
import { harmonisedValue } from '../../../src/lab/learn/combat.ts';
import type { FittedModel } from '../../../src/model/fitted-model.ts';
import { logistic } from '../../../src/model/interval.ts';
import { modelCard } from '../../../src/model/model-card.ts';
import { scaleOfCase, scalesOf } from '../../../src/model/scale-of-case.ts';
import { score, valuesFor } from '../../../src/model/score.ts';
import { type ServedModel, servedModel } from '../../../src/model/served-model.ts';
import { configSchema } from '../../../src/startup/config.ts';
import { normalisationOf } from '../../../src/startup/load-model.ts';
import { fittedFile, TWO_FEATURES } from '../../support/fitted-file.ts';

const [other, lead] = TWO_FEATURES;
const batches = {
  'Maker Chest 1': { gamma: 0.3, delta: 1.44 },
  'Maker Chest 2': { gamma: -0.5, delta: 0.81 },
};
const frozen = [
  { name: other!.name, mean: 0.1, sd: 0.5, batches },
  { name: lead!.name, mean: 2, sd: 3, batches: { ...batches, constructor: { gamma: 1, delta: 1 } } },
];
const HARMONISATION: NonNullable<FittedModel['harmonisation']> = {
  method: 'ComBat',
  batch: 'scanner',
  features: frozen,
};
const servedBy = (harmonisation: FittedModel['harmonisation']) =>
  servedModel(fittedFile({ harmonisation })) as ServedModel;
const model = servedBy(HARMONISATION);
const own = normalisationOf(model, undefined, 'model.normalisation');
const scanner = (ManufacturerModelName: string) => ({ Manufacturer: 'Maker', ManufacturerModelName });

describe('a model that was harmonised by scanner', () => {
  it.each(Object.keys(batches))('scores a change seen by %s as it did when it was fitted', (batch) => {
    const followUp = { [other!.name]: 3.75, [lead!.name]: 6 };
    const baseline = { [other!.name]: 3.5, [lead!.name]: 2 };
    const scale = scaleOfCase(model, own, scanner(batch.replace('Maker ', '')));
    const scored = score({
      model,
      sha256: 'ab'.repeat(32),
      ...valuesFor(model, baseline, followUp),
      normalisation: scale,
    });
    const logOdds = TWO_FEATURES.reduce((sum, { name, mean, sd, coefficient }, j) => {
      const delta = followUp[name]! - baseline[name]!;
      return sum + (coefficient * (harmonisedValue(delta, frozen[j]!, batch) - mean)) / sd;
    }, 0.1);
    expect(scored.probability).toBeCloseTo(logistic(logOdds), 12);
    // Delta, mean, SD and z of the report belong together.
    const { mean, sd, source } = scored.normalisation;
    expect(scored.delta).toBe(4);
    expect(scored.z).toBeCloseTo((4 - mean!) / sd!, 12);
    expect(source).toBe(`training rows of site-fit 1, harmonised to ${batch}`);
  });

  it.each([['Chest 3'], [''], ['constructor']])('refuses scanner "%s", which it has not seen', (name) => {
    let thrown: unknown;
    try {
      scaleOfCase(model, own, { ManufacturerModelName: name });
    } catch (caught) {
      thrown = caught;
    }
    expect(thrown).toBeInstanceOf(Fault);
    expect(thrown).toMatchObject({ code: 'BATCH_UNKNOWN', disposition: 'hold' });
  });

  it('has a scale for each scanner that all features know, and its card says what becomes of others', () => {
    expect(scalesOf(model, own)).toEqual([
      scaleOfCase(model, own, scanner('Chest 1')),
      scaleOfCase(model, own, scanner('Chest 2')),
    ]);
    expect(modelCard(model, '').limits.join(' ')).toMatch(/Harmonised by scanner.*BATCH_UNKNOWN/);
  });

  it('takes no other scale from the configuration', () => {
    const { model: configured } = configSchema.parse({
      model: { normalisation: { mean: 1, sd: 2, n: 40, source: 'site' } },
    });
    expect(() => normalisationOf(model, configured.normalisation, 'model.normalisation')).toThrow(
      /CONFIG_INVALID.*harmonised by scanner.*leave the key out/,
    );
  });
});

it('a model harmonised by kernel goes by the kernel of the follow-up', () => {
  const byKernel = servedBy({
    ...HARMONISATION,
    batch: 'kernel',
    features: frozen.map((each) => ({ ...each, batches: { SOFT: { gamma: 0, delta: 4 } } })),
  });
  const scale = scaleOfCase(byKernel, own, { ...scanner('Chest 1'), ConvolutionKernel: 'SOFT' });
  expect(scale).toMatchObject({ sd: 2 * lead!.sd });
});

it('a model that was not harmonised has one scale for all', () => {
  const plain = servedBy(null);
  const scale = normalisationOf(plain, undefined, 'model.normalisation');
  expect(scaleOfCase(plain, scale, {})).toBe(scale);
  expect(scalesOf(plain, scale)).toEqual([scale]);
  expect(modelCard(plain, '').limits.join(' ')).not.toContain('Harmonised');
});
