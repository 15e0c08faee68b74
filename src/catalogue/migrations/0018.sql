-- What one process at a time has, among those that share the database. Of this moment only: nothing of it is kept.
CREATE TABLE "lease" (
  "name" TEXT NOT NULL PRIMARY KEY,
  "holder" TEXT NOT NULL,
  "detail" TEXT NOT NULL,
  "until" BIGINT NOT NULL
);
CREATE INDEX "leaseHolder" ON "lease" ("holder");
-- When nodes with a rate were asked, within the last minute.
CREATE TABLE "nodeRequest" ("node" TEXT NOT NULL, "at" BIGINT NOT NULL);
CREATE INDEX "nodeRequestOf" ON "nodeRequest" ("node", "at");
