/** One study of a cohort: read, judged by the rules that look at a single time point, and measured. */

import { scannerOf } from '../dicom/scanner.ts';
import { explainEligibility } from '../eligibility/explain.ts';
import { timePointFacts } from '../eligibility/facts.ts';
import { Fault } from '../fault.ts';
import type { CohortRow } from '../lab/cohort/cohort-table.ts';
import type { CaseOutcome, ExcludedCase } from '../lab/cohort/measured-case.ts';
import { dayOf } from '../matching/study-date.ts';
import { chooseRegion } from '../pipeline/pair-lesion.ts';
import type { Radiomics } from '../ports.ts';
import { recipeDigest } from '../radiomics/recipe.ts';
import type { ExtractionSettings } from '../radiomics/settings.ts';
import type { Rules } from '../startup/load.ts';
import { readTimePoint } from '../startup/time-point.ts';
import { maskFault } from './mask-fault.ts';

export type CohortRecipe = Readonly<{
  settings: ExtractionSettings;
  features: readonly string[];
  rules: Rules;
}>;

const excluded = (reason: string, detail: string): CaseOutcome => ({
  kind: 'excluded',
  excluded: { reason, detail },
});

/** Faults: those of reading and measuring. A rule that would hold the case in the service excludes it, and so does a date that is not the table's. */
export async function measureStudy(
  radiomics: Radiomics,
  { roi, date }: CohortRow,
  folder: string,
  { settings, features, rules }: CohortRecipe,
  signal: AbortSignal,
): Promise<CaseOutcome> {
  const { known, fileOf } = readTimePoint(folder);
  if (known.identityConflict)
    return excluded('IDENTITY_CONFLICT', 'Objects of the study disagree about the patient.');
  const studyDate = isoDate(known.summary);
  if (date !== '' && studyDate !== '' && date !== studyDate)
    return excluded('DATE_DIFFERS', 'The date of the table is not the StudyDate of the images.');
  const { chosen, obstacle } = chooseRegion(known, 'the study', rules.roi.value, roi || undefined);
  if (!chosen) {
    const [first] = obstacle.reasons;
    if (first) return excluded(first.code, obstacle.reasons.map(({ text }) => text).join('; '));
    throw maskFault(obstacle);
  }
  const place = (uid: string) => fileOf.get(uid) ?? '';
  const measurement = await radiomics.measure(
    {
      settings,
      features,
      images: chosen.series.SOPInstanceUIDs.map(place),
      mask: { file: place(chosen.mask.SOPInstanceUID), region: chosen.region.number },
    },
    signal,
  );
  const held = holdOf(rules, { measurement, mask: chosen.mask });
  if (held) return { kind: 'excluded', excluded: held };
  const undefinedNames = features.filter((name) => measurement.features[name] === null);
  if (undefinedNames.length > 0)
    return excluded(
      'FEATURE_UNDEFINED',
      `${undefinedNames.slice(0, 3).join(', ')}: ${undefinedNames.length} in all`,
    );
  if (measurement.recipeDigest !== recipeDigest(settings, 'integer'))
    throw new Fault('RECIPES_MIXED', `${measurement.pixelPath} voxels, where CT has integers`);
  const { header } = measurement;
  return {
    kind: 'measured',
    measured: {
      features: measurement.features as Readonly<Record<string, number>>,
      recipeDigest: measurement.recipeDigest,
      date: studyDate,
      scanner: scannerOf(header),
      kernel: header.ConvolutionKernel ?? '',
    },
  };
}

/** Rules about a pair of time points or about the therapy have no facts here, and hold nothing. */
function holdOf(rules: Rules, point: Parameters<typeof timePointFacts>[0]): ExcludedCase | undefined {
  const facts = { followUp: timePointFacts(point) };
  const holds = explainEligibility(rules.eligibility.value, facts).filter(
    ({ outcome }) => outcome === 'hold',
  );
  const [first] = holds;
  if (!first) return undefined;
  const detail = holds.map(({ id, check, seen }) => `${id} ${check}: ${seen[0]?.value ?? ''}`).join('; ');
  return { reason: first.id, detail };
}

const isoDate = ({ StudyDate }: Readonly<{ StudyDate?: string | undefined }>): string =>
  dayOf(StudyDate)?.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3') ?? '';
