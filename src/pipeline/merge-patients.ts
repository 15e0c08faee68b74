/** Patients that became one in the PACS: their studies, their records, and what was held because of it. */
import { identityCorrections } from '../catalogue/identity-corrections.ts';
import { lookingAgain } from '../catalogue/look-again.ts';
import {
  conflictsOf,
  droppingConflict,
  keepingMerge,
  knownMerges,
  mergeOver,
  movingStudy,
} from '../catalogue/merges.ts';
import { removing } from '../catalogue/retention.ts';
import type { StudyRow } from '../catalogue/rows.ts';
import { sameContentButPatient } from '../dicom/same-content.ts';
import { asFault, Fault } from '../fault.ts';
import { issuersOf } from '../matching/identity.ts';
import { type Merge, mergeOf, type PatientKey, resolvedMerges } from '../patients/merge-csv.ts';
import { type Patient, patientKey } from '../patients/patient.ts';
import type { InstanceFiles, Statement } from '../ports.ts';
import { saysNothing } from './says-nothing.ts';
import { changeIdentities, disagrees, givenValues } from './study-identity.ts';
import type { World } from './world.ts';

type StudyNeeds = Pick<World, 'catalogue'> & Readonly<{ files: Pick<InstanceFiles, 'read' | 'header'> }>;
type Needs = StudyNeeds & Pick<World, 'patients' | 'clock'>;

export type MergePlan = Readonly<{
  merges: readonly Merge[];
  studies: readonly Readonly<{ row: StudyRow; now: PatientKey }>[];
  records: readonly Patient[];
}>;

/**
 * What a merge map would change: the studies of old identities, and the records of the patients table that move with them.
 * Faults: TABLE_INVALID for a circle, for an old Patient ID without its issuer when several are known, and for two records
 * that would become one: which of them is right, a person must say.
 */
export async function planMerges(world: Needs, incoming: readonly Merge[]): Promise<MergePlan> {
  const known = await knownMerges(world.catalogue.sql);
  const merges = resolvedMerges(known, await withIssuers(world, known, incoming));
  const rows = new Map<string, StudyRow>();
  for (const { old, now } of merges) {
    for (const id of [old.PatientID, now.PatientID]) {
      for (const row of await world.catalogue.studiesOfPatient(id)) rows.set(row.StudyInstanceUID, row);
    }
  }
  const studies: { row: StudyRow; now: PatientKey }[] = [];
  for (const row of rows.values()) {
    const merge = mergeOf(row, merges);
    // Objects under either identity may have come to a study of the new one: a merge may explain what holds it.
    const isHeld = row.identityConflict || (await world.catalogue.hasConflict(row.StudyInstanceUID));
    if (merge || isHeld) studies.push({ row, now: merge?.now ?? row });
  }
  return { merges, studies, records: await movedRecords(world, merges) };
}

/**
 * An old identity without issuer is that of the only issuer that is known for its Patient ID. Where none is known it is that of
 * the objects without issuer, also when the same map is told again. A patient of another issuer who comes later under the
 * same ID is somebody else, and stays so.
 */
async function withIssuers(
  { catalogue, patients }: Needs,
  known: readonly Merge[],
  incoming: readonly Merge[],
): Promise<Merge[]> {
  const told = [...(await patients.all()), ...known.map(({ old }) => old)];
  const named: Merge[] = [];
  for (const { old, now } of incoming) {
    if (old.IssuerOfPatientID === '' && known.some((each) => patientKey(each.old) === patientKey(old))) {
      named.push({ old, now });
      continue;
    }
    const rows = await catalogue.studiesOfPatient(old.PatientID);
    const [only, ...more] = issuersOf(old.PatientID, [...rows, ...told]);
    if (old.IssuerOfPatientID === '' && more.length > 0) {
      throw new Fault('TABLE_INVALID', 'several issuers are known for an oldPatientID: fill in oldIssuer');
    }
    named.push({ old: { ...old, IssuerOfPatientID: old.IssuerOfPatientID || (only ?? '') }, now });
  }
  return named;
}

async function movedRecords({ patients }: Needs, merges: readonly Merge[]): Promise<Patient[]> {
  const all = await patients.all();
  const keys = new Set(all.map(patientKey));
  return all.flatMap((record) => {
    const merge = mergeOf(record, merges);
    if (!merge) return [];
    const moved = { ...record, ...merge.now };
    const there = all.find((each) => patientKey(each) === patientKey(moved));
    if (!keys.has(patientKey(moved))) return [moved];
    if (there && canonical(there) === canonical(moved)) return [];
    throw new Fault('TABLE_INVALID', 'both identities have a record in the patients table, and they differ');
  });
}

