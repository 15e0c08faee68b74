-- Checks of nodes, by a person or by the clock: what was tried, how long it took, and what came of it in one sentence.
CREATE TABLE "nodeCheck" (
  "id" TEXT PRIMARY KEY,
  "node" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "startedAt" BIGINT NOT NULL,
  "milliseconds" BIGINT NOT NULL,
  "outcome" TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "text" TEXT NOT NULL,
  "author" TEXT NOT NULL
);
CREATE INDEX "nodeCheck_node" ON "nodeCheck" ("node", "startedAt");
