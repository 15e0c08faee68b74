-- What Earshot holds and what became of it. DICOM values under their keyword, ours in camelCase; times are
-- milliseconds since 1970 (UTC); JSON is text. Names are quoted: PostgreSQL folds bare names to lower case.

-- One row a study, which is also its case: state, reasons and the decision taken.
CREATE TABLE "study" (
  "StudyInstanceUID" TEXT PRIMARY KEY,
  "PatientID" TEXT NOT NULL,
  "IssuerOfPatientID" TEXT NOT NULL,
  "PatientBirthDate" TEXT NOT NULL,
  "PatientSex" TEXT NOT NULL,
  "StudyDate" TEXT NOT NULL,
  "StudyTime" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "reasons" TEXT NOT NULL,
  "decision" TEXT,
  "identityConflict" BIGINT NOT NULL,
  "firstReceivedAt" BIGINT NOT NULL,
  "lastReceivedAt" BIGINT NOT NULL,
  "stateChangedAt" BIGINT NOT NULL,
  "attempts" BIGINT NOT NULL
);
CREATE INDEX "study_patient" ON "study" ("PatientID");
CREATE INDEX "study_state" ON "study" ("state");

-- A SeriesInstanceUID that two studies use (illegal, seen) stays two series: their slices must never mix.
CREATE TABLE "series" (
  "SeriesInstanceUID" TEXT NOT NULL,
  "StudyInstanceUID" TEXT NOT NULL,
  "role" TEXT NOT NULL,
  "header" TEXT NOT NULL,
  PRIMARY KEY ("SeriesInstanceUID", "StudyInstanceUID")
);
CREATE INDEX "series_study" ON "series" ("StudyInstanceUID");

CREATE TABLE "instance" (
  "SOPInstanceUID" TEXT PRIMARY KEY,
  "SOPClassUID" TEXT NOT NULL,
  "SeriesInstanceUID" TEXT NOT NULL,
  "StudyInstanceUID" TEXT NOT NULL,
  "TransferSyntaxUID" TEXT NOT NULL,
  "role" TEXT NOT NULL,
  "file" TEXT NOT NULL,
  "digest" TEXT NOT NULL,
  "bytes" BIGINT NOT NULL,
  "receivedAt" BIGINT NOT NULL,
  "receivedFrom" TEXT NOT NULL
);
CREATE INDEX "instance_series" ON "instance" ("SeriesInstanceUID", "StudyInstanceUID");
CREATE INDEX "instance_study_role" ON "instance" ("StudyInstanceUID", "role");

-- Other bytes under a known SOP Instance UID: kept apart, never used, shown to a person.
CREATE TABLE "conflict" (
  "SOPInstanceUID" TEXT NOT NULL,
  "digest" TEXT NOT NULL,
  "StudyInstanceUID" TEXT NOT NULL,
  "file" TEXT NOT NULL,
  "receivedAt" BIGINT NOT NULL,
  "receivedFrom" TEXT NOT NULL,
  PRIMARY KEY ("SOPInstanceUID", "digest")
);

-- What a mask object says about itself, or the fault that reading it met.
CREATE TABLE "mask" (
  "SOPInstanceUID" TEXT PRIMARY KEY,
  "StudyInstanceUID" TEXT NOT NULL,
  "description" TEXT,
  "fault" TEXT,
  "attempts" BIGINT NOT NULL
);
CREATE INDEX "mask_study" ON "mask" ("StudyInstanceUID");

-- Numbers of one lesion at one time point, by the digest of everything they depend on.
CREATE TABLE "measurement" (
  "key" TEXT PRIMARY KEY,
  "result" TEXT NOT NULL,
  "measuredAt" BIGINT NOT NULL
);

CREATE TABLE "report" (
  "SOPInstanceUID" TEXT PRIMARY KEY,
  "SOPClassUID" TEXT NOT NULL,
  "SeriesInstanceUID" TEXT NOT NULL,
  "StudyInstanceUID" TEXT NOT NULL,
  "file" TEXT NOT NULL,
  "digest" TEXT NOT NULL,
  "inputs" TEXT NOT NULL,
  "result" TEXT NOT NULL,
  "ContentDate" TEXT NOT NULL,
  "createdAt" BIGINT NOT NULL
);
CREATE INDEX "report_study" ON "report" ("StudyInstanceUID");

CREATE TABLE "delivery" (
  "SOPInstanceUID" TEXT NOT NULL,
  "destination" TEXT NOT NULL,
  "StudyInstanceUID" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "attempts" BIGINT NOT NULL,
  "refusals" BIGINT NOT NULL,
  "nextAttemptAt" BIGINT NOT NULL,
  "status" BIGINT,
  "comment" TEXT,
  "fault" TEXT,
  "warning" BIGINT NOT NULL,
  "updatedAt" BIGINT NOT NULL,
  PRIMARY KEY ("SOPInstanceUID", "destination")
);
CREATE INDEX "delivery_due" ON "delivery" ("state", "nextAttemptAt");
CREATE INDEX "delivery_study" ON "delivery" ("StudyInstanceUID");

-- The story of every study, append-only, in the order of "at" and "sequence".
CREATE TABLE "event" (
  "at" BIGINT NOT NULL,
  "sequence" TEXT NOT NULL,
  "StudyInstanceUID" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "detail" TEXT NOT NULL,
  PRIMARY KEY ("at", "sequence")
);
CREATE INDEX "event_study" ON "event" ("StudyInstanceUID");

CREATE TABLE "patient" (
  "PatientID" TEXT NOT NULL,
  "IssuerOfPatientID" TEXT NOT NULL,
  "record" TEXT NOT NULL,
  "updatedAt" BIGINT NOT NULL,
  PRIMARY KEY ("PatientID", "IssuerOfPatientID")
);

CREATE TABLE "setting" (
  "name" TEXT PRIMARY KEY,
  "value" TEXT NOT NULL
);
