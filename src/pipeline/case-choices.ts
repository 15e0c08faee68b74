/** What a person may choose for a case: earlier studies as its baseline, regions of masks as the lesion. */
import type { ChosenRegion } from '../catalogue/orders.ts';
import type { StudyRow } from '../catalogue/rows.ts';
import type { Header } from '../dicom/header.ts';
import type { MaskDescription } from '../masks/region.ts';
import { compareIdentity } from '../matching/identity.ts';
import { masksOfSeries } from '../matching/mask-of-series.ts';
import { isBefore } from '../matching/study-date.ts';
import { judgeCase } from './assess.ts';
import type { KnownStudy } from './known-study.ts';
import { patientStudies } from './patient-studies.ts';
import type { World } from './world.ts';

export type ChoiceNeeds = Pick<World, 'catalogue' | 'patients' | 'rules' | 'enrolment' | 'masks' | 'priors'>;

/** Of a series, as its objects say; the description cut. */
type SeriesSaid = Readonly<{ SeriesNumber: number | null; SeriesDescription: string }>;

/** With what tells two regions of one name apart; '' and null: the object does not say. Texts are cut. */
type RegionOption = ChosenRegion &
  Pick<MaskDescription, 'kind'> &
  Readonly<{
    /** of the CT that it was drawn on */
    SeriesInstanceUID: string;
    image: SeriesSaid;
    /** of the mask object */
    maskSeries: SeriesSaid;
    /** DA and TM */
    drawnDate: string;
    drawnTime: string;
    /** ContentCreatorName, OperatorsName, ReviewerName or ROIInterpreter */
    author: string;
    Manufacturer: string;
  }>;

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
      baseline: await regionsOf(world, studies.known.get(judgement.decision.baseline ?? '')),
      followUp: await regionsOf(world, followUp),
    },
  };
}

/** Longest value of LO (PS3.5 6.2); what is longer was never valid. */
const MOST_CHARACTERS = 64;
const cut = (value: string | undefined): string => (value ?? '').slice(0, MOST_CHARACTERS);

const saidBy = (header: Pick<Header, 'SeriesNumber' | 'SeriesDescription'> | undefined): SeriesSaid => ({
  SeriesNumber: header?.SeriesNumber ?? null,
  SeriesDescription: cut(header?.SeriesDescription),
});

async function regionsOf(
  { catalogue }: Pick<World, 'catalogue'>,
  known: KnownStudy | undefined,
): Promise<readonly RegionOption[]> {
  const candidates = known ? masksOfSeries(known.summary).candidates : [];
  const headers = new Map<string, Header>();
  // A mask may lie in a study of its own.
  for (const study of new Set(candidates.map(({ mask }) => mask.StudyInstanceUID))) {
    for (const { SeriesInstanceUID, header } of await catalogue.seriesOf(study))
      headers.set(SeriesInstanceUID, header);
  }
  return candidates.map(({ mask, region, series }) => ({
    SOPInstanceUID: mask.SOPInstanceUID,
    region: region.number,
    name: region.name,
    kind: mask.kind,
    SeriesInstanceUID: series.SeriesInstanceUID,
    image: saidBy(series.header),
    maskSeries: saidBy(headers.get(mask.SeriesInstanceUID)),
    drawnDate: cut(mask.drawnDate),
    drawnTime: cut(mask.drawnTime),
    author: cut(mask.author ?? region.interpreter),
    Manufacturer: cut(mask.Manufacturer),
  }));
}
