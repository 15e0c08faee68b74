-- What is trusted: objects that come again, conflicts that were not compared, patient data that a person corrected.

-- When objects of a study last came again as they are here. For retention only: completeness counts what is new.
CREATE TABLE "seenAgain" (
  "StudyInstanceUID" TEXT PRIMARY KEY,
  "seenAt" BIGINT NOT NULL
);

-- Why other bytes were kept apart without a look into them; empty: they were compared.
ALTER TABLE "conflict" ADD COLUMN "because" TEXT NOT NULL DEFAULT '';

-- Objects of a study that say "was" are read as if they said "now": PatientBirthDate, PatientSex.
CREATE TABLE "identityCorrection" (
  "StudyInstanceUID" TEXT NOT NULL,
  "keyword" TEXT NOT NULL,
  "was" TEXT NOT NULL,
  "now" TEXT NOT NULL,
  "author" TEXT NOT NULL,
  "correctedAt" BIGINT NOT NULL,
  PRIMARY KEY ("StudyInstanceUID", "keyword", "was")
);
