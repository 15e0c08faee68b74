/** The mean and SD that a case is put on: those of its scanner or kernel, where the model was harmonised by it. */
import type { Header } from '../dicom/header.ts';
import { scannerOf } from '../dicom/scanner.ts';
import { Fault } from '../fault.ts';
import type { MeanAndSd } from './interval.ts';
import type { Normalisation } from './score-result.ts';
import type { ServedModel } from './served-model.ts';

type Model = Pick<ServedModel, 'feature' | 'fitted'>;
type Harmonisation = NonNullable<NonNullable<ServedModel['fitted']>['harmonisation']>;
type Frozen = Harmonisation['features'][number];

/** Every scale that a case may be put on: one, or one of each batch of the harmonisation. */
export const scalesOf = (model: Model, normalisation: Normalisation): readonly Normalisation[] => {
  const { harmonisation } = model.fitted ?? {};
  if (!harmonisation) return [normalisation];
  return batchesOf(harmonisation).flatMap((batch) => ofBatch(model, normalisation, batch) ?? []);
};

/**
 * The scale of a case by the header of its follow-up, whose change was harmonised when the model was fitted. Throws BATCH_UNKNOWN for a scanner or kernel
 * that the harmonisation has not seen.
 */
export function scaleOfCase(
  model: Model,
  normalisation: Normalisation,
  followUp: Pick<Header, 'Manufacturer' | 'ManufacturerModelName' | 'ConvolutionKernel'>,
): Normalisation {
  const { harmonisation } = model.fitted ?? {};
  if (!harmonisation) return normalisation;
  const batch = harmonisation.batch === 'scanner' ? scannerOf(followUp) : (followUp.ConvolutionKernel ?? '');
  const scale = ofBatch(model, normalisation, batch);
  if (scale === undefined) throw new Fault('BATCH_UNKNOWN', `${harmonisation.batch} "${batch.slice(0, 80)}"`);
  return scale;
}

const batchesOf = ({ features: [first] }: Harmonisation): readonly string[] =>
  Object.keys(first?.batches ?? {});

/** undefined: some feature has no parameters of the batch */
function ofBatch(
  { feature, fitted }: Model,
  normalisation: Normalisation,
  batch: string,
): Normalisation | undefined {
  if (normalisation.kind !== 'supplied') return normalisation;
  const { mean, sd, source, others = {} } = normalisation;
  const frozen = new Map(fitted?.harmonisation?.features.map((each) => [each.name, each]));
  const scaleOf = (name: string, scale: MeanAndSd): MeanAndSd | undefined => {
    const of = frozen.get(name);
    return of && Object.hasOwn(of.batches, batch) ? inBatch(scale, of, batch) : undefined;
  };
  const lead = scaleOf(feature, { mean, sd });
  const beside = Object.entries(others).map(([name, scale]) => [name, scaleOf(name, scale)] as const);
  if (lead === undefined || beside.some(([, scale]) => scale === undefined)) return undefined;
  return {
    ...normalisation,
    ...lead,
    source: `${source}, harmonised to ${batch}`,
    ...(beside.length > 0 && { others: Object.fromEntries(beside) as Readonly<Record<string, MeanAndSd>> }),
  };
}

/**
 * ComBat gives (x - m - gamma s) / sqrt(delta) + m, of which z is by mean and SD: the same z comes of x itself by the mean
 * m + gamma s + sqrt(delta) (mean - m) and the SD sqrt(delta) SD.
 */
function inBatch({ mean, sd }: MeanAndSd, { mean: m, sd: s, batches }: Frozen, batch: string): MeanAndSd {
  const { gamma, delta } = batches[batch] ?? { gamma: 0, delta: 1 };
  const root = Math.sqrt(delta);
  return { mean: m + gamma * s + root * (mean - m), sd: root * sd };
}
