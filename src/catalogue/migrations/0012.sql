-- What people are told of, and how the machine did over time. No patient data. Times are milliseconds since 1970 (UTC).

-- One row a matter ("id": kind and subject): since when it stands, and when it was over.
CREATE TABLE "alert" (
  "id" TEXT PRIMARY KEY,
  "kind" TEXT NOT NULL,
  "subject" TEXT NOT NULL,
  "since" BIGINT NOT NULL,
  "detail" TEXT NOT NULL,
  "clearedAt" BIGINT
);
CREATE INDEX "alert_cleared" ON "alert" ("clearedAt");

-- What a channel said of a matter last ("state": standing or over), and when: a mail server that is down delays no webhook.
CREATE TABLE "alertNotice" (
  "alert" TEXT NOT NULL,
  "channel" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "notifiedAt" BIGINT NOT NULL,
  PRIMARY KEY ("alert", "channel")
);

-- One row a channel in use. "attempts": failed ones since the last success. "digestOn": local day of the last daily message.
CREATE TABLE "alertChannel" (
  "channel" TEXT PRIMARY KEY,
  "since" BIGINT NOT NULL,
  "attempts" BIGINT NOT NULL,
  "nextAttemptAt" BIGINT NOT NULL,
  "digestOn" TEXT NOT NULL,
  "sentAt" BIGINT,
  "fault" TEXT
);

-- One row a minute ("seconds" = 60) for two days, then one an hour (3600) for a year. "received", "cases" and "reported" are counts
-- of that span; of an hour the least free space, the longest queue and the largest memory are kept.
CREATE TABLE "healthSample" (
  "seconds" BIGINT NOT NULL,
  "at" BIGINT NOT NULL,
  "freeBytes" BIGINT NOT NULL,
  "queueCount" BIGINT NOT NULL,
  "queueOldestSeconds" BIGINT NOT NULL,
  "rssBytes" BIGINT NOT NULL,
  "received" BIGINT NOT NULL,
  "cases" BIGINT NOT NULL,
  "reported" BIGINT NOT NULL,
  PRIMARY KEY ("seconds", "at")
);

-- Counting the last minute, and the last success of a node, must not read a million rows.
CREATE INDEX "instance_received" ON "instance" ("receivedAt");
CREATE INDEX "study_first_received" ON "study" ("firstReceivedAt");
CREATE INDEX "report_created" ON "report" ("createdAt");
CREATE INDEX "delivery_done" ON "delivery" ("destination", "state", "updatedAt");
CREATE INDEX "fetchedSeries_done" ON "fetchedSeries" ("archive", "fetchedAt");
