/** Birth date or sex that is wrong in the objects of a study: a person says what they should have been. */
import {
  CORRECTABLE,
  type IdentityCorrection,
  identifying,
  identityCorrections,
  keepingCorrections,
} from '../catalogue/identity-corrections.ts';
import { knownMerges } from '../catalogue/merges.ts';
import type { StudyRow } from '../catalogue/rows.ts';
import { Fault } from '../fault.ts';
import type { StudyCorrection } from '../patients/correction-csv.ts';
import type { InstanceFiles, Statement } from '../ports.ts';
import { changeIdentities, disagrees, givenValues } from './study-identity.ts';
import type { World } from './world.ts';

type Needs = Pick<World, 'catalogue' | 'clock'> & Readonly<{ files: Pick<InstanceFiles, 'header'> }>;

export type PlannedCorrection = Readonly<{
  row: StudyRow;
  /** what the attributes should have been */
  now: Pick<StudyCorrection, (typeof CORRECTABLE)[number]>;
  corrections: readonly IdentityCorrection[];
  /** the objects of the study disagree about the patient even so */
  isContradicted: boolean;
}>;

/**
 * What a table of corrections would change. Every value that the objects of a study give now is read as the corrected one from
 * then on; an object that comes later with yet another value contradicts, as it did. Faults: TABLE_INVALID for a study that
 * is not here.
 */
export async function planCorrections(
  world: Needs,
  incoming: readonly StudyCorrection[],
): Promise<readonly PlannedCorrection[]> {
  const { catalogue } = world;
  const merges = await knownMerges(catalogue.sql);
  const planned: PlannedCorrection[] = [];
  for (const { row: line, StudyInstanceUID, ...now } of incoming) {
    const row = await catalogue.study(StudyInstanceUID);
    if (!row) throw new Fault('TABLE_INVALID', `row ${line}, column StudyInstanceUID: no such study is here`);
    const before = await identityCorrections(catalogue.sql, StudyInstanceUID);
    const given = await givenValues(world, StudyInstanceUID, { merges, corrections: [] });
    const corrections = CORRECTABLE.flatMap((keyword): IdentityCorrection[] => {
      const value = now[keyword];
      if (value === undefined) return before.filter((each) => each.keyword === keyword);
      const wrong = [...given[keyword]].filter((was) => was !== value);
      return wrong.map((was) => ({ keyword, was, now: value }));
    });
    const after = await givenValues(world, StudyInstanceUID, { merges, corrections });
    planned.push({ row, now, corrections, isContradicted: row.identityConflict && disagrees(after, row) });
  }
  return planned;
}

/** Puts a plan into effect: one transaction, in which the cases of the patients are to be looked at again. */
export async function applyCorrections(
  { catalogue, clock }: Needs,
  planned: readonly PlannedCorrection[],
  author: string,
): Promise<void> {
  const statements: Statement[] = [];
  for (const { row, now, corrections, isContradicted } of planned) {
    const { StudyInstanceUID, PatientBirthDate, PatientSex } = row;
    const changed = CORRECTABLE.filter((keyword) => now[keyword] !== undefined);
    const made = corrections.filter(({ keyword }) => changed.includes(keyword));
    statements.push(
      identifying(row, { PatientBirthDate, PatientSex, ...now, identityConflict: isContradicted }),
      ...keepingCorrections(StudyInstanceUID, changed, made, { author, at: clock() }),
      catalogue.event(StudyInstanceUID, 'patient.corrected', { changed, author }),
    );
  }
  const ids = planned.map(({ row }) => row.PatientID);
  await changeIdentities({ catalogue, clock }, statements, ids);
}
