/** Two versions of the program over one database: the new one has migrated, the old one goes on. */
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { newDatabase, postgresMissing } from '../support/databases.ts';
import { type Member, newInstallation } from '../support/killable-installation.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { NORMALISATION, pacsNode, sendTo, startPacs } from '../support/running-service.ts';
import { until } from '../support/until.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** As far as a migration may go: tables, and columns that the version before does not have to know. */
const NEXT = `CREATE TABLE "next" ("name" TEXT NOT NULL PRIMARY KEY, "value" TEXT NOT NULL);
ALTER TABLE "study" ADD COLUMN "next" TEXT;
ALTER TABLE "instance" ADD COLUMN "nextCount" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "report" ADD COLUMN "nextToo" TEXT;
CREATE INDEX "nextOfStudy" ON "study" ("next");
`;

/** This program with one migration more. */
function nextVersion(): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-next-'));
  for (const name of ['src', 'adapters', 'rules', 'sr-templates', 'models', 'package.json', 'tsconfig.json'])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'src/catalogue/migrations/9999.sql'), NEXT);
  return folder;
}

describe.skipIf(postgresMissing())('a rolling upgrade', { timeout: 240_000 }, () => {
  test('administration, workers, receivers one after the other: each case is reported once, by whomever', async () => {
    const next = nextVersion();
    const database = await newDatabase();
    await using pacs = await startPacs();
    const roles = ['receive', 'work', 'admin'] as const;
    await using installation = await newInstallation(
      [...roles, ...roles],
      {
        database,
        databaseConnections: 4,
        completeness: { quietPeriodSeconds: 1 },
        nodes: [pacsNode(pacs)],
        model: { normalisation: NORMALISATION },
        limits: { minFreeMiB: 0 },
      },
      [ROOT, ROOT, ROOT, next, next, next],
    );
    const [oldReceive, oldWork, oldAdmin, newReceive, newWork, newAdmin] = installation.members as [
      Member,
      Member,
      Member,
      Member,
      Member,
      Member,
    ];
    const client = new pg.Client({ connectionString: database });
    await client.connect();
    const reported = async (name: string, receiver: Member): Promise<void> => {
      const { baseline, followUp } = phantomCase(name);
      await sendTo(receiver, [...baseline.all, ...followUp.all]);
      await until(
        `the report of ${name}`,
        async () => {
          const { rows } = await client.query(`SELECT "state" FROM "study" WHERE "StudyInstanceUID" = $1`, [
            followUp.StudyInstanceUID,
          ]);
          return rows[0]?.state === 'delivered' || undefined;
        },
        { withinMs: 60_000 },
      );
      const arrived = pacs.reports.filter((each) => each.StudyInstanceUID === followUp.StudyInstanceUID);
      expect(arrived).toHaveLength(1);
    };
    try {
      await Promise.all([oldReceive, oldWork, oldAdmin].map((member) => member.start()));
      await reported('before', oldReceive);
      // Which migrates, while the old ones run.
      await newAdmin.start();
      await oldAdmin.stop();
      await reported('old-on-new-schema', oldReceive);
      await newWork.start();
      await reported('both-work', oldReceive);
      await oldWork.stop();
      await reported('old-receives', oldReceive);
      await newReceive.start();
      await oldReceive.stop();
      await reported('after', newReceive);
      for (const member of [oldReceive, oldWork, oldAdmin])
        expect(member.log()).not.toMatch(/job\.failed|"level":50/);
      // There is no way back, and it says so.
      await expect(oldWork.start()).rejects.toThrow('SCHEMA_NEWER');
    } finally {
      await client.end();
      rmSync(next, { recursive: true, force: true });
    }
  });
});
