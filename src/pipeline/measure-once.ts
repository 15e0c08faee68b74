import { canonicalJson, digestOf } from '../dicom/uid.ts';
import type { MaskCandidate } from '../matching/mask-of-series.ts';
import type { Job } from '../ports.ts';
import type { Measurement } from '../radiomics/measurement.ts';
import { ENGINE } from '../radiomics/recipe.ts';
import { awaitFiles, objectsMeasured } from './await-files.ts';
import { featuresOf, settingsOf } from './evaluate.ts';
import { objectsOf } from './judge.ts';
import { chooseRegion } from './pair-lesion.ts';
import { type PatientStudies, patientStudies } from './patient-studies.ts';
import { saysNothing } from './says-nothing.ts';
import type { World } from './world.ts';

type Needs = Pick<
  World,
  | 'catalogue'
  | 'masks'
  | 'reports'
  | 'files'
  | 'radiomics'
  | 'model'
  | 'classic'
  | 'installation'
  | 'meter'
  | 'rules'
  | 'log'
>;

/** Goes up when a measurement says more than it did: what was kept before is measured again. */
const SHAPE = 2;

type KeyNeeds = Pick<World, 'model' | 'classic' | 'installation'>;

function measurementKey(world: KeyNeeds, candidate: MaskCandidate, studies: Digests): string {
  return digestOf(
    canonicalJson({
      ...objectsOf(candidate, studies.digestOf),
      settings: settingsOf(world),
      features: featuresOf(world),
      engine: `${world.installation.softwareVersion} ${ENGINE}`,
      shape: SHAPE,
    }),
  );
}
type Digests = Pick<PatientStudies, 'digestOf'>;

/** Numbers of one time point that were kept from an earlier look; nothing is measured. */
export const keptMeasurement = (
  world: KeyNeeds & Pick<World, 'reports'>,
  candidate: MaskCandidate,
  studies: Digests,
): Promise<Measurement | undefined> => world.reports.measurement(measurementKey(world, candidate, studies));

/**
 * Numbers of one time point: kept from an earlier score when every object and setting is the same. `ofCase`: in whose story it is
 * told that it was measured; default: of the study itself.
 */
export async function measureOnce(
  world: Needs,
  candidate: MaskCandidate,
  studies: PatientStudies,
  signal: AbortSignal,
  ofCase = candidate.series.header.StudyInstanceUID,
): Promise<Measurement> {
  const { series, mask, region } = candidate;
  const settings = settingsOf(world);
  const features = featuresOf(world);
  const key = measurementKey(world, candidate, studies);
  const tellMeasured = (detail: Readonly<Record<string, unknown>>) =>
    world.catalogue.sql.batch([
      world.catalogue.event(ofCase, 'measured', { key, ...whatIs(candidate), ...detail }),
    ]);
  const kept = await world.reports.measurement<Measurement>(key);
  if (kept) {
    await tellMeasured({ isKept: true });
    return kept;
  }
  const started = performance.now();
  const place = (uid: string) => world.files.absolute(studies.fileOf(uid));
  const measurement = await world.radiomics.measure(
    {
      images: series.SOPInstanceUIDs.map(place),
      mask: { file: place(mask.SOPInstanceUID), region: region.number },
      features,
      settings,
      isStabilityWanted: true,
      perturbedFeatures: [world.model.value.feature],
    },
    signal,
  );
  const milliseconds = Math.round(performance.now() - started);
  world.meter.stage('measure', milliseconds / 1000);
  await world.reports.keepMeasurement(key, measurement);
  await tellMeasured({ milliseconds });
  return measurement;
}

const whatIs = ({ series, mask, region }: MaskCandidate) => ({
  StudyInstanceUID: series.header.StudyInstanceUID,
  SeriesInstanceUID: series.SeriesInstanceUID,
  mask: mask.SOPInstanceUID,
  region: region.number,
});

/**
 * Measures a study that waits for its other half as soon as it is complete, so that only the follow-up is left to measure
 * when that arrives. What goes wrong here goes wrong again, and is told, when the case is scored.
 */
export async function measureAhead(world: Needs, { key }: Job, signal: AbortSignal): Promise<void> {
  const study = await world.catalogue.study(key);
  if (!study) return;
  const studies = await patientStudies(world, study.PatientID);
  const known = studies.known.get(key);
  const { chosen } = known ? chooseRegion(known, '', world.rules.roi.value) : {};
  if (!chosen) return;
  try {
    await awaitFiles(world, `ahead ${key}`, studies.placed(objectsMeasured(chosen)), signal);
    await measureOnce(world, chosen, studies, signal);
  } catch (thrown) {
    if (signal.aborted || saysNothing(thrown)) throw thrown;
    world.log.warn('measureAhead.failed', {
      StudyInstanceUID: key,
      code: (thrown as { code?: string }).code ?? 'INTERNAL',
    });
  }
}
