import type { ShortSeries } from '../catalogue/fetches.ts';
import { chosenOfPatient, ordersOfPatient } from '../catalogue/orders.ts';
import type { Conflict, StudyRow } from '../catalogue/rows.ts';
import type { MaskDescription } from '../masks/region.ts';
import { compareIdentity, issuersOf } from '../matching/identity.ts';
import { type CtSeries, zoneOf } from '../matching/study-summary.ts';
import type { PlacedFile } from '../ports.ts';
import type { KnownStudy } from './known-study.ts';
import type { World } from './world.ts';

export type PatientStudies = Readonly<{
  rows: readonly StudyRow[];
  /** a study of this Patient ID is arriving, or its masks are not read yet: it may be the better baseline, so nothing is scored until it is here */
  isArriving: boolean;
  /** when the newest object of these studies arrived */
  asOf: Date;
  /** issuers known for this Patient ID */
  issuers: readonly string[];
  /** of the studies that are not arriving just now */
  known: ReadonlyMap<string, KnownStudy>;
  fileOf(SOPInstanceUID: string): string;
  digestOf(SOPInstanceUID: string): string;
  placed(SOPInstanceUIDs: readonly string[]): readonly PlacedFile[];
}>;

type Held = {
  conflict: Conflict;
  files: Map<string, PlacedFile & Readonly<{ digest: string }>>;
  ctSeries: CtSeries[];
  masks: MaskDescription[];
  unapproved: MaskDescription[];
  unreadableMasks: string[];
  hasUnreadMask: boolean;
  /** when each mask object arrived, read or not */
  maskTimes: Map<string, Date>;
};

/** Everything the catalogue knows of one Patient ID, as matching wants it. Studies still arriving are left out. */
export async function patientStudies(
  {
    catalogue,
    masks: { requireApproval } = { requireApproval: false },
    priors,
  }: Pick<World, 'catalogue' | 'masks' | 'priors'>,
  PatientID: string,
): Promise<PatientStudies> {
  const rows = await catalogue.studiesOfPatient(PatientID);
  const held = new Map<StudyRow, Held>();
  const shortSeries: ShortSeries[] = [];
  const archives = priors?.archives.map(({ name }) => name) ?? [];
  let isArriving = false;
  for (const row of rows) {
    const holdings =
      row.state === 'receiving'
        ? undefined
        : await holdingsOf(catalogue, row.StudyInstanceUID, requireApproval);
    // A study that became complete just now is known when its masks have been read, by the look that it is due.
    if (holdings && !holdings.hasUnreadMask) held.set(row, holdings);
    else isArriving = true;
    if (priors) shortSeries.push(...(await priors.fetches.shortSeries(row.StudyInstanceUID, archives)));
  }
  const files = new Map([...held.values()].flatMap((each) => [...each.files]));
  const maskTimes = new Map([...held.values()].flatMap((each) => [...each.maskTimes]));
  const issuers = issuersOf(PatientID, rows);
  const ordered = await ordersOfPatient(catalogue.sql, PatientID);
  const chosen = await chosenOfPatient(catalogue.sql, PatientID);
  const known = [...held].map(([row, each]): [string, KnownStudy] => {
    const { StudyInstanceUID, StudyDate, StudyTime, identityConflict } = row;
    const { ctSeries, conflict, unreadableMasks } = each;
    const masks = [...each.masks, ...masksFromElsewhere(row, each, held, issuers, 'masks')];
    const elsewhere = masksFromElsewhere(row, each, held, issuers, 'unapproved');
    const unapprovedMasks = each.unapproved.length + elsewhere.length;
    const leftOut = new Set(each.unapproved.map(({ SOPInstanceUID }) => SOPInstanceUID));
    const drawn = [...each.maskTimes.keys()].filter((uid) => !leftOut.has(uid));
    const drawings = new Set([...drawn, ...masks.map(({ SOPInstanceUID }) => SOPInstanceUID)]);
    const maskArrivals = new Map([...maskTimes].filter(([uid]) => drawings.has(uid)));
    const TimezoneOffsetFromUTC = zoneOf(ctSeries);
    const moment = { StudyDate, StudyTime, TimezoneOffsetFromUTC };
    const summary = { StudyInstanceUID, identity: row, ...moment, ctSeries, masks };
    const doubts = { identityConflict, conflict, unreadableMasks, unapprovedMasks, shortSeries };
    const orders = ordered.get(StudyInstanceUID);
    const times = {
      chosenAt: chosen.get(StudyInstanceUID),
      maskArrivals,
      lastReceivedAt: row.lastReceivedAt,
    };
    return [StudyInstanceUID, { summary, ...doubts, orders, ...times }];
  });
  return {
    rows,
    isArriving,
    asOf: new Date(Math.max(...rows.map(({ lastReceivedAt }) => lastReceivedAt.getTime()))),
    issuers,
    known: new Map(known),
    fileOf: (uid) => files.get(uid)?.file ?? '',
    digestOf: (uid) => files.get(uid)?.digest ?? '',
    placed: (uids) => uids.flatMap((uid) => files.get(uid) ?? []),
  };
}

