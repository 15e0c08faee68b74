-- Who a person is at an identity provider ("iss" and "sub" of the ID token, OpenID Connect Core 2); the name is what is shown. NULL:
-- nobody's there.
ALTER TABLE "user" ADD COLUMN "issuer" TEXT;
ALTER TABLE "user" ADD COLUMN "subject" TEXT;
CREATE UNIQUE INDEX "user_subject" ON "user" ("issuer", "subject");

-- Changes that were begun and of which the audit trail does not tell yet what came. "lines": what it is to tell, JSON. Rows that are
-- here at a start are of a service that ended in between.
CREATE TABLE "auditBegun" (
  "id" TEXT PRIMARY KEY,
  "at" BIGINT NOT NULL,
  "lines" TEXT NOT NULL
);
