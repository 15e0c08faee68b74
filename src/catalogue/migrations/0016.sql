-- Who a person is at an identity provider ("iss" and "sub" of the ID token, OpenID Connect Core 2); the name is what is shown. NULL:
-- nobody's there.
ALTER TABLE "user" ADD COLUMN "issuer" TEXT;
ALTER TABLE "user" ADD COLUMN "subject" TEXT;
CREATE UNIQUE INDEX "user_subject" ON "user" ("issuer", "subject");
