-- Several processes on one catalogue: which of them is about to do what the audit trail does not know the end of.
ALTER TABLE "auditBegun" ADD COLUMN "holder" TEXT;
-- What waits for a file that this catalogue names and that a machine does not see yet in the shared folder, and since when.
CREATE TABLE "awaitedFile" (
  "key" TEXT PRIMARY KEY,
  "file" TEXT NOT NULL,
  "since" BIGINT NOT NULL
);
-- Digests of links under which the first administrator is made: each process that starts before there is one has its own.
CREATE TABLE "firstLink" (
  "digest" TEXT PRIMARY KEY,
  "madeAt" BIGINT NOT NULL
);
-- Wrong passwords of a name from a place, both as digests, in all processes together.
CREATE TABLE "loginTry" (
  "name" TEXT NOT NULL,
  "place" TEXT NOT NULL,
  "tries" BIGINT NOT NULL,
  "until" BIGINT NOT NULL,
  PRIMARY KEY ("name", "place")
);
CREATE INDEX "loginTry_until" ON "loginTry" ("until");
