import type { Sql, Statement } from '../ports.ts';
import type { Language } from '../sr/language.ts';
import type { DeliveryRow, ReportObject } from './rows.ts';
import { type Raw, text } from './values.ts';

const toObject = (row: Raw): ReportObject => ({
  SOPInstanceUID: text(row['SOPInstanceUID']),
  SOPClassUID: text(row['SOPClassUID']),
  SeriesInstanceUID: text(row['SeriesInstanceUID']),
  StudyInstanceUID: text(row['StudyInstanceUID']),
  file: text(row['file']),
  language: text(row['language']) as Language,
});

/** Reports in another SOP class or language, and which of them a destination took. */
export class Renditions {
  readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  async of(report: string): Promise<ReportObject[]> {
    const rows = await this.sql.query<Raw>(
      'SELECT * FROM "rendition" WHERE "report" = $1 ORDER BY "SOPClassUID", "language"',
      [report],
    );
    return rows.map(toObject);
  }

  adding(report: string, made: ReportObject): Statement {
    return {
      text: `INSERT INTO "rendition"
        ("SOPInstanceUID", "report", "SOPClassUID", "SeriesInstanceUID", "StudyInstanceUID", "file", "language")
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
      values: [
        made.SOPInstanceUID,
        report,
        made.SOPClassUID,
        made.SeriesInstanceUID,
        made.StudyInstanceUID,
        made.file,
        made.language,
      ],
    };
  }

  /** The rendition that a destination took; undefined: the report itself. */
  async sentAs({
    SOPInstanceUID,
    destination,
  }: Pick<DeliveryRow, 'SOPInstanceUID' | 'destination'>): Promise<ReportObject | undefined> {
    const rows = await this.sql.query<Raw>(
      `SELECT "rendition".* FROM "sentAs" JOIN "rendition" ON "rendition"."SOPInstanceUID" = "sentAs"."rendition"
       WHERE "sentAs"."SOPInstanceUID" = $1 AND "sentAs"."destination" = $2`,
      [SOPInstanceUID, destination],
    );
    return rows[0] && toObject(rows[0]);
  }

  /** Every rendition of a report that some destination took, or may have. */
  async sentOf(report: string): Promise<ReportObject[]> {
    const rows = await this.sql.query<Raw>(
      `SELECT "rendition".* FROM "rendition" WHERE "report" = $1
       AND ("SOPInstanceUID" IN (SELECT "rendition" FROM "sentAs" WHERE "SOPInstanceUID" = $1)
         OR "SOPInstanceUID" IN (SELECT "rendition" FROM "begunForm" WHERE "SOPInstanceUID" = $1)) ORDER BY "SOPInstanceUID"`,
      [report],
    );
    return rows.map(toObject);
  }

  sending(row: DeliveryRow, { SOPInstanceUID }: ReportObject): Statement {
    const values = [row.SOPInstanceUID, row.destination, SOPInstanceUID];
    if (SOPInstanceUID === row.SOPInstanceUID) {
      return {
        text: 'DELETE FROM "sentAs" WHERE "SOPInstanceUID" = $1 AND "destination" = $2',
        values: values.slice(0, 2),
      };
    }
    return {
      text: `INSERT INTO "sentAs" VALUES ($1, $2, $3)
        ON CONFLICT ("SOPInstanceUID", "destination") DO UPDATE SET "rendition" = $3`,
      values,
    };
  }
}
