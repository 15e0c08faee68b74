// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are placeholders of the configuration
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { FAULTS, Fault } from '../../../src/fault.ts';
import { literalSecrets } from '../../../src/startup/literal-secrets.ts';
import { loadWrittenConfig } from '../../../src/startup/load.ts';
import { withEnvironment } from '../../../src/startup/placeholders.ts';
import { readSecretFile } from '../../../src/startup/secret-file.ts';
import { readTls } from '../../../src/startup/tls.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { run } from '../cli/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-secret-'));
afterAll(() => rmSync(folder, { recursive: true }));

const withMode = (mode: number, place = folder): string => {
  const file = join(place, `secret-${mode.toString(8)}`);
  writeFileSync(file, 'a secret');
  chmodSync(file, mode);
  return file;
};
const unread = (code: string): Fault => new Fault('CONFIG_INVALID', code);
const read = (file: string): string => readSecretFile(file, unread);

describe('a file with a secret', () => {
  test.each(['400', '600', '440', '640', '660', '601'])('of mode %s is read', (mode) => {
    expect(read(withMode(Number.parseInt(mode, 8)))).toBe('a secret');
  });

  test.each(['444', '644', '602', '666', '777'])(
    'of mode %s is refused, and its content not told',
    (mode) => {
      const file = withMode(Number.parseInt(mode, 8));
      let thrown: unknown;
      try {
        read(file);
      } catch (fault) {
        thrown = fault;
      }
      expect(thrown).toMatchObject({ code: 'SECRET_FILE_OPEN', detail: `${file}: mode 0${mode}` });
      expect(FAULTS.SECRET_FILE_OPEN.remedy).toContain('chmod 640');
    },
  );

  test('behind a link counts as the file that the link names', () => {
    const [closed, open] = [join(folder, 'to-closed'), join(folder, 'to-open')];
    symlinkSync(withMode(0o600), closed);
    symlinkSync(withMode(0o644), open);
    expect(read(closed)).toBe('a secret');
    expect(() => read(open)).toThrow('SECRET_FILE_OPEN');
  });

  test('that comes through a pipe is no file of which others could know', () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', ['-m', '666', pipe]);
    execFileSync('sh', ['-c', '(printf "a secret" > "$1" &)', 'sh', pipe], { stdio: 'ignore' });
    expect(read(pipe)).toBe('a secret');
  });

  test('that is not there is told by the fault of its reader', () => {
    expect(() => read(join(folder, 'none'))).toThrow(/CONFIG_INVALID.*ENOENT/);
  });
});

const mayWriteToRun = (): boolean => process.getuid?.() === 0 && existsSync('/run');

describe.skipIf(!mayWriteToRun())('below /run/secrets, where this test may write', () => {
  const place = '/run/secrets/earshot-test';
  afterAll(() => rmSync(place, { recursive: true, force: true }));

  test('a file may be of anybody and open to be read, also by a link from elsewhere, and not to be written', () => {
    mkdirSync(place, { recursive: true });
    const writable = withMode(0o666, place);
    expect(() => read(writable)).toThrow('SECRET_FILE_OPEN');
    const file = withMode(0o444, place);
    expect(read(file)).toBe('a secret');
    chownSync(file, 4711, 4711);
    expect(read(file)).toBe('a secret');
    const link = join(folder, 'mounted');
    symlinkSync(file, link);
    expect(read(link)).toBe('a secret');
  });
});

