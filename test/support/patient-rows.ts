/** A catalogue with rows of a patient in every table that can hold any, whatever tables there are. */
import type { Sql, SqlValue, Statement } from '../../src/ports.ts';
import { isOnPostgres, tableNames } from './databases.ts';

/** Tables that hold nothing of a patient, and what they hold. Whoever adds a table says which it is. */
export const OF_NO_PATIENT: Readonly<Record<string, string>> = {
  alertChannel: 'channels of messages',
  apiToken: 'accounts',
  audit: 'who did what: stays for audit.keepDays',
  auditBegun: 'what the audit trail does not tell yet',
  configurationChange: 'sections of the configuration',
  configurationSection: 'sections of the configuration',
  firstLink: 'accounts',
  healthSample: 'counts',
  lease: 'of this moment',
  loginTry: 'accounts',
  migration: 'the schema',
  move: 'a move to PostgreSQL',
  moveTable: 'a move to PostgreSQL',
  nodeCheck: 'nodes',
  nodeRequest: 'nodes',
  removal: 'files that are to be removed; empty when they are',
  session: 'accounts',
  setting: 'the installation',
  user: 'accounts',
};

export type RowsOfPatient = Readonly<{
  PatientID: string;
  IssuerOfPatientID: string;
  PatientName: string;
  study: string;
  instance: string;
  report: string;
  /** what nobody else's rows hold */
  marks: readonly string[];
}>;

/** `root`: of the patient's UIDs. */
export const patientOfRows = (root: string, PatientID: string, PatientName: string): RowsOfPatient => ({
  PatientID,
  IssuerOfPatientID: 'HOSPITAL',
  PatientName,
  study: `${root}.1`,
  instance: `${root}.3`,
  report: `${root}.4`,
  marks: [root, PatientID, PatientName],
});

type Columns = Readonly<Record<string, string | null>>;

/** What ties the rows together; every other text names the patient, wherever it stands. */
function known(of: RowsOfPatient): Readonly<Record<string, Columns>> {
  const { PatientID, IssuerOfPatientID, PatientName, study, instance, report } = of;
  const identity = { PatientID, IssuerOfPatientID };
  const header = JSON.stringify({ ...identity, PatientName, StudyInstanceUID: study });
  return {
    '': {
      ...identity,
      StudyInstanceUID: study,
      SeriesInstanceUID: `${study}.2`,
      SOPInstanceUID: report,
      state: 'delivered',
      reasons: '[]',
    },
    instance: { SOPInstanceUID: instance, file: `instances/${study}/${study}.2/${instance}.dcm` },
    mask: { SOPInstanceUID: instance },
    conflict: { SOPInstanceUID: instance, file: `later/${PatientID}-conflict.dcm` },
    superseded: { SOPInstanceUID: instance, file: `later/${PatientID}-superseded.dcm` },
    series: { header },
    measurement: { key: `measured ${PatientID}`, result: JSON.stringify({ header: JSON.parse(header) }) },
    report: {
      kind: 'sr',
      result: JSON.stringify({ patient: identity }),
      companionOf: null,
      file: `reports/${study}/${report}.dcm`,
    },
    rendition: { SOPInstanceUID: `${report}.1`, report, file: `reports/${study}/${report}.1.dcm` },
    event: { detail: JSON.stringify({ from: PatientName }) },
    alert: { id: `caseHeld ${study}`, subject: study },
    alertNotice: { alert: `caseHeld ${study}` },
    awaitedFile: { file: `instances/${study}/${study}.2/${instance}.dcm` },
    job: { kind: 'deliver', key: `${report} pacs`, state: 'waiting' },
    jobDeath: { kind: 'deliver', key: `${report} pacs` },
    prior: { followUp: study },
    patientMerge: {
      PatientID: `old ${PatientID}`,
      newPatientID: PatientID,
      newIssuerOfPatientID: IssuerOfPatientID,
    },
  };
}

const COLUMNS = isOnPostgres
  ? `SELECT column_name AS "name", data_type AS "type" FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = $1`
  : 'SELECT "name", "type" FROM pragma_table_info($1)';

/** Tables of patients: all but those that are said to be of none. */
export const patientTables = async (sql: Sql): Promise<string[]> =>
  (await tableNames(sql)).filter((name) => !Object.hasOwn(OF_NO_PATIENT, name));

/** One row in every table of patients. */
export async function fillForPatient(sql: Sql, of: RowsOfPatient): Promise<void> {
  const rows: Statement[] = [];
  for (const table of await patientTables(sql)) rows.push((await rowsInto(sql, table, of))());
  await sql.batch(rows);
}

/** Makes rows of a table; `over`: values of some columns. */
export async function rowsInto(sql: Sql, table: string, of: RowsOfPatient) {
  const columns = await sql.query<{ name: string; type: string }>(COLUMNS, [table]);
  const ties = known(of);
  return (over: Readonly<Record<string, SqlValue>> = {}): Statement => {
    const valueIn = ({ name, type }: { name: string; type: string }): SqlValue => {
      const tied = [over, ties[table], ties['']].find((some) => some && Object.hasOwn(some, name));
      if (tied) return tied[name] ?? null;
      return type.toUpperCase() === 'TEXT'
        ? `"${name} of ${of.PatientName} ${of.PatientID}"`
        : 1_700_000_000_000;
    };
    return {
      text: `INSERT INTO "${table}" (${columns.map(({ name }) => `"${name}"`).join(', ')})
        VALUES (${columns.map((_, at) => `$${at + 1}`).join(', ')})`,
      values: columns.map(valueIn),
    };
  };
}

/** Every row of every table as text, but for tables of no patient. */
export async function allRows(sql: Sql): Promise<string[]> {
  const rows: string[] = [];
  for (const table of await tableNames(sql))
    if (!['audit', 'auditBegun'].includes(table))
      for (const row of await sql.query<object>(`SELECT * FROM "${table}"`))
        rows.push(`${table} ${JSON.stringify(row)}`);
  return rows.sort();
}
