-- When a job last waited for the file: of a job that came to another end nothing says that it waits no more.
ALTER TABLE "awaitedFile" ADD COLUMN "lastAt" BIGINT;