/** A mask may live in a study of its own: it counts when that study is certainly of the same patient and it names a series here. */
function masksFromElsewhere(
  row: StudyRow,
  { ctSeries }: Held,
  held: ReadonlyMap<StudyRow, Held>,
  issuers: readonly string[],
  which: 'masks' | 'unapproved',
): MaskDescription[] {
  const here = new Set(ctSeries.map(({ SeriesInstanceUID }) => SeriesInstanceUID));
  return [...held].flatMap(([other, holdings]) => {
    if (other === row || other.identityConflict) return [];
    const naming = holdings[which].filter(({ referencedSeries }) =>
      referencedSeries.some((uid) => here.has(uid)),
    );
    // Most have none, and comparing all studies of a patient with each other takes long where there are many.
    return naming.length > 0 && compareIdentity(row, other, issuers).kind === 'same' ? naming : [];
  });
}

/** The Approval module is of RTSTRUCT; a segmentation has no such word (PS3.3 C.8.8.16). */
const lacksApproval = ({ kind, ApprovalStatus }: MaskDescription): boolean =>
  kind === 'RTSTRUCT' && ApprovalStatus?.trim().toUpperCase() !== 'APPROVED';

async function holdingsOf(
  catalogue: World['catalogue'],
  StudyInstanceUID: string,
  requireApproval: boolean,
): Promise<Held> {
  const held: Held = {
    conflict: await catalogue.conflictOf(StudyInstanceUID),
    files: new Map(),
    ctSeries: [],
    masks: [],
    unapproved: [],
    unreadableMasks: [],
    hasUnreadMask: false,
    maskTimes: new Map(),
  };
  for (const { SeriesInstanceUID, role, header } of await catalogue.seriesOf(StudyInstanceUID)) {
    if (role !== 'image') continue;
    const instances = await catalogue.instancesOfSeries(StudyInstanceUID, SeriesInstanceUID);
    for (const instance of instances) held.files.set(instance.SOPInstanceUID, instance);
    const SOPInstanceUIDs = instances.map(({ SOPInstanceUID }) => SOPInstanceUID);
    held.ctSeries.push({ SeriesInstanceUID, header, SOPInstanceUIDs });
  }
  const masks = await catalogue.masksOf(StudyInstanceUID);
  const readable = masks.filter(({ description }) => description !== null);
  for (const mask of masks) {
    held.files.set(mask.SOPInstanceUID, mask);
    held.maskTimes.set(mask.SOPInstanceUID, mask.receivedAt);
    // An object that could not be read is a doubt until a readable one came after it: then the drawing was exported again.
    const isReplaced = readable.some(({ receivedAt }) => receivedAt > mask.receivedAt);
    if (mask.fault && !isReplaced) held.unreadableMasks.push(mask.fault);
    if (!mask.description && !mask.fault) held.hasUnreadMask = true;
  }
  const descriptions = masks.flatMap(({ description }) => description ?? []);
  const isLeftOut = (mask: MaskDescription): boolean => requireApproval && lacksApproval(mask);
  held.masks.push(...descriptions.filter((mask) => !isLeftOut(mask)));
  held.unapproved.push(...descriptions.filter(isLeftOut));
  return held;
}
