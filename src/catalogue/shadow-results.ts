/** What the shadow model said of cases that were reported, beside what the report says. */
import type { ScoreResult } from '../model/score-result.ts';
import type { Sql, Statement } from '../ports.ts';
import { date, json, type Raw, text } from './values.ts';

/** `shadow` and `active` are of the same target lesion. */
export type ShadowResult = Readonly<{
  SOPInstanceUID: string;
  StudyInstanceUID: string;
  shadow: ScoreResult;
  active: ScoreResult;
  scoredAt: Date;
}>;

/** To be committed together with the report. The first word of a model on a report stays. */
export const addingShadowResult = (row: ShadowResult): Statement => ({
  text: `INSERT INTO "shadowResult" ("SOPInstanceUID", "StudyInstanceUID", "model", "version", "sha256", "result", "activeSha256",
      "active", "scoredAt") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
  values: [
    row.SOPInstanceUID,
    row.StudyInstanceUID,
    row.shadow.model.id,
    row.shadow.model.version,
    row.shadow.model.sha256,
    JSON.stringify(row.shadow),
    row.active.model.sha256,
    JSON.stringify(row.active),
    row.scoredAt.getTime(),
  ],
});

/** Cases that both of these model files scored, by the newest report of each that was not withdrawn; the newest first. */
export async function shadowResults(
  sql: Sql,
  models: Readonly<{ shadow: string; active: string }>,
): Promise<ShadowResult[]> {
  const rows = await sql.query<Raw>(
    `SELECT "shadowResult".* FROM "shadowResult"
     JOIN "report" ON "report"."SOPInstanceUID" = "shadowResult"."SOPInstanceUID"
     WHERE "shadowResult"."sha256" = $1 AND "shadowResult"."activeSha256" = $2
       AND NOT EXISTS (SELECT 1 FROM "withdrawal" WHERE "withdrawal"."SOPInstanceUID" = "report"."SOPInstanceUID")
       AND NOT EXISTS (SELECT 1 FROM "report" AS "newer" WHERE "newer"."kind" = 'sr'
         AND "newer"."StudyInstanceUID" = "report"."StudyInstanceUID" AND "newer"."createdAt" > "report"."createdAt")
     ORDER BY "shadowResult"."scoredAt" DESC, "shadowResult"."SOPInstanceUID"`,
    [models.shadow, models.active],
  );
  return rows.map((row) => ({
    SOPInstanceUID: text(row['SOPInstanceUID']),
    StudyInstanceUID: text(row['StudyInstanceUID']),
    shadow: json<ScoreResult>(row['result']),
    active: json<ScoreResult>(row['active']),
    scoredAt: date(row['scoredAt']),
  }));
}
