-- What reports of ours say that came back from a PACS: the trend rests on them where the report itself is not here any more.
-- Values of the header as they came; "point" is null where the report only told why its case was held.
CREATE TABLE "foundReport" (
  "SOPInstanceUID" TEXT PRIMARY KEY,
  "SeriesInstanceUID" TEXT NOT NULL,
  "StudyInstanceUID" TEXT NOT NULL,
  "PatientID" TEXT NOT NULL,
  "IssuerOfPatientID" TEXT NOT NULL,
  "PatientBirthDate" TEXT NOT NULL,
  "PatientSex" TEXT NOT NULL,
  "StudyDate" TEXT NOT NULL,
  "StudyTime" TEXT NOT NULL,
  "ContentDate" TEXT NOT NULL,
  "ContentTime" TEXT NOT NULL,
  "predecessors" TEXT NOT NULL,
  "point" TEXT,
  "receivedAt" BIGINT NOT NULL
);
CREATE INDEX "foundReport_patient" ON "foundReport" ("PatientID");
CREATE INDEX "foundReport_series" ON "foundReport" ("StudyInstanceUID", "SeriesInstanceUID");

-- Reports that a rejection note takes back, whoever wrote it.
CREATE TABLE "foundRejection" (
  "SOPInstanceUID" TEXT NOT NULL,
  "note" TEXT NOT NULL,
  "StudyInstanceUID" TEXT NOT NULL,
  "PatientID" TEXT NOT NULL,
  "IssuerOfPatientID" TEXT NOT NULL,
  "PatientBirthDate" TEXT NOT NULL,
  "PatientSex" TEXT NOT NULL,
  "receivedAt" BIGINT NOT NULL,
  PRIMARY KEY ("SOPInstanceUID", "note")
);
CREATE INDEX "foundRejection_patient" ON "foundRejection" ("PatientID");
