import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configSchema } from '../../../src/startup/config.ts';
import { warningsOf } from '../../../src/startup/open-doors.ts';
import type { Role } from '../../../src/startup/role.ts';

const nodes = [{ name: 'pacs', aeTitle: 'PACS', roles: ['source'] }];
const told = (config: Readonly<Record<string, unknown>>, role: Role = 'all'): string[] =>
  warningsOf(configSchema.parse({ nodes, ...config }), role, undefined).map(({ event }) => event);

describe('pages and logins', () => {
  const senders = [{ name: 'router', token: 'sixteen-letters-or-more' }];
  const tls = { cert: 'a', key: 'b' };

  test.each(['127.0.0.1', 'localhost', '::1'])('on %s are read along by nobody', (host) => {
    expect(told({ http: { host, senders } })).toEqual([]);
  });

  test('in clear on a network are warned of, with senders or without', () => {
    for (const host of ['0.0.0.0', '::', '10.0.0.7', 'earshot.example']) {
      expect(told({ http: { host } })).toEqual(['http.plain']);
      expect(told({ http: { host }, admin: { publicUrl: 'http://earshot.example' } })).toEqual([
        'http.plain',
      ]);
      expect(told({ http: { host, tls, senders } })).toEqual([]);
      expect(told({ http: { host }, admin: { publicUrl: 'https://earshot.example' } })).toEqual([]);
    }
  });

  test('are warned of in the processes that have them', () => {
    expect(told({ http: { host: '0.0.0.0' } }, 'admin')).toEqual(['http.plain']);
    expect(told({ http: { host: '0.0.0.0' } }, 'work')).toEqual([]);
    expect(told({ http: { host: '0.0.0.0' } }, 'receive')).toEqual([]);
    expect(told({ http: { host: '0.0.0.0', senders } }, 'receive')).toEqual(['http.plain']);
  });
});

test('a database elsewhere without TLS, or whose certificate nobody looks at, is warned of', () => {
  const at = (place: string) => told({ database: `postgres://u:p@${place}` });
  for (const place of ['db.example/earshot', '10.0.0.9:5432/earshot', 'db.example/earshot?sslmode=disable'])
    expect(at(place)).toEqual(['database.plain']);
  expect(at('db.example/earshot?sslmode=no-verify')).toEqual(['database.plain']);
  for (const place of ['db.example/earshot?sslmode=verify-full', '127.0.0.1/earshot', '[::1]/earshot'])
    expect(at(place)).toEqual([]);
  expect(told({ database: 'sqlite' })).toEqual([]);
});

test('a data folder that other users may look into is warned of, with its mode', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'earshot-open-'));
  try {
    for (const mode of [0o755, 0o751, 0o702, 0o777]) {
      chmodSync(dataDir, mode);
      expect(told({ dataDir })).toEqual(['dataDir.open']);
    }
    for (const mode of [0o750, 0o770, 0o700]) {
      chmodSync(dataDir, mode);
      expect(told({ dataDir })).toEqual([]);
    }
    expect(told({ dataDir: join(dataDir, 'not-there') })).toEqual([]);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});

test('a service to which no node may send is warned of', () => {
  expect(told({ nodes: [] })).toEqual(['nodes.none']);
});
