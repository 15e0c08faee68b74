// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are placeholders of the configuration
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { FAULTS, Fault } from '../../../src/fault.ts';
import { withEnvironment } from '../../../src/startup/placeholders.ts';
import { readSecretFile } from '../../../src/startup/secret-file.ts';
import { readTls } from '../../../src/startup/tls.ts';
import { makeCertificates } from '../../support/certificates.ts';

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

  test('a file may be open to all, also by a link from elsewhere', () => {
    mkdirSync(place, { recursive: true });
    const file = withMode(0o444, place);
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
});
