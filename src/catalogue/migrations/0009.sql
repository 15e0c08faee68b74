-- What a person ordered about a case, and why. It stands until it is taken back or carried out; "id" names this very order.
CREATE TABLE "caseOrder" (
  "StudyInstanceUID" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "id" TEXT NOT NULL,
  "detail" TEXT NOT NULL,
  "author" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "orderedAt" BIGINT NOT NULL,
  PRIMARY KEY ("StudyInstanceUID", "kind")
);
