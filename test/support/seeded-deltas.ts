/** Sixty reported follow-ups of phantoms over more than a year, the newer ones of another scanner, which moves the deltas. */
import { addingLocalDelta } from '../../src/catalogue/local-deltas.ts';
import { addingShadowResult } from '../../src/catalogue/shadow-results.ts';
import { score } from '../../src/model/score.ts';
import type { World } from '../../src/pipeline/world.ts';
import { seededRandom } from './seeded-phantom.ts';

const COUNT = 60;
const MOVED_FROM = 30;
/** The newest so many were scored by the model on trial too. */
const ON_TRIAL = 14;
const DAY_MS = 86_400_000;
const FIRST_EXAM = Date.UTC(2025, 0, 6);

const dayOf = (index: number): Date => new Date(FIRST_EXAM + index * 7 * DAY_MS);
const da = (day: Date): string => day.toISOString().slice(0, 10).replaceAll('-', '');

/** Deltas whose mean is 1.2 and SD 2.9, and from a change of scanner on 3.5 more. */
function deltasOf(seed: number): number[] {
  const random = seededRandom(seed);
  const normal = () => Array.from({ length: 12 }, random).reduce((sum, each) => sum + each, -6);
  return Array.from({ length: COUNT }, (_, index) => 1.2 + 2.9 * normal() + (index < MOVED_FROM ? 0 : 3.5));
}

const scannerOf = (index: number) => ({
  Manufacturer: 'Earshot phantom',
  ManufacturerModelName: index < MOVED_FROM ? 'Chest 1' : 'Chest 2',
});

/** Into the catalogue of a service that runs; with `shadow`, the newest have its results beside. */
export async function seedDeltas(world: World, shadow: World['shadow']): Promise<void> {
  const { catalogue, reports, patients, model, normalisation } = world;
  for (const [index, delta] of deltasOf(20_231).entries()) {
    const PatientID = `PHANTOM-${String(index + 1).padStart(4, '0')}`;
    const names = { SOPInstanceUID: `2.25.7700${index}`, StudyInstanceUID: `2.25.7800${index}` };
    const scored = (which: World['model'], scale: typeof normalisation) =>
      score({
        model: which.value,
        sha256: which.sha256,
        baselineValue: 0,
        followUpValue: delta,
        normalisation: scale,
      });
    const kept = {
      ...names,
      PatientID,
      IssuerOfPatientID: '',
      StudyDate: da(dayOf(index)),
      baselineStudyDate: da(dayOf(index - 12)),
      feature: model.value.feature,
      recipeDigest: model.value.recipeDigest,
      delta,
      outcome: 'scored',
      ConvolutionKernel: 'B30f',
      ...scannerOf(index),
    };
    const report = {
      ...names,
      SeriesInstanceUID: '2.25.79',
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.88.33',
      ...{ file: '', digest: '', inputs: '', result: {}, ContentDate: kept.StudyDate, kind: 'sr' as const },
      ...{ language: 'en' as const, companionOf: null, heldBecause: null, due: null },
    };
    const beside =
      shadow && index >= COUNT - ON_TRIAL
        ? [
            addingShadowResult({
              ...names,
              active: scored(model, normalisation),
              shadow: scored(shadow.model, shadow.normalisation),
              scoredAt: dayOf(index),
            }),
          ]
        : [];
    const weeks = index % 7 === 0 ? undefined : index % 2 === 0 ? 10 : 40;
    const record = {
      PatientID,
      optOut: false,
      listed: true,
      ...(weeks === undefined ? {} : { tkiStart: da(dayOf(index - weeks)) }),
    };
    await catalogue.sql.batch([
      ...reports.adding(report, []),
      addingLocalDelta(kept),
      ...beside,
      ...patients.putting([{ after: record }], 'test'),
    ]);
  }
}
