-- What was measured of a held case whose newest report a person withdrew counts no more.
DELETE FROM "heldPoint" WHERE EXISTS (
  SELECT 1 FROM "withdrawal" JOIN "report" ON "report"."SOPInstanceUID" = "withdrawal"."SOPInstanceUID"
  WHERE "report"."StudyInstanceUID" = "heldPoint"."StudyInstanceUID" AND "report"."kind" = 'sr'
  AND NOT EXISTS (
    SELECT 1 FROM "report" AS "later" WHERE "later"."StudyInstanceUID" = "report"."StudyInstanceUID" AND "later"."kind" = 'sr'
    AND ("later"."createdAt" > "report"."createdAt"
      OR ("later"."createdAt" = "report"."createdAt" AND "later"."SOPInstanceUID" > "report"."SOPInstanceUID"))));
