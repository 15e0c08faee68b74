// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are placeholders of the configuration
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { seedDigestOf } from '../../../src/configuration/seed.ts';
import type { Sql } from '../../../src/ports.ts';
import { BY, emptyDatabase, opened } from './live.ts';

let sql: Sql;
beforeEach(async () => {
  sql = await emptyDatabase();
});
afterEach(() => sql.close());

describe('secrets of the environment', () => {
  const said = (secrets: Readonly<Record<string, string>>) => ({
    nodes: [
      { name: 'web', dicomWeb: 'https://x/', roles: ['destination'], auth: { bearer: secrets['web'] } },
    ],
    notifications: { webhook: { url: 'https://x/', secret: secrets['hook'] } },
  });
  const file = said({ web: '${EARSHOT_TEST_WEB}', hook: 'x-${EARSHOT_TEST_HOOK}-sixteen' });
  const variables = (web: string, hook: string) =>
    Object.assign(process.env, { EARSHOT_TEST_WEB: web, EARSHOT_TEST_HOOK: hook });
  const everythingKept = async () =>
    JSON.stringify([
      await sql.query('SELECT * FROM "configurationSection"'),
      await sql.query('SELECT * FROM "configurationChange"'),
    ]);
  const meant = ({ config }: { config: { nodes: unknown; notifications: unknown } }) => [
    config.nodes,
    config.notifications,
  ];
  beforeEach(() => variables('SECRET-1', 'SECRET-2'));
  afterEach(() => {
    for (const name of ['EARSHOT_TEST_WEB', 'EARSHOT_TEST_HOOK']) delete process.env[name];
  });

  test('are used and kept nowhere, whatever changes beside them', async () => {
    const live = await opened(sql, file);
    await live.propose('nodes', live.section('nodes').text.replace('https://x/', 'https://x/rs'), BY);
    const settings = { ...file.notifications, includePatientData: true };
    settings.webhook = { ...settings.webhook, secret: '(kept)' };
    await live.propose('notifications', JSON.stringify(settings), BY);
    await live.importYaml(live.exportYaml().replace('https://x/rs', 'https://x/z'), BY);
    expect(meant(live.current())).toMatchObject([
      [{ dicomWeb: 'https://x/z', auth: { bearer: 'SECRET-1' } }],
      { includePatientData: true, webhook: { secret: 'x-SECRET-2-sixteen' } },
    ]);
    expect(await everythingKept()).not.toContain('SECRET');
    const shown = [live.sections(), await live.history({ limit: 20 }), live.exportYaml()];
    expect(JSON.stringify(shown)).not.toMatch(/SECRET|EARSHOT_TEST/);
  });

  test('that changed count from the next start, and what was changed in the browser stays', async () => {
    const live = await opened(sql, file);
    await live.propose('nodes', live.section('nodes').text.replace('https://x/', 'https://x/rs'), BY);
    variables('SECRET-3', 'SECRET-4');
    const again = await opened(sql, file);
    expect(meant(again.current())).toMatchObject([
      [{ dicomWeb: 'https://x/rs', auth: { bearer: 'SECRET-3' } }],
      { webhook: { secret: 'x-SECRET-4-sixteen' } },
    ]);
  });

  test('that a version before kept in clear are kept by name from the next start, and what was changed in the browser stays', async () => {
    const live = await opened(sql, file);
    await live.propose('nodes', live.section('nodes').text.replace('https://x/', 'https://x/rs'), BY);
    const filled = said({ web: 'SECRET-1', hook: 'x-SECRET-2-sixteen' });
    for (const section of ['nodes', 'notifications'] as const) {
      const digest = seedDigestOf(section, JSON.stringify(filled[section]));
      await sql.query(
        `UPDATE "configurationSection" SET "seedDigest" = $2, "value" = REPLACE(REPLACE("value",
          '\${EARSHOT_TEST_WEB}', 'SECRET-1'), '\${EARSHOT_TEST_HOOK}', 'SECRET-2') WHERE "section" = $1`,
        [section, digest],
      );
    }
    const again = await opened(sql, file);
    expect(meant(again.current())).toMatchObject([
      [{ dicomWeb: 'https://x/rs', auth: { bearer: 'SECRET-1' } }],
      { webhook: { secret: 'x-SECRET-2-sixteen' } },
    ]);
    expect(JSON.stringify(await sql.query('SELECT * FROM "configurationSection"'))).not.toContain('SECRET-');
  });

  test('reach another process by their names, and one that has no such variable goes on as it was', async () => {
    const [one, other] = [await opened(sql, file), await opened(sql, file)];
    const nodes = one.section('nodes').text;
    await one.propose('nodes', nodes.replace('https://x/', 'https://x/rs'), BY);
    delete process.env['EARSHOT_TEST_WEB'];
    expect(await other.refresh()).toBe(false);
    expect(other.problem).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(other.problem?.message).toContain('nodes.web.auth.bearer: neither EARSHOT_TEST_WEB nor');
    variables('SECRET-1', 'SECRET-2');
    await other.refresh();
    expect(other.current().config.nodes).toMatchObject([
      { dicomWeb: 'https://x/rs', auth: { bearer: 'SECRET-1' } },
    ]);
  });

  test('are not read by who writes the name of one into a form or an import', async () => {
    const live = await opened(sql, file);
    const thief = JSON.parse(live.section('nodes').text) as [{ name: string; auth: object }];
    thief[0] = { ...thief[0], name: 'thief', auth: { bearer: '${EARSHOT_TEST_WEB}' } };
    await live.propose('nodes', JSON.stringify(thief), BY);
    expect(live.current().config.nodes).toMatchObject([{ auth: { bearer: '${EARSHOT_TEST_WEB}' } }]);
    await live.importYaml(stringify({ nodes: [{ ...thief[0], name: 'other' }] }), BY);
    expect(live.current().config.nodes).toMatchObject([
      { name: 'other', auth: { bearer: '${EARSHOT_TEST_WEB}' } },
    ]);
  });
});
