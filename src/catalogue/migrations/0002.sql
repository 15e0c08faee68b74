-- What an object was before its sender corrected it: the file stays, and this tells of it.
CREATE TABLE "superseded" (
  "SOPInstanceUID" TEXT NOT NULL,
  "digest" TEXT NOT NULL,
  "StudyInstanceUID" TEXT NOT NULL,
  "file" TEXT NOT NULL,
  "supersededAt" BIGINT NOT NULL,
  PRIMARY KEY ("SOPInstanceUID", "digest")
);

-- Files of retired patients that are still to be taken off the disk.
CREATE TABLE "removal" (
  "file" TEXT PRIMARY KEY,
  "since" BIGINT NOT NULL
);
