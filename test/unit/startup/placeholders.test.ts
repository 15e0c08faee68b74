// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are placeholders of the configuration
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadConfig, loadWrittenConfig } from '../../../src/startup/load.ts';
import { withEnvironment } from '../../../src/startup/placeholders.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-placeholders-'));
afterAll(() => rmSync(folder, { recursive: true }));

const written = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
};
const secret = written('token', 'a token from a file\n');

describe('the environment in the configuration', () => {
  test('a placeholder is the variable, or what the file says that NAME_FILE names', () => {
    const environment = { HOST: 'db', TOKEN_FILE: secret, EMPTY: '', EMPTY_FILE: secret };
    const said = { a: ['x-${HOST}-${HOST}', { token: '${TOKEN}' }], port: 7, none: null, on: true };
    expect(withEnvironment(said, environment)).toEqual({
      a: ['x-db-db', { token: 'a token from a file' }],
      port: 7,
      none: null,
      on: true,
    });
    expect(withEnvironment('${EMPTY}', environment)).toBe('a token from a file');
  });

  test('what looks like none is left alone, and a second dollar sign means the letters', () => {
    const texts = ['$HOST', '${host}', '${}', '$', 'a$b', '${HOST', '{HOST}'];
    expect(withEnvironment(texts, { HOST: 'db' })).toEqual(texts);
    expect(withEnvironment('$${HOST} ${HOST}', { HOST: 'db' })).toBe('${HOST} db');
  });

  test('a value is not looked through for placeholders again', () => {
    expect(withEnvironment('${A}', { A: '${B}', B: 'b' })).toBe('${B}');
    expect(withEnvironment('${A}', { A: '$&' })).toBe('$&');
  });

  test('what is missing is told by key and variable', () => {
    const said = { nodes: [{ auth: { bearer: '${PACS_TOKEN}' } }] };
    expect(() => withEnvironment(said, {})).toThrow(
      'nodes.0.auth.bearer: neither PACS_TOKEN nor PACS_TOKEN_FILE is set in the environment',
    );
    expect(() => withEnvironment(said, { PACS_TOKEN_FILE: join(folder, 'nowhere') })).toThrow(
      'nodes.0.auth.bearer: PACS_TOKEN_FILE names a file that cannot be read (ENOENT)',
    );
    expect(() => withEnvironment(said, { PACS_TOKEN_FILE: written('empty', '\n') })).toThrow(
      'nodes.0.auth.bearer: PACS_TOKEN_FILE names an empty file',
    );
  });

  test('the file that serve loads has them, and what is kept of its sections has their names where secrets are', () => {
    const file = written(
      'earshot.yaml',
      [
        'http:',
        '  token: ${EARSHOT_TEST_TOKEN}',
        'nodes:',
        '  - { name: web, dicomWeb: "https://${EARSHOT_TEST_HOST}/web", roles: [archive], auth: { bearer: "${EARSHOT_TEST_TOKEN}" } }',
      ].join('\n'),
    );
    process.env['EARSHOT_TEST_HOST'] = 'pacs.example';
    expect(() => loadConfig(file)).toThrow('EARSHOT_TEST_TOKEN');
    process.env['EARSHOT_TEST_TOKEN_FILE'] = secret;
    try {
      const { config, written: sections } = loadWrittenConfig(file);
      expect(config.http.token).toBe('a token from a file');
      expect(config.nodes).toMatchObject([{ auth: { bearer: 'a token from a file' } }]);
      expect(sections.nodes).toMatchObject([
        { dicomWeb: 'https://pacs.example/web', auth: { bearer: '${EARSHOT_TEST_TOKEN}' } },
      ]);
    } finally {
      delete process.env['EARSHOT_TEST_TOKEN_FILE'];
      delete process.env['EARSHOT_TEST_HOST'];
    }
  });
});
