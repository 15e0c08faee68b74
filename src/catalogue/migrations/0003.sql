-- Priors: what archives were asked for, and masks that were asked of annotators. Times are milliseconds since 1970 (UTC).

-- One row a case that archives were asked for. "answeredAt": when a pass last ended without a fault.
CREATE TABLE "fetch" (
  "StudyInstanceUID" TEXT PRIMARY KEY,
  "attempts" BIGINT NOT NULL,
  "firstAskedAt" BIGINT NOT NULL,
  "startedAt" BIGINT,
  "answeredAt" BIGINT,
  "nextAttemptAt" BIGINT NOT NULL,
  "reasons" TEXT NOT NULL
);
CREATE INDEX "fetch_due" ON "fetch" ("nextAttemptAt");

-- How often an archive was asked for a series, and how many instances it announced: nothing is fetched for ever.
CREATE TABLE "fetchedSeries" (
  "archive" TEXT NOT NULL,
  "StudyInstanceUID" TEXT NOT NULL,
  "SeriesInstanceUID" TEXT NOT NULL,
  "announced" BIGINT NOT NULL,
  "tries" BIGINT NOT NULL,
  "fetchedAt" BIGINT NOT NULL,
  PRIMARY KEY ("archive", "StudyInstanceUID", "SeriesInstanceUID")
);

-- Studies that are here only because a case asked for them: no cases of their own.
CREATE TABLE "prior" (
  "StudyInstanceUID" TEXT PRIMARY KEY,
  "archive" TEXT NOT NULL,
  "followUp" TEXT NOT NULL,
  "askedAt" BIGINT NOT NULL
);

-- What archives said of a study that became quiet: images missing here, null when none could say.
CREATE TABLE "archivedCount" (
  "StudyInstanceUID" TEXT PRIMARY KEY,
  "asOf" BIGINT NOT NULL,
  "missing" BIGINT,
  "askedAt" BIGINT NOT NULL
);

-- One row a case and annotator: the objects that were sent, or are to be.
CREATE TABLE "maskRequest" (
  "StudyInstanceUID" TEXT NOT NULL,
  "annotator" TEXT NOT NULL,
  "objects" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "attempts" BIGINT NOT NULL,
  "nextAttemptAt" BIGINT NOT NULL,
  "requestedAt" BIGINT NOT NULL,
  "sentAt" BIGINT,
  "fault" TEXT,
  PRIMARY KEY ("StudyInstanceUID", "annotator")
);
CREATE INDEX "maskRequest_due" ON "maskRequest" ("state", "nextAttemptAt");
