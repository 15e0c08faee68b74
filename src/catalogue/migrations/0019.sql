-- Several processes on one catalogue: which of them is about to do what the audit trail does not know the end of.
ALTER TABLE "auditBegun" ADD COLUMN "holder" TEXT;
-- What waits for a file that this catalogue names and that a machine does not see yet in the shared folder, and since when.
CREATE TABLE "awaitedFile" (
  "key" TEXT PRIMARY KEY,
  "file" TEXT NOT NULL,
  "since" BIGINT NOT NULL
);
