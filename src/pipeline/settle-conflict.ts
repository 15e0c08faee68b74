/** Other bytes under a known SOP Instance UID: a person says which are right. */
import { lookingAgain } from '../catalogue/look-again.ts';
import { type ConflictRow, conflictsOf, droppingConflict } from '../catalogue/merges.ts';
import { IDENTITY } from '../catalogue/open-study.ts';
import { removing } from '../catalogue/retention.ts';
import type { InstanceRow } from '../catalogue/rows.ts';
import type { Header } from '../dicom/header.ts';
import { Fault } from '../fault.ts';
import type { InstanceFiles, Statement } from '../ports.ts';
import { factsOf, refuseUnlessPossible } from './case-actions.ts';
import { checkedWords, type OrderedBy, type OrderNeeds } from './orders.ts';

type Needs = OrderNeeds & Readonly<{ files: Pick<InstanceFiles, 'read' | 'header'> }>;

/** known: the bytes that were here first. `digest`: which of several others. */
export type Kept = 'known' | 'other' | Readonly<{ digest: string }>;

/**
 * `known` drops the other bytes: should they come again, they are a conflict again. `other` puts them in the place of the known
 * ones, as a correction by the sender does: the study is looked at as if it had just come, and whether its objects agree about the
 * patient is found out anew. Only an object of the same class, series and study can take the place. Faults: INPUT_NOT_FOUND,
 * INPUT_INVALID, ACTION_NOT_POSSIBLE.
 */
export async function settleConflict(
  world: Needs,
  uid: string,
  SOPInstanceUID: string,
  keep: Kept,
  by: OrderedBy,
): Promise<void> {
  const said = checkedWords(by);
  refuseUnlessPossible('conflict', await factsOf(world, uid));
  const { catalogue, queue } = world;
  // The same object may come once more just now.
  const isDone = await catalogue.exclusively(SOPInstanceUID, async () => {
    const all = await conflictsOf(catalogue.sql, uid);
    const conflicts = all.filter((each) => each.SOPInstanceUID === SOPInstanceUID);
    const known = await catalogue.instance(SOPInstanceUID);
    if (conflicts.length === 0 || !known)
      throw new Fault('ACTION_NOT_POSSIBLE', 'no other bytes arrived under this SOP Instance UID');
    const detail = { ...said, SOPInstanceUID, keep: keep === 'known' ? 'known' : 'other' };
    const told = catalogue.event(uid, 'order.conflict', detail);
    return keep === 'known'
      ? catalogue.sql.batch([told, ...(await droppingAll(world, uid, known, conflicts))])
      : putInPlace(world, known, chosenOf(conflicts, keep), conflicts, told);
  });
  if (!isDone) throw new Fault('ACTION_NOT_POSSIBLE', 'the object changed meanwhile');
  await queue.put({ kind: 'assess', key: uid });
}

function chosenOf(conflicts: readonly ConflictRow[], keep: Exclude<Kept, 'known'>): ConflictRow {
  const digest = keep === 'other' ? undefined : keep.digest;
  const named = conflicts.filter((each) => digest === undefined || each.digest === digest);
  const [chosen, second] = named;
  if (!chosen || second)
    throw new Fault(
      'ACTION_NOT_POSSIBLE',
      `${named.length} other objects have this UID: name one by its digest`,
    );
  return chosen;
}

/** Rows and files; the cases of every study that the bytes named are looked at again. */
async function droppingAll(
  { catalogue, clock }: Needs,
  uid: string,
  known: InstanceRow,
  conflicts: readonly ConflictRow[],
): Promise<Statement[]> {
  const studies = await Promise.all(
    [...new Set([uid, known.StudyInstanceUID, ...conflicts.map((each) => each.StudyInstanceUID)])].map(
      (each) => catalogue.study(each),
    ),
  );
  const patients = new Set(studies.flatMap((study) => study?.PatientID ?? []));
  return [
    ...conflicts.flatMap((each) => dropping(each, clock())),
    ...[...patients].flatMap((id) => lookingAgain(id, clock())),
  ];
}

const dropping = (conflict: ConflictRow, now: Date): Statement[] => [
  { ...droppingConflict(conflict), mustChange: true },
  removing(conflict.file, now),
];

async function putInPlace(
  { catalogue, files, clock }: Needs,
  known: InstanceRow,
  chosen: ConflictRow,
  conflicts: readonly ConflictRow[],
  told: Statement,
): Promise<boolean> {
  const [was, header] = [await files.header(known.file), await files.header(chosen.file)];
  const isInPlace = (['SOPClassUID', 'SeriesInstanceUID', 'StudyInstanceUID'] as const).every(
    (keyword) => header[keyword] === known[keyword],
  );
  if (!isInPlace) {
    const text =
      'the other object is of another class, series or study: it must be sent under a UID of its own';
    throw new Fault('ACTION_NOT_POSSIBLE', text);
  }
  const bytes = (await files.read(chosen.file)).length;
  const { digest, file, receivedFrom } = chosen;
  const others = conflicts.filter((each) => each !== chosen);
  return catalogue.correct(
    { received: { header, digest, bytes }, role: known.role, file, from: receivedFrom },
    known,
    changedBetween(was, header),
    [told, ...others.flatMap((each) => dropping(each, clock()))],
  );
}

/** Keywords in which the headers differ; also those that only one of them has. What says who the patient is comes first. */
const changedBetween = (was: Header, is: Header): readonly string[] => {
  const keywords = [...new Set([...IDENTITY, ...Object.keys(was), ...Object.keys(is)])] as (keyof Header)[];
  return keywords.filter((keyword) => JSON.stringify(was[keyword]) !== JSON.stringify(is[keyword]));
};
