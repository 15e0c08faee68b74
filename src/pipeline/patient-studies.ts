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

type Held = {
  files: Map<string, { file: string; digest: string }>;
  ctSeries: CtSeries[];
  masks: MaskDescription[];
  unreadableMasks: string[];
};

/** Everything the catalogue knows of one Patient ID, as matching wants it. Studies still arriving are left out. */
export async function patientStudies(
  { catalogue }: Pick<World, 'catalogue'>,
  PatientID: string,
): Promise<PatientStudies> {
  const rows = await catalogue.studiesOfPatient(PatientID);
  const held = new Map<StudyRow, Held>();
  for (const row of rows) {
    if (row.state !== 'receiving') held.set(row, await holdingsOf(catalogue, row.StudyInstanceUID));
  }
  const masks = [...held.values()].flatMap((each) => each.masks);
  const files = new Map([...held.values()].flatMap((each) => [...each.files]));
  const known = [...held].map(([row, each]): [string, KnownStudy] => {
    const { StudyInstanceUID, StudyDate, StudyTime, identityConflict } = row;
    const uids = new Set(each.ctSeries.map(({ SeriesInstanceUID }) => SeriesInstanceUID));
    const summary = {
      StudyInstanceUID,
      identity: row,
      StudyDate,
      StudyTime,
      ctSeries: each.ctSeries,
      masks: masksFor(uids, StudyInstanceUID, masks),
    };
    return [StudyInstanceUID, { summary, identityConflict, unreadableMasks: each.unreadableMasks }];
  });
  return {
    rows,
    known: new Map(known),
    fileOf: (uid) => files.get(uid)?.file ?? '',
    digestOf: (uid) => files.get(uid)?.digest ?? '',
  };
}

async function holdingsOf(catalogue: World['catalogue'], StudyInstanceUID: string): Promise<Held> {
  const held: Held = { files: new Map(), ctSeries: [], masks: [], unreadableMasks: [] };
  for (const { SeriesInstanceUID, role, header } of await catalogue.seriesOf(StudyInstanceUID)) {
    if (role !== 'image') continue;
    const instances = await catalogue.instancesOfSeries(StudyInstanceUID, SeriesInstanceUID);
    for (const instance of instances) held.files.set(instance.SOPInstanceUID, instance);
    const SOPInstanceUIDs = instances.map(({ SOPInstanceUID }) => SOPInstanceUID);
    held.ctSeries.push({ SeriesInstanceUID, header, SOPInstanceUIDs });
  }
  for (const mask of await catalogue.masksOf(StudyInstanceUID)) {
    held.files.set(mask.SOPInstanceUID, mask);
    if (mask.description) held.masks.push(mask.description);
    if (mask.fault) held.unreadableMasks.push(mask.fault);
  }
  return held;
}
