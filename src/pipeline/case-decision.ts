/** What was decided about a case, with names in the place of UIDs where they are known. */
import { masksNamed, studyDates } from '../catalogue/case-view.ts';
import type { StudyRow } from '../catalogue/rows.ts';
import type { MaskDescription } from '../masks/region.ts';
import type { Sql } from '../ports.ts';
import type { Decision } from './judge.ts';

type RegionShown = Readonly<{
  SOPInstanceUID: string;
  SeriesInstanceUID: string | null;
  /** null: the whole object */
  region: number | null;
  /** name of the region; '': not known */
  name: string;
  /** RTSTRUCT or SEG; null: the object is not here any more */
  kind: MaskDescription['kind'] | null;
}>;

type StudyShown = Readonly<{ StudyInstanceUID: string; StudyDate: string }>;

export type DecisionView = Readonly<{
  baseline: (StudyShown & Readonly<{ because: string; isDesignated: boolean }>) | null;
  baselineRejected: readonly (StudyShown & Readonly<{ because: string }>)[];
  lesions: readonly Readonly<{
    trackingUid: string;
    baseline: RegionShown;
    followUp: RegionShown;
    by: string;
  }>[];
  masksRejected: readonly (RegionShown & Readonly<{ because: string }>)[];
}>;

/** Null before the first decision. */
export async function decisionView(sql: Sql, { decision: stored }: StudyRow): Promise<DecisionView | null> {
  if (stored === null) return null;
  const decision = stored as Decision;
  const { baseline, baselineRejected = [], lesions = [], masksRejected = [] } = decision;
  const keys = [...lesions.flatMap((each) => [each.baseline, each.followUp]), ...masksRejected];
  const masks = await masksNamed(
    sql,
    keys.map(({ SOPInstanceUID }) => SOPInstanceUID),
  );
  const dates = await studyDates(sql, [
    ...(baseline ? [baseline] : []),
    ...baselineRejected.map(({ StudyInstanceUID }) => StudyInstanceUID),
  ]);
  const shown = (
    key: Readonly<{ SOPInstanceUID: string; region: number | null; SeriesInstanceUID?: string }>,
  ) => {
    const mask = masks.get(key.SOPInstanceUID);
    return {
      SOPInstanceUID: key.SOPInstanceUID,
      SeriesInstanceUID: key.SeriesInstanceUID ?? null,
      region: key.region,
      name: mask?.regions.find(({ number }) => number === key.region)?.name ?? '',
      kind: mask?.kind ?? null,
    };
  };
  const study = (StudyInstanceUID: string): StudyShown => ({
    StudyInstanceUID,
    StudyDate: dates.get(StudyInstanceUID) ?? '',
  });
  return {
    baseline: baseline
      ? {
          ...study(baseline),
          because: decision.baselineBecause ?? '',
          isDesignated: decision.isDesignated === true,
        }
      : null,
    baselineRejected: baselineRejected.map(({ StudyInstanceUID, because }) => ({
      ...study(StudyInstanceUID),
      because,
    })),
    lesions: lesions.map((each) => ({
      trackingUid: each.trackingUid,
      baseline: shown(each.baseline),
      followUp: shown(each.followUp),
      by: each.by,
    })),
    masksRejected: masksRejected.map((each) => ({ ...shown(each), because: each.because })),
  };
}
