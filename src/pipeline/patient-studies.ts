import type { StudyRow } from '../catalogue/rows.ts';
import type { MaskDescription } from '../masks/region.ts';
import type { CtSeries } from '../matching/study-summary.ts';
import { type KnownStudy, masksFor } from './judge.ts';
import type { World } from './world.ts';

export type PatientStudies = Readonly<{
  rows: readonly StudyRow[];
  /** of the studies that are not arriving just now */
  known: ReadonlyMap<string, KnownStudy>;
  fileOf(SOPInstanceUID: string): string;
  digestOf(SOPInstanceUID: string): string;
}>;

/** Everything the catalogue knows of one Patient ID, as matching wants it. Studies still arriving are left out. */
export async function patientStudies(
  world: Pick<World, 'catalogue'>,
  PatientID: string,
): Promise<PatientStudies> {
  const { catalogue } = world;
  const rows = await catalogue.studiesOfPatient(PatientID);
  const settled = rows.filter(({ state }) => state !== 'receiving');
  const files = new Map<string, { file: string; digest: string }>();
  const ctOf = new Map<string, CtSeries[]>();
  const masks: MaskDescription[] = [];
  const unreadable = new Map<string, string[]>();
  for (const { StudyInstanceUID } of settled) {
    const list: CtSeries[] = [];
    for (const { SeriesInstanceUID, role, header } of await catalogue.seriesOf(StudyInstanceUID)) {
      if (role !== 'image') continue;
      const instances = await catalogue.instancesOfSeries(SeriesInstanceUID);
      for (const instance of instances) files.set(instance.SOPInstanceUID, instance);
      list.push({ SeriesInstanceUID, header, SOPInstanceUIDs: instances.map((each) => each.SOPInstanceUID) });
    }
    ctOf.set(StudyInstanceUID, list);
    for (const mask of await catalogue.masksOf(StudyInstanceUID)) {
      files.set(mask.SOPInstanceUID, mask);
      if (mask.description) masks.push(mask.description);
      if (mask.fault)
        unreadable.set(StudyInstanceUID, [...(unreadable.get(StudyInstanceUID) ?? []), mask.fault]);
    }
  }
  const known = settled.map((row): [string, KnownStudy] => {
    const ctSeries = ctOf.get(row.StudyInstanceUID) ?? [];
    const uids = new Set(ctSeries.map(({ SeriesInstanceUID }) => SeriesInstanceUID));
    const { StudyInstanceUID, StudyDate, StudyTime, identityConflict } = row;
    return [
      StudyInstanceUID,
      {
        summary: {
          StudyInstanceUID,
          identity: row,
          StudyDate,
          StudyTime,
          ctSeries,
          masks: masksFor(uids, StudyInstanceUID, masks),
        },
        identityConflict,
        unreadableMasks: unreadable.get(StudyInstanceUID) ?? [],
      },
    ];
  });
  return {
    rows,
    known: new Map(known),
    fileOf: (uid) => files.get(uid)?.file ?? '',
    digestOf: (uid) => files.get(uid)?.digest ?? '',
  };
}
