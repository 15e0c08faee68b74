import type { PatientKey } from '../patients/merge-csv.ts';
import { type Patient, patientKey } from '../patients/patient.ts';
import type { Clock, Sql, Statement } from '../ports.ts';
import { json, type Raw } from './values.ts';

type PatientChange = Readonly<{ before?: Patient; after: Patient }>;

/** Of all records of a Patient ID, the one that `Patients.of` promises. */
export function recordOf(
  records: readonly Patient[],
  identity: Readonly<{ PatientID: string; IssuerOfPatientID: string }>,
  issuers: readonly string[],
): Patient | undefined {
  const wanted = patientKey(identity);
  const exact = records.find((record) => patientKey(record) === wanted);
  // Whose objection it is may be unclear; that somebody of this ID objected is not.
  const objection = records.find(({ optOut }) => optOut);
  if (objection && !exact) return objection;
  if (exact || records.length !== 1 || issuers.length > 1) return exact;
  const [only] = records;
  return !only?.IssuerOfPatientID || identity.IssuerOfPatientID === '' ? only : undefined;
}

/** The patients table: what people told us about therapy, baseline and consent. */
export class Patients {
  readonly sql: Sql;
  readonly clock: Clock;

  constructor(sql: Sql, clock: Clock) {
    this.sql = sql;
    this.clock = clock;
  }

  async all(): Promise<Patient[]> {
    const rows = await this.sql.query<Raw>(
      'SELECT "record" FROM "patient" ORDER BY "PatientID", "IssuerOfPatientID"',
    );
    return rows.map((row) => json<Patient>(row['record']));
  }

  /**
   * The record of a patient. An issuer that is absent, in the record or in the objects, is no hindrance as long as one issuer
   * at most is known for that ID.
   */
  async of(
    PatientID: string,
    IssuerOfPatientID: string,
    issuers: readonly string[],
  ): Promise<Patient | undefined> {
    const rows = await this.sql.query<Raw>('SELECT "record" FROM "patient" WHERE "PatientID" = $1', [
      PatientID,
    ]);
    const records = rows.map((row) => json<Patient>(row['record']));
    return recordOf(records, { PatientID, IssuerOfPatientID }, issuers);
  }

  /** The record of this very identity. */
  async exactly({ PatientID, IssuerOfPatientID }: PatientKey): Promise<Patient | undefined> {
    const rows = await this.sql.query<Raw>(
      'SELECT "record" FROM "patient" WHERE "PatientID" = $1 AND "IssuerOfPatientID" = $2',
      [PatientID, IssuerOfPatientID],
    );
    return rows[0] && json<Patient>(rows[0]['record']);
  }

  /** All or nothing. */
  async put(changes: readonly PatientChange[], author: string): Promise<void> {
    await this.sql.batch(this.putting(changes, author));
  }

  /** Undoes its batch when a record is not any more what a change is based on. */
  asSeen(changes: readonly PatientChange[]): Statement[] {
    return changes.map(({ before, after: { PatientID, IssuerOfPatientID = '' }, after }) => ({
      mustChange: true,
      text: before
        ? 'UPDATE "patient" SET "updatedAt" = "updatedAt" WHERE "PatientID" = $1 AND "IssuerOfPatientID" = $2 AND "record" = $3'
        : 'INSERT INTO "patient" VALUES ($1, $2, $3, 0) ON CONFLICT DO NOTHING',
      values: [PatientID, IssuerOfPatientID, JSON.stringify(before ?? after)],
    }));
  }

  /** For a batch in which more changes; each change is in the story of the table with what was before. */
  putting(changes: readonly PatientChange[], author: string, reason?: string): Statement[] {
    const now = this.clock().getTime();
    return changes.flatMap(({ before, after }, index): Statement[] => [
      {
        text: `INSERT INTO "patient" VALUES ($1, $2, $3, $4)
          ON CONFLICT ("PatientID", "IssuerOfPatientID") DO UPDATE SET "record" = $3, "updatedAt" = $4`,
        values: [after.PatientID, after.IssuerOfPatientID ?? '', JSON.stringify(after), now],
      },
      {
        text: 'INSERT INTO "event" VALUES ($1, $2, $3, $4, $5)',
        values: [
          now,
          `p${String(index).padStart(6, '0')}-${crypto.randomUUID().slice(0, 8)}`,
          '',
          before ? 'patient.changed' : 'patient.added',
          JSON.stringify({ before: before ?? null, after, author, ...(reason && { reason }) }),
        ],
      },
    ]);
  }
}
