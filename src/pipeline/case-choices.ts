/** What a person may choose for a case: earlier studies as its baseline, regions of masks as the lesion. */
import type { ChosenRegion } from '../catalogue/orders.ts';
import type { StudyRow } from '../catalogue/rows.ts';
import type { MaskDescription } from '../masks/region.ts';
import { compareIdentity } from '../matching/identity.ts';
import { masksOfSeries } from '../matching/mask-of-series.ts';
import { isBefore } from '../matching/study-date.ts';
import { judgeCase } from './assess.ts';
import type { KnownStudy } from './known-study.ts';
import { patientStudies } from './patient-studies.ts';
import type { World } from './world.ts';

export type ChoiceNeeds = Pick<World, 'catalogue' | 'patients' | 'rules' | 'enrolment' | 'masks' | 'priors'>;

type RegionOption = ChosenRegion & Pick<MaskDescription, 'kind'> & Readonly<{ SeriesInstanceUID: string }>;

export type CaseChoices = Readonly<{
  /** earlier studies of the same patient that are here, oldest first */
  baselines: readonly Readonly<{ StudyInstanceUID: string; StudyDate: string }>[];
  /** regions that lie on a CT series of their time point; of the baseline that the case has now */
  regions: Readonly<Record<'baseline' | 'followUp', readonly RegionOption[]>>;
}>;

/** Nothing of a case that is arriving. */
export async function choicesOf(world: ChoiceNeeds, row: StudyRow): Promise<CaseChoices> {
  const studies = await patientStudies(world, row.PatientID);
  const followUp = studies.known.get(row.StudyInstanceUID);
  const judgement = await judgeCase(world, row, studies);
  if (!followUp || !judgement) return { baselines: [], regions: { baseline: [], followUp: [] } };
  const earlier = [...studies.known.values()]
    .map(({ summary }) => summary)
    .filter((summary) => isBefore(summary, followUp.summary))
    .filter(
      ({ identity }) => compareIdentity(followUp.summary.identity, identity, studies.issuers).kind === 'same',
    );
  return {
    baselines: earlier.map(({ StudyInstanceUID, StudyDate = '' }) => ({ StudyInstanceUID, StudyDate })),
    regions: {
      baseline: regionsOf(studies.known.get(judgement.decision.baseline ?? '')),
      followUp: regionsOf(followUp),
    },
  };
}

const regionsOf = (known: KnownStudy | undefined): readonly RegionOption[] =>
  (known ? masksOfSeries(known.summary).candidates : []).map(({ mask, region, series }) => ({
    SOPInstanceUID: mask.SOPInstanceUID,
    region: region.number,
    name: region.name,
    kind: mask.kind,
    SeriesInstanceUID: series.SeriesInstanceUID,
  }));
