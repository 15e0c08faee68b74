-- What goes out: whether the peer keeps what it took, which reports were withdrawn, which patients were merged.

-- One row a sending that the peer is asked to confirm. A late answer of an older sending counts as well.
CREATE TABLE "confirmation" (
  "TransactionUID" TEXT PRIMARY KEY,
  "SOPInstanceUID" TEXT NOT NULL,
  "destination" TEXT NOT NULL,
  "kind" TEXT,
  "sentAt" BIGINT NOT NULL,
  "limitAt" BIGINT NOT NULL,
  "askedAt" BIGINT,
  "confirmedAt" BIGINT,
  "fault" TEXT,
  "detail" TEXT
);
CREATE INDEX "confirmation_delivery" ON "confirmation" ("SOPInstanceUID", "destination");

-- A report that a person took back, and the rejection note that says so. The note itself is a row of "report".
CREATE TABLE "withdrawal" (
  "SOPInstanceUID" TEXT PRIMARY KEY,
  "note" TEXT NOT NULL,
  "StudyInstanceUID" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "text" TEXT NOT NULL,
  "author" TEXT NOT NULL,
  "withdrawnAt" BIGINT NOT NULL
);
CREATE INDEX "withdrawal_study" ON "withdrawal" ("StudyInstanceUID");

-- The old identity of a patient and the one that took its place.
CREATE TABLE "patientMerge" (
  "PatientID" TEXT NOT NULL,
  "IssuerOfPatientID" TEXT NOT NULL,
  "newPatientID" TEXT NOT NULL,
  "newIssuerOfPatientID" TEXT NOT NULL,
  "mergedAt" BIGINT NOT NULL,
  PRIMARY KEY ("PatientID", "IssuerOfPatientID")
);

-- The same report as an object of another SOP class, for destinations that want it so.
CREATE TABLE "rendition" (
  "SOPInstanceUID" TEXT PRIMARY KEY,
  "report" TEXT NOT NULL,
  "SOPClassUID" TEXT NOT NULL,
  "SeriesInstanceUID" TEXT NOT NULL,
  "StudyInstanceUID" TEXT NOT NULL,
  "file" TEXT NOT NULL
);
CREATE INDEX "rendition_report" ON "rendition" ("report");

-- Which object a destination took, where it was not the report itself.
CREATE TABLE "sentAs" (
  "SOPInstanceUID" TEXT NOT NULL,
  "destination" TEXT NOT NULL,
  "rendition" TEXT NOT NULL,
  PRIMARY KEY ("SOPInstanceUID", "destination")
);
