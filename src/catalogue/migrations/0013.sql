-- Who did or saw what. Append-only: rows are added, marked as sent, and pruned from the oldest on; nothing else changes them.
-- "id" is the order of writing and begins with the time. "chain" is the SHA-256 of the row and of the "chain" of the row before,
-- which is "previous"; that being unique, two writers cannot go on from the same row.
-- "sentAt": null while the collector has not got the row, 0 when there was no collector.
CREATE TABLE "audit" (
  "id" TEXT PRIMARY KEY,
  "at" BIGINT NOT NULL,
  "actor" TEXT NOT NULL,
  "role" TEXT NOT NULL,
  "via" TEXT NOT NULL,
  "address" TEXT NOT NULL,
  "action" TEXT NOT NULL,
  "outcome" TEXT NOT NULL,
  "subjectKind" TEXT NOT NULL,
  "subjectId" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "fault" TEXT NOT NULL,
  "previous" TEXT NOT NULL UNIQUE,
  "chain" TEXT NOT NULL,
  "sentAt" BIGINT
);
CREATE INDEX "audit_actor" ON "audit" ("actor", "id");
CREATE INDEX "audit_action" ON "audit" ("action", "id");
CREATE INDEX "audit_outcome" ON "audit" ("outcome", "id");
CREATE INDEX "audit_subject" ON "audit" ("subjectId", "id");
CREATE INDEX "audit_sent" ON "audit" ("sentAt", "id");
