-- Stories of studies that retention took, by when it did.
CREATE INDEX "event_retired" ON "event" ("at", "StudyInstanceUID") WHERE "kind" = 'study.retired';
