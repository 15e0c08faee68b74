import type { Statement } from '../ports.ts';
import { apply, STUDY_STATES } from '../study/lifecycle.ts';

/** States from which looking again makes a case complete; it is news where it was not. */
const open = STUDY_STATES.filter((state) => apply(state, 'lookAgain') === 'complete');
const OPEN = open.map((state) => `'${state}'`).join(', ');

/**
 * Has every case of a patient looked at again: its masks that failed are read again, archives are asked anew (what is known now
 * may make the rules prefer a study that only an archive has), and every case that can be is complete. Goes into the batch
 * that changed what is known, so that no crash lies between.
 */
export const lookingAgain = (PatientID: string, now: Date): Statement[] => [
  readingMasksAgain(PatientID),
  ...lookingAt({ column: 'PatientID', value: PatientID }, now),
];

/** The same for one case of the patient: its masks may lie in other studies and are read again, but no other case moves. */
export const lookingAgainAtCase = (
  { StudyInstanceUID, PatientID }: Readonly<{ StudyInstanceUID: string; PatientID: string }>,
  now: Date,
): Statement[] => [
  readingMasksAgain(PatientID),
  ...lookingAt({ column: 'StudyInstanceUID', value: StudyInstanceUID }, now),
];

const readingMasksAgain = (PatientID: string): Statement => ({
  text: `UPDATE "mask" SET "fault" = NULL, "attempts" = 0 WHERE "fault" IS NOT NULL
    AND "StudyInstanceUID" IN (SELECT "StudyInstanceUID" FROM "study" WHERE "PatientID" = $1)`,
  values: [PatientID],
});

type Cases = Readonly<{ column: 'PatientID' | 'StudyInstanceUID'; value: string }>;

function lookingAt({ column, value }: Cases, now: Date): Statement[] {
  const at = now.getTime();
  const isOne = `"${column}" = $1`;
  const isNews = `${isOne} AND "state" IN (${OPEN}) AND "state" <> 'complete'`;
  return [
    {
      text: `UPDATE "fetch" SET "nextAttemptAt" = $2, "firstAskedAt" = $2, "answeredAt" = NULL
        WHERE "StudyInstanceUID" IN (SELECT "StudyInstanceUID" FROM "study" WHERE ${isOne})`,
      values: [value, at],
    },
    {
      text: `INSERT INTO "event"
        SELECT $2, $3 || "StudyInstanceUID", "StudyInstanceUID", 'state.complete', '{"reasons":' || "reasons" || '}'
        FROM "study" WHERE ${isNews}`,
      values: [value, at, `look-${crypto.randomUUID().slice(0, 8)}-`],
    },
    {
      text: `UPDATE "study" SET "state" = 'complete', "attempts" = 0, "stateChangedAt" = $2 WHERE ${isNews}`,
      values: [value, at],
    },
  ];
}

/** Nothing that has a report is among them: a change of rules scores nothing again. */
const WAITING_STATES = `"state" IN ('waitingForBaseline', 'waitingForMask', 'held', 'notEligible')
  AND NOT EXISTS (SELECT 1 FROM "report" WHERE "report"."StudyInstanceUID" = "study"."StudyInstanceUID"
    AND "report"."kind" = 'sr' AND "report"."heldBecause" IS NULL)`;

/**
 * Rules, or nodes that can be asked, changed: every case that waits, is held or was not eligible, and has no report, is looked at
 * again, and archives are asked anew for it. Goes into the batch of the change.
 */
export const lookingAgainAtWaiting = (now: Date): Statement[] => {
  const at = now.getTime();
  return [
    {
      text: `UPDATE "fetch" SET "nextAttemptAt" = $1, "firstAskedAt" = $1, "answeredAt" = NULL
        WHERE "StudyInstanceUID" IN (SELECT "StudyInstanceUID" FROM "study" WHERE ${WAITING_STATES})`,
      values: [at],
    },
    {
      text: `INSERT INTO "event"
        SELECT $1, $2 || "StudyInstanceUID", "StudyInstanceUID", 'state.complete', '{"reasons":' || "reasons" || '}'
        FROM "study" WHERE ${WAITING_STATES}`,
      values: [at, `look-${crypto.randomUUID().slice(0, 8)}-`],
    },
    {
      text: `UPDATE "study" SET "state" = 'complete', "attempts" = 0, "stateChangedAt" = $1 WHERE ${WAITING_STATES}`,
      values: [at],
    },
  ];
};