const canonical = (record: Patient): string => JSON.stringify(Object.entries(record).sort());

/**
 * Puts a plan into effect: one transaction, with the records of the patients table and the wish to look at every case of the
 * patients again. A report that was made under the old identity is made anew by that look.
 */
export async function applyMerges(world: Needs, plan: MergePlan, author: string): Promise<void> {
  const { catalogue, patients, clock } = world;
  const statements: Statement[] = plan.merges.map((merge) => keepingMerge(merge, clock()));
  for (const { row, now } of plan.studies) {
    statements.push(...(await movingOf(world, row, now, plan.merges, author)));
  }
  const records = plan.records.map((after) => ({ after }));
  statements.push(...patients.putting(records, author));
  // What got here under an old identity meanwhile is looked at, and follows (`followMerge`).
  const ids = plan.merges.flatMap(({ old, now }) => [old.PatientID, now.PatientID]);
  await changeIdentities({ catalogue, clock }, statements, ids);
}

/**
 * A study that stands under an old identity, because it was being received while the merge was told: it becomes the new one's,
 * whose cases are looked at again; where it cannot be read whether its objects agree about the patient, as one that is in doubt.
 * False when nothing was merged.
 */
export async function followMerge(world: StudyNeeds & Pick<World, 'log'>, row: StudyRow): Promise<boolean> {
  const { catalogue } = world;
  const merge = await mergeOver(catalogue.sql, row);
  // A merge that leaves the issuer out holds for what it makes of an identity, too.
  if (!merge || patientKey(merge.now) === patientKey(row)) return false;
  const { now } = merge;
  const moving = await movingOf(world, row, now, await knownMerges(catalogue.sql), '').catch(
    (thrown: unknown) => {
      if (saysNothing(thrown)) throw thrown;
      const { StudyInstanceUID } = row;
      world.log.warn('identity.unread', { StudyInstanceUID, code: asFault(thrown).code });
      return [movingStudy(row, now, true), merged(world, row, now, 0, '')];
    },
  );
  // Not done when something of it arrived since: then it is looked at again when that is over.
  await catalogue.sql.batch([...moving, ...lookingAgain(now.PatientID, catalogue.clock())]);
  return true;
}

async function movingOf(
  world: StudyNeeds,
  row: StudyRow,
  now: PatientKey,
  merges: readonly Merge[],
  author: string,
): Promise<Statement[]> {
  const { catalogue, files } = world;
  const conflicts = await conflictsOf(catalogue.sql, row.StudyInstanceUID);
  const explained: typeof conflicts = [];
  for (const conflict of conflicts) {
    const [before, after] = [await files.read(conflict.knownFile), await files.read(conflict.file)];
    if (sameContentButPatient(before, after)) explained.push(conflict);
  }
  const isContradicted = row.identityConflict && (await stillContradicts(world, row, now, merges));
  return [
    movingStudy(row, now, isContradicted),
    ...explained.flatMap((each) => [droppingConflict(each), removing(each.file, catalogue.clock())]),
    merged(world, row, now, explained.length, author),
  ];
}

const merged = (
  { catalogue }: StudyNeeds,
  { StudyInstanceUID, PatientID, IssuerOfPatientID }: StudyRow,
  now: PatientKey,
  conflictsExplained: number,
  author: string,
): Statement =>
  catalogue.event(StudyInstanceUID, 'patient.merged', {
    before: { PatientID, IssuerOfPatientID },
    after: { PatientID: now.PatientID, IssuerOfPatientID: now.IssuerOfPatientID },
    conflictsExplained,
    ...(author && { author }),
  });

/** Whether the objects of a study still disagree about the patient when every old identity is read as the new one. */
async function stillContradicts(
  world: StudyNeeds,
  { StudyInstanceUID }: StudyRow,
  now: PatientKey,
  merges: readonly Merge[],
): Promise<boolean> {
  const corrections = await identityCorrections(world.catalogue.sql, StudyInstanceUID);
  return disagrees(await givenValues(world, StudyInstanceUID, { merges, corrections }), now);
}
