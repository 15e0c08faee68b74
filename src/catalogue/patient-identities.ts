/** Under which identities a patient is known here: Patient ID and issuer, merged ones too. */
import { Fault } from '../fault.ts';
import type { PatientKey } from '../patients/merge-csv.ts';
import { patientKey } from '../patients/patient.ts';
import type { Sql, SqlValue } from '../ports.ts';
import { json, type Raw, text } from './values.ts';

/** A line of a story, or a report, that names identities. `StudyInstanceUID` is empty in the story of the patients table. */
type Telling = Readonly<{
  StudyInstanceUID: string;
  identities: readonly PatientKey[];
  /** of a line */
  at: SqlValue;
  sequence: SqlValue;
}>;

/** In no order; what tells of them is kept by Patient ID, for it is found by reading all stories and reports. */
export type PatientIdentities = Readonly<{ identities: readonly PatientKey[]; tellings: readonly Telling[] }>;

/**
 * `issuer` undefined: whatever issuer, of which only one may be known. What has no issuer belongs to the only one that is known.
 * Fault: USAGE when several are.
 */
export async function identitiesOf(sql: Sql, PatientID: string, issuer?: string): Promise<PatientIdentities> {
  const tellings = new Map<string, readonly Telling[]>();
  const ofPatientID = async (id: string): Promise<readonly PatientKey[]> => {
    const told = tellings.get(id) ?? (await tellingsOf(sql, id));
    tellings.set(id, told);
    const named = [...(await namedIn(sql, id)), ...told.flatMap(({ identities }) => identities)];
    return [...distinct(named.filter((each) => each.PatientID === id)).values()];
  };
  const asked = await ofPatientID(PatientID);
  if (issuer === undefined && issuersIn(asked).length > 1)
    throw new Fault('USAGE', 'several issuers of this Patient ID are known: give --issuer');
  const found = distinct(sharing(asked, issuer));
  // A map goes on growing while it is walked.
  for (const identity of found.values()) {
    for (const merged of await mergedWith(sql, identity)) {
      found.set(patientKey(merged), merged);
      for (const each of sharing(await ofPatientID(merged.PatientID), merged.IssuerOfPatientID))
        found.set(patientKey(each), each);
    }
  }
  const isOfThem = ({ identities }: Telling): boolean =>
    identities.some((each) => found.has(patientKey(each)));
  return { identities: [...found.values()], tellings: [...tellings.values()].flat().filter(isOfThem) };
}

const distinct = (identities: readonly PatientKey[]): Map<string, PatientKey> =>
  new Map(identities.map((each) => [patientKey(each), each]));

const issuersIn = (identities: readonly PatientKey[]): string[] => [
  ...new Set(identities.map(({ IssuerOfPatientID }) => IssuerOfPatientID).filter((issuer) => issuer !== '')),
];

/** Those of one Patient ID that are of one patient. */
function sharing(named: readonly PatientKey[], issuer: string | undefined): readonly PatientKey[] {
  const [only, ...others] = issuersIn(named);
  const isOnly = others.length === 0 && (!issuer || only === undefined || issuer === only);
  return isOnly ? named : named.filter(({ IssuerOfPatientID }) => IssuerOfPatientID === issuer);
}

const keyIn = (row: Raw): PatientKey => ({
  PatientID: text(row['PatientID']),
  IssuerOfPatientID: text(row['IssuerOfPatientID']),
});

const NAMING = ['study', 'patient', 'localDelta', 'foundReport', 'foundRejection', 'patientMerge'];
const NEW_OF_MERGES = `SELECT "newPatientID" AS "PatientID", "newIssuerOfPatientID" AS "IssuerOfPatientID"
  FROM "patientMerge"`;

async function namedIn(sql: Sql, PatientID: string): Promise<PatientKey[]> {
  const all = NAMING.map((table) => `SELECT "PatientID", "IssuerOfPatientID" FROM "${table}"`);
  const rows = await sql.query<Raw>(
    `SELECT * FROM (${[...all, NEW_OF_MERGES].join(' UNION ')}) AS "named" WHERE "PatientID" = $1`,
    [PatientID],
  );
  return rows.map(keyIn);
}

async function mergedWith(sql: Sql, { PatientID, IssuerOfPatientID }: PatientKey): Promise<PatientKey[]> {
  const rows = await sql.query<Raw>(
    `${NEW_OF_MERGES} WHERE "PatientID" = $1 AND "IssuerOfPatientID" = $2
     UNION SELECT "PatientID", "IssuerOfPatientID" FROM "patientMerge"
       WHERE "newPatientID" = $1 AND "newIssuerOfPatientID" = $2`,
    [PatientID, IssuerOfPatientID],
  );
  return rows.map(keyIn);
}

/** Where lines of stories and results of reports name a patient. */
type Told = Readonly<Partial<Record<'before' | 'after' | 'patient', unknown>>>;

async function tellingsOf(sql: Sql, PatientID: string): Promise<Telling[]> {
  const part = `"PatientID":${JSON.stringify(PatientID)}`.replace(/[%_!]/g, (character) => `!${character}`);
  const rows = await sql.query<Raw>(
    `SELECT "StudyInstanceUID", "detail" AS "told", "at", "sequence" FROM "event" WHERE "detail" LIKE $1 ESCAPE '!'
     UNION ALL SELECT "StudyInstanceUID", "result", NULL, NULL FROM "report"
       WHERE "kind" = 'sr' AND "result" LIKE $1 ESCAPE '!'`,
    [`%${part}%`],
  );
  return rows.map((row) => {
    const { before, after, patient } = json<Told>(row['told']);
    const identities = [before, after, patient].flatMap((each) => (each == null ? [] : [keyIn(each as Raw)]));
    const { at = null, sequence = null } = row;
    return { StudyInstanceUID: text(row['StudyInstanceUID']), identities, at, sequence };
  });
}
