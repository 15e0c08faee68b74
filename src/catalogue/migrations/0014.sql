-- What the worklist and the case page read.

-- The worklist in its orders, and its counts, without a look at the rows themselves: a decision makes them long.
CREATE INDEX "study_state_since" ON "study" ("state", "stateChangedAt", "StudyInstanceUID");
CREATE INDEX "study_since" ON "study" ("stateChangedAt", "StudyInstanceUID");
CREATE INDEX "study_received" ON "study" ("lastReceivedAt", "StudyInstanceUID");
CREATE INDEX "study_date" ON "study" ("StudyDate", "StudyInstanceUID");
CREATE INDEX "study_counts" ON "study" ("state", "PatientID", "stateChangedAt");
DROP INDEX "study_state";
-- Of the destinations that a case has to do with.
CREATE INDEX "delivery_destination" ON "delivery" ("destination", "StudyInstanceUID");
CREATE INDEX "prior_followUp" ON "prior" ("followUp");

-- Size of the object; NULL: it was made before this was kept.
ALTER TABLE "report" ADD COLUMN "bytes" BIGINT;
