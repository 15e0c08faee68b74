-- Several processes on one catalogue: which of them is about to do what the audit trail does not know the end of.
ALTER TABLE "auditBegun" ADD COLUMN "holder" TEXT;
