-- What goes beside a report: the same SR in other languages, pictures, PDFs, segmentations. Each is an object with its own deliveries.

ALTER TABLE "rendition" ADD COLUMN "language" TEXT NOT NULL DEFAULT 'en';

-- A row of "report" is a report (sr), a rejection note (note), or a companion of the report that "companionOf" names.
ALTER TABLE "report" ADD COLUMN "kind" TEXT NOT NULL DEFAULT 'sr';
ALTER TABLE "report" ADD COLUMN "language" TEXT NOT NULL DEFAULT 'en';
ALTER TABLE "report" ADD COLUMN "companionOf" TEXT;
-- Of a report that tells why its case is held, and of its companions: those reasons, as they stand with the case.
ALTER TABLE "report" ADD COLUMN "heldBecause" TEXT;
-- Of a report that is on its way: what is still to be made beside it, and for whom (JSON). NULL: nothing.
ALTER TABLE "report" ADD COLUMN "due" TEXT;
UPDATE "report" SET "kind" = 'note' WHERE "SOPClassUID" = '1.2.840.10008.5.1.4.1.1.88.59';
CREATE INDEX "report_companion" ON "report" ("companionOf");
CREATE INDEX "report_due" ON "report" ("StudyInstanceUID") WHERE "due" IS NOT NULL;

-- What was measured of a follow-up that a rule held: no scored time point, but later reports look for the nadir there too.
CREATE TABLE "heldPoint" (
  "StudyInstanceUID" TEXT PRIMARY KEY,
  "point" TEXT NOT NULL
);
