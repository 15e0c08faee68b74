-- Since when the peer may have the object: set before its first byte leaves, and taken back where the peer clearly did not take it.
ALTER TABLE "delivery" ADD COLUMN "begunAt" BIGINT;
-- Since when a try is under way of which no end is written.
ALTER TABLE "delivery" ADD COLUMN "sendingSince" BIGINT;
-- Renditions of which some destination may have one because a try to send it began; "try" names that one.
CREATE TABLE "begunForm" (
  "SOPInstanceUID" TEXT NOT NULL,
  "destination" TEXT NOT NULL,
  "rendition" TEXT NOT NULL,
  "try" TEXT NOT NULL,
  PRIMARY KEY ("SOPInstanceUID", "destination", "rendition")
);
-- What a try of before left is not known: any form of a report whose try did not end well.
INSERT INTO "begunForm"
  SELECT "delivery"."SOPInstanceUID", "delivery"."destination", "rendition"."SOPInstanceUID", 'before'
  FROM "delivery" JOIN "rendition" ON "rendition"."report" = "delivery"."SOPInstanceUID"
  WHERE "delivery"."attempts" > 0 AND "delivery"."state" NOT IN ('delivered', 'taken');
