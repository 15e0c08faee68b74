-- What can be changed while the service runs, section by section. "value" is what counts now; "seedDigest" is of what the
-- configuration file said of the section when it was last read.
CREATE TABLE "configurationSection" (
  "section" TEXT PRIMARY KEY,
  "value" TEXT NOT NULL,
  "seedDigest" TEXT NOT NULL,
  "changedAt" BIGINT NOT NULL
);
-- Every change of a section, also those that wait for a second person and those that were turned down. "before" is null where
-- there was nothing yet. Secrets stand here as they are: nobody is shown this table as it is.
CREATE TABLE "configurationChange" (
  "id" BIGINT PRIMARY KEY,
  "section" TEXT NOT NULL,
  "before" TEXT,
  "after" TEXT NOT NULL,
  "author" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "madeAt" BIGINT NOT NULL,
  "state" TEXT NOT NULL,
  "decidedBy" TEXT,
  "decidedAt" BIGINT,
  "source" TEXT NOT NULL
);
CREATE INDEX "configurationChange_section" ON "configurationChange" ("section", "id");
CREATE INDEX "configurationChange_state" ON "configurationChange" ("state", "id");
