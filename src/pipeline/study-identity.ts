/** Whether the objects of a study agree about the patient, from the objects themselves. */
import {
  CORRECTABLE,
  type IdentityCorrection,
  identifying,
  identityCorrections,
} from '../catalogue/identity-corrections.ts';
import { lookingAgain } from '../catalogue/look-again.ts';
import { conflictsOf, knownMerges } from '../catalogue/merges.ts';
import { IDENTITY } from '../catalogue/open-study.ts';
import type { StudyRow } from '../catalogue/rows.ts';
import { asFault, Fault } from '../fault.ts';
import { type Merge, mergeOf, type PatientKey } from '../patients/merge-csv.ts';
import type { InstanceFiles, Statement } from '../ports.ts';
import type { World } from './world.ts';

type Keyword = (typeof IDENTITY)[number];
/** The different values that are given; an object that leaves one empty contradicts no other. */
export type GivenValues = Readonly<Record<Keyword, ReadonlySet<string>>>;
type Needs = Pick<World, 'catalogue'> & Readonly<{ files: Pick<InstanceFiles, 'header'> }>;
type Known = Readonly<{ merges: readonly Merge[]; corrections: readonly IdentityCorrection[] }>;

/**
 * What the objects of a study say about the patient when every old value is read as the new one; also those that are kept apart,
 * because somebody sent them as objects of this study.
 */
export async function givenValues(
  { catalogue, files }: Needs,
  StudyInstanceUID: string,
  { merges, corrections }: Known,
): Promise<GivenValues> {
  const conflicts = await conflictsOf(catalogue.sql, StudyInstanceUID);
  const places = conflicts.map(({ file }) => file);
  for (const { SeriesInstanceUID } of await catalogue.seriesOf(StudyInstanceUID)) {
    const instances = await catalogue.instancesOfSeries(StudyInstanceUID, SeriesInstanceUID);
    places.push(...instances.map(({ file }) => file));
  }
  const given: Record<Keyword, Set<string>> = {
    PatientID: new Set(),
    IssuerOfPatientID: new Set(),
    PatientBirthDate: new Set(),
    PatientSex: new Set(),
  };
  for (const place of places) {
    const header = await files.header(place);
    const current = { ...header, ...mergeOf(header, merges)?.now };
    for (const keyword of IDENTITY) {
      const value = current[keyword] ?? '';
      const correction = corrections.find((each) => each.keyword === keyword && each.was === value);
      if (value !== '') given[keyword].add(correction?.now ?? value);
    }
  }
  return given;
}

const only = (values: ReadonlySet<string>): string => [...values][0] ?? '';

/** Whether they contradict each other, or all of them the identity that the study is known under. */
export const disagrees = (given: GivenValues, { PatientID, IssuerOfPatientID }: PatientKey): boolean => {
  const [id, issuer] = [only(given.PatientID), only(given.IssuerOfPatientID)];
  return (
    IDENTITY.some((keyword) => given[keyword].size > 1) ||
    (id !== '' && id !== PatientID) ||
    (issuer !== '' && IssuerOfPatientID !== '' && issuer !== IssuerOfPatientID)
  );
};

/**
 * A study that disagreed about the patient while the PACS sent it again, corrected: when all of its objects are of the
 * patient that it is known under, and agree about birth date and sex, these count and nothing holds it any more. Another
 * Patient ID or issuer is never taken over: that a person must say (patients merge).
 */
export async function settleIdentity(world: Needs & Pick<World, 'log'>, row: StudyRow): Promise<void> {
  if (!row.identityConflict) return;
  const { catalogue, log } = world;
  const { StudyInstanceUID } = row;
  try {
    const merges = await knownMerges(catalogue.sql);
    const corrections = await identityCorrections(catalogue.sql, StudyInstanceUID);
    const given = await givenValues(world, StudyInstanceUID, { merges, corrections });
    if (disagrees(given, row)) return;
    const [PatientBirthDate, PatientSex] = CORRECTABLE.map((keyword) => only(given[keyword])) as [
      string,
      string,
    ];
    const isDone = await catalogue.sql.batch([
      identifying(row, { PatientBirthDate, PatientSex, identityConflict: false }),
      catalogue.event(StudyInstanceUID, 'identity.agreed', {}),
    ]);
    if (isDone) log.info('identity.agreed', { StudyInstanceUID });
  } catch (thrown) {
    // It stays held, which is what it was.
    log.warn('identity.unread', { StudyInstanceUID, code: asFault(thrown).code });
  }
}

/**
 * Writes all of it, with the wish to look at every case of these patients again, or nothing. Faults: TABLE_INVALID when something of a
 * study has arrived since it was read, which may say something else of the person.
 */
export async function changeIdentities(
  { catalogue, clock }: Pick<World, 'catalogue' | 'clock'>,
  statements: readonly Statement[],
  PatientIDs: readonly string[],
): Promise<void> {
  const looks = [...new Set(PatientIDs)].flatMap((id) => lookingAgain(id, clock()));
  if (!(await catalogue.sql.batch([...statements, ...looks])))
    throw new Fault('TABLE_INVALID', 'objects of a study arrived meanwhile: give the table again');
}
