-- Who may use the pages and the API. Secrets stand here as digests only.

-- "passwordHash" is null for a person whom an identity provider logs in.
CREATE TABLE "user" (
  "name" TEXT PRIMARY KEY,
  "role" TEXT NOT NULL,
  "passwordHash" TEXT,
  "isDisabled" BIGINT NOT NULL,
  "failures" BIGINT NOT NULL,
  "lockedUntil" BIGINT NOT NULL,
  "createdAt" BIGINT NOT NULL,
  "createdBy" TEXT NOT NULL,
  "lastLoginAt" BIGINT
);

-- "id" is the SHA-256 of what the browser has.
CREATE TABLE "session" (
  "id" TEXT PRIMARY KEY,
  "user" TEXT NOT NULL,
  "role" TEXT NOT NULL,
  "address" TEXT NOT NULL,
  "createdAt" BIGINT NOT NULL,
  "seenAt" BIGINT NOT NULL
);
CREATE INDEX "session_user" ON "session" ("user");

CREATE TABLE "apiToken" (
  "id" TEXT PRIMARY KEY,
  "digest" TEXT NOT NULL UNIQUE,
  "name" TEXT NOT NULL,
  "role" TEXT NOT NULL,
  "createdAt" BIGINT NOT NULL,
  "createdBy" TEXT NOT NULL,
  "expiresAt" BIGINT NOT NULL,
  "usedAt" BIGINT
);
