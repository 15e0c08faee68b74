/** `npm run audit:dependencies`: known vulnerabilities of what is installed for production, but those that docs/audit-allowed.yaml allows. EARSHOT_AUDIT_OFFLINE=1: a registry that does not answer is no failure. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { compareAudit, parseAllowed } from './dependency-audit.ts';
import { say } from './say.ts';

const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 ** 2,
});
if (error) throw error;
const allowed = parseAllowed(readFileSync('docs/audit-allowed.yaml', 'utf8'));
const { lines, hasFailed } = compareAudit(stdout, allowed, new Date(), {
  mayBeOffline: process.env['EARSHOT_AUDIT_OFFLINE'] === '1',
});
for (const line of lines) say(line);
process.exitCode = hasFailed ? 1 : 0;