describe('the configuration', () => {
  test('takes no secret of a file that everybody may read, and names the file', () => {
    const file = withMode(0o644);
    const fill = () => withEnvironment({ token: '${TOKEN}' }, { TOKEN_FILE: file });
    expect(fill).toThrow('SECRET_FILE_OPEN');
    expect(fill).toThrow(file);
    chmodSync(file, 0o640);
    expect(fill()).toEqual({ token: 'a secret' });
  });

  test('takes no private key that everybody may read; certificates may be open', () => {
    using certificates = makeCertificates();
    const { cert, key } = certificates.signed('authority', 'server');
    chmodSync(cert, 0o644);
    expect(readTls({ ca: [], cert, key }).key).toContain('PRIVATE KEY');
    chmodSync(key, 0o644);
    expect(() => readTls({ ca: [], cert, key })).toThrow('SECRET_FILE_OPEN');
  });

  test.each(['pipe-of-somebody', 'zero', 'larger', 'folder-of-somebody'])(
    'takes no certificate, key or authority from what is no small file: %s',
    (name) => {
      using certificates = makeCertificates();
      const { cert, key } = certificates.signed('authority', 'server');
      const place = join(certificates.folder, name);
      if (name.startsWith('pipe')) execFileSync('mkfifo', ['-m', '600', place]);
      else if (name === 'zero') symlinkSync('/dev/zero', place);
      else if (name === 'larger') writeFileSync(place, Buffer.alloc(2 ** 20 + 1), { mode: 0o600 });
      else mkdirSync(place);
      for (const files of [{ ca: [place] }, { ca: [], cert: place, key }, { ca: [], cert, key: place }])
        expect(() => readTls(files)).toThrow(/TLS_FILES_INVALID.*(not a regular file|larger than 1 MiB)/);
    },
  );

  const configured = (name: string, mode: number, text: string): string => {
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
  };

  test.each([
    ['http.token', 'http: { token: a-literal-token-of-it }'],
    ['http.senders.0.password', 'http: { senders: [{ name: a, user: u, password: literally }] }'],
    ['admin.oidc.clientSecret', 'admin: { oidc: { clientSecret: literally } }'],
    ['database', 'database: postgres://u:literally@host/name'],
    ['database', 'database: postgres://u@host/name?password=literally'],
    ['database', 'database: postgres://u:50%off@host/name'],
    ['nodes.0.auth.bearer', 'nodes: [{ name: a, auth: { bearer: literally } }]'],
    ['notifications.webhook.secret', 'notifications: { webhook: { secret: "$${LITERALLY}" } }'],
  ])('that holds %s itself is told by its key', (key, text) => {
    expect(literalSecrets(parse(text))).toEqual([key]);
  });

  test('that holds a secret itself is told where everybody may read it', () => {
    const file = configured('literal', 0o644, 'http: { token: a-literal-token-of-it }');
    expect(loadWrittenConfig(file).openness).toMatch(
      /may be read by .* \(mode 0644\), and http\.token stands in it/,
    );
    chmodSync(file, 0o640);
    expect(loadWrittenConfig(file).openness).toBeUndefined();
  });

  test('may be read by everybody when it has only the names of its secrets, and that it may be written is told', () => {
    process.env['EARSHOT_TEST_LITERAL'] = 'sixteen-letters-or-more';
    try {
      const said =
        'http: { token: "${EARSHOT_TEST_LITERAL}" }\ndatabase: postgres://u:${EARSHOT_TEST_LITERAL}@h/n';
      const { config, openness } = loadWrittenConfig(configured('named', 0o644, said));
      expect(config.http.token).toBe('sixteen-letters-or-more');
      expect(openness).toBeUndefined();
      const file = configured('named', 0o646, 'dimse: { port: 104 }');
      expect(loadWrittenConfig(file).openness).toMatch(/may be written by .* \(mode 0646\)/);
    } finally {
      delete process.env['EARSHOT_TEST_LITERAL'];
    }
  });

  test('that is open is told by `earshot check` too', async () => {
    const file = configured('checked', 0o644, 'http: { token: a-literal-token-of-it }');
    const ended = await run('check', '--config', file);
    expect(ended.out).toContain('!!  config.open');
    expect(ended.out).toContain('http.token stands in it');
    expect(ended.out + ended.err).not.toContain('a-literal-token');
  });
});
