import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSqlite } from '../../../adapters/database/sqlite.ts';
import { run } from './run.ts';

it('every command that changes something stands in the audit trail, what it looks at does not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-audited-'));
  try {
    const write = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const config = ['--config', write('earshot.yaml', '{"dataDir":"data"}')];
    const table = write('patients.csv', 'PatientID,drug\nP1,osimertinib\n');
    const merges = write('merges.csv', 'oldPatientID,newPatientID\nP1,P2\n');
    const corrections = write('corrections.csv', 'StudyInstanceUID,PatientBirthDate,PatientSex\n');
    await run('patients', 'import', table, ...config);
    expect((await run('patients', 'import', table, '--apply', ...config)).status).toBe(0);
    expect((await run('patients', 'merge', merges, '--apply', ...config)).status).toBe(0);
    expect((await run('patients', 'correct', corrections, '--apply', ...config)).err).toBe('');
    expect((await run('deliveries', ...config)).status).toBe(0);
    expect((await run('deliveries', '--retry', 'all', ...config)).status).toBe(0);
    const why = ['--reason', 'quality', '--text', 'the wrong mask'];
    expect((await run('withdraw', '2.25.1', ...why, ...config)).err).toContain('INPUT_NOT_FOUND');

    // What is no UID may be anything, also a name, and does not get into the trail.
    expect((await run('withdraw', 'DOE^JANE', ...why, ...config)).err).toContain('USAGE');
    expect((await run('deliveries', '--retry', 'DOE^JANE', ...config)).err).toContain('USAGE');

    const sql = openSqlite(join(folder, 'data/catalogue.sqlite'));
    const lines = await sql.query<Record<string, string>>(
      `SELECT "actor", "via", "action", "outcome", "subjectId", "reason", "fault" FROM "audit" ORDER BY "id"`,
    );
    await sql.close();
    expect(lines.map((line) => Object.values(line).join(' ').trim().replace(/ +/g, ' '))).toEqual([
      'command line machine patients.import done',
      'command line machine patients.merge done',
      'command line machine patients.correct done',
      'command line machine orders.retry done',
      'command line machine orders.withdraw failed 2.25.1 the wrong mask INPUT_NOT_FOUND',
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
