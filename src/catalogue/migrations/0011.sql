-- Models: what the shadow model says beside the active one, and the local deltas that a normalisation may be learnt from.

-- One row a report and shadow model. "result": what the shadow says; "active": what the report says, both JSON. Never sent.
CREATE TABLE "shadowResult" (
  "SOPInstanceUID" TEXT NOT NULL,
  "StudyInstanceUID" TEXT NOT NULL,
  "model" TEXT NOT NULL,
  "version" TEXT NOT NULL,
  "sha256" TEXT NOT NULL,
  "result" TEXT NOT NULL,
  "activeSha256" TEXT NOT NULL,
  "active" TEXT NOT NULL,
  "scoredAt" BIGINT NOT NULL,
  PRIMARY KEY ("SOPInstanceUID", "sha256")
);
CREATE INDEX "shadowResult_models" ON "shadowResult" ("sha256", "activeSha256");

-- What is needed of each report of a case that was not held to count its delta, so that no report has to be read again. "delta" is
-- in feature units, follow-up minus baseline; NULL where there was none. Header values are of the follow-up.
CREATE TABLE "localDelta" (
  "SOPInstanceUID" TEXT PRIMARY KEY,
  "StudyInstanceUID" TEXT NOT NULL,
  "PatientID" TEXT NOT NULL,
  "IssuerOfPatientID" TEXT NOT NULL,
  "StudyDate" TEXT NOT NULL,
  "baselineStudyDate" TEXT NOT NULL,
  "feature" TEXT NOT NULL,
  "recipeDigest" TEXT NOT NULL,
  "delta" DOUBLE PRECISION,
  "outcome" TEXT NOT NULL,
  "Manufacturer" TEXT NOT NULL,
  "ManufacturerModelName" TEXT NOT NULL,
  "ConvolutionKernel" TEXT NOT NULL
);
