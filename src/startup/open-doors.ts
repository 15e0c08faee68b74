/** What an installation leaves open, for the log: nothing of it keeps a service from starting. */
import { statSync } from 'node:fs';
import type { Config } from './config.ts';
import { DOES, type Role } from './role.ts';

export type Warning = Readonly<{ event: string; hint: string }>;

const LOOPBACK = /^(127\.|\[?::1\]?$|localhost$)/;
/** What is given to everybody, of a mode. */
const OTHERS = 0o007;
/** With each of them the server's certificate is verified; only the last also looks at its name. */
const VERIFIED: ReadonlySet<string | null> = new Set(['require', 'verify-ca', 'verify-full']);

export function warningsOf(
  config: Pick<Config, 'dataDir' | 'http' | 'admin' | 'database' | 'nodes'>,
  role: Role,
  openness: string | undefined,
): Warning[] {
  const warnings: Warning[] = [];
  const warn = (event: string, hint: string) => warnings.push({ event, hint });
  if (isReadAlong(config, role))
    warn(
      'http.plain',
      'logins and patient data travel unencrypted: set http.tls, or put a proxy with TLS before it and name it in admin.publicUrl',
    );
  if (isDatabasePlain(config))
    warn('database.plain', 'patient data travel unencrypted: add ?sslmode=verify-full to database');
  if (openness) warn('config.open', openness);
  const mode = statSync(config.dataDir, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & OTHERS) !== 0)
    warn(
      'dataDir.open',
      `every user of this machine may look into dataDir: chmod 750 (it is ${(mode & 0o777).toString(8)})`,
    );
  if (config.nodes.length === 0) warn('nodes.none', 'no node may send to us: add nodes to the configuration');
  return warnings;
}

/** Pages, or logins of senders. That a proxy with TLS stands before the pages is known by their address alone. */
function isReadAlong({ http, admin }: Pick<Config, 'http' | 'admin'>, role: Role): boolean {
  if (http.tls || LOOPBACK.test(http.host)) return false;
  const { administers, receives } = DOES[role];
  if (administers && !admin.publicUrl?.startsWith('https:')) return true;
  return receives && http.senders.length > 0;
}

function isDatabasePlain({ database }: Pick<Config, 'database'>): boolean {
  if (database === 'sqlite') return false;
  const { hostname, searchParams } = new URL(database);
  return !LOOPBACK.test(hostname) && !VERIFIED.has(searchParams.get('sslmode'));
}
