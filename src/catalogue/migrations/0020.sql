-- A move of a whole catalogue from SQLite to this database (earshot migrate). No row: there was none. "id" stands beside the SQLite file
-- too; "doneAt" is null until everything was moved and compared, and nothing opens the catalogue before.
CREATE TABLE "move" (
  "id" TEXT PRIMARY KEY,
  "begunAt" BIGINT NOT NULL,
  "doneAt" BIGINT
);
-- How far it came: the rowid of the last row of each table that is here.
CREATE TABLE "moveTable" (
  "table" TEXT PRIMARY KEY,
  "lastRow" BIGINT NOT NULL
);
