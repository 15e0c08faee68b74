import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { openCatalogue } from '../../../src/startup/open-catalogue.ts';
import { VERSION } from '../../../src/startup/version.ts';
import { closedKeys } from '../../support/closed-key.ts';
import { testPlace } from '../../support/databases.ts';
import { freePort } from '../../support/free-port.ts';
import { startListener } from '../../support/listener.ts';
import { add } from '../catalogue/opened.ts';
import { isOneCodedLine, run } from './run.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const file = (text: string, name = 'earshot.yaml'): string => {
  files += 1;
  const path = join(folder, `${files}-${name}`);
  writeFileSync(path, text);
  return path;
};
const config = (settings: object): string => file(stringify({ dataDir: join(folder, 'data'), ...settings }));
const COMMANDS = ['serve', 'demo', 'score', 'extract', 'check', 'echo', 'patients'];

describe('the command line', () => {
  it('without a command shows the usage and ends with 2', async () => {
    const { status, out } = await run();
    expect(status).toBe(2);
    for (const command of COMMANDS) expect(out).toContain(`  ${command}`);
    expect(out).toMatch(/research use only/i);
  });

  it.each(['--help', '-h', 'help'])('%s shows the usage and ends with 0', async (word) => {
    expect(await run(word)).toMatchObject({ status: 0, err: '' });
  });

  it('--version says the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
    expect(await run('--version')).toEqual({ status: 0, out: `${version}\n`, err: '' });
    expect(VERSION).toBe(version);
  });

  it.each(COMMANDS)('%s --help shows how it is used', async (command) => {
    const { status, out } = await run(command, '--help');
    expect(status).toBe(0);
    expect(out).toMatch(new RegExp(`^Usage: earshot ${command}`));
  });

  it.each(
    [
      ['frobnicate'],
      ['constructor'],
      ['check', '--frobnicate'],
      ['check', 'surplus'],
      ['echo'],
      ['score', '--baseline', 'a', '--followup', 'b'],
      ['score', '--baseline', 'a', '--out'],
      ['extract', '--image', 'a', '--mask', 'b', '--format', 'xml'],
      ['patients', 'export', 'x.csv'],
    ].map((args) => ({ args, line: args.join(' ') })),
  )('$line: a mistake in the words ends with 2, one line and no stack', async ({ args }) => {
    const result = await run(...args);
    expect(result.status).toBe(2);
    expect(isOneCodedLine(result, 'USAGE')).toBe(true);
  });

  it.each([
    [['serve', '--config', '/nowhere/earshot.yaml'], 'CONFIG_UNREADABLE'],
    [['check', '--config', '/nowhere/earshot.yaml'], 'CONFIG_UNREADABLE'],
    [['score', '--baseline', '/nowhere', '--followup', '/nowhere', '--out', '/tmp'], 'INPUT_NOT_FOUND'],
    [['extract', '--image', '/nowhere', '--mask', '/nowhere'], 'INPUT_NOT_FOUND'],
    [['patients', 'import', '/nowhere.csv'], 'INPUT_NOT_FOUND'],
  ] as const)('%s: what is not there ends with 1, one line and no stack', async (args, code) => {
    const result = await run(...args);
    expect(result.status).toBe(1);
    expect(isOneCodedLine(result, code)).toBe(true);
  });
});

describe('earshot check', () => {
  it('is content with what comes with Earshot', async () => {
    const path = config({});
    const { status, out } = await run('check', '--config', path);
    expect(status).toBe(0);
    expect(out.match(/^ok /gm)).toHaveLength(8);
    expect(out).toMatch(/reports carry the delta and no probability/);
  });

  it('loads the comparison model where it is configured', async () => {
    const { status, out } = await run('check', '--config', config({ model: { classic: {} } }));
    expect(status).toBe(0);
    expect(out).toMatch(/^ok {2}classic model {2}ear-classic-2023 /m);
    const normalisation = { n: 134, source: 'x', features: {} };
    const incomplete = config({ model: { classic: { normalisation } } });
    expect(isOneCodedLine(await run('check', '--config', incomplete), 'CONFIG_INVALID')).toBe(true);
  });

  it('prints file, line and column of a value that is wrong', async () => {
    const path = file('dataDir: data\ndimse:\n  aeTitle: EARSHOT\n  port: many\n');
    const result = await run('check', '--config', path);
    expect(result.status).toBe(1);
    expect(isOneCodedLine(result, 'CONFIG_INVALID')).toBe(true);
    expect(result.err).toContain(`${path}:4:9 dimse.port: `);
  });

  it('looks at the certificate of the HTTP server, and says when the key is of another', async () => {
    const pem = (name: string) => fileURLToPath(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url));
    const keys = closedKeys('server-key', 'client-key');
    const tls = { cert: pem('server'), key: keys.file('server-key') };
    expect((await run('check', '--config', config({ http: { tls } }))).out).toMatch(/^ok {2}https /m);
    const wrong = config({ http: { tls: { ...tls, key: keys.file('client-key') } } });
    expect(isOneCodedLine(await run('check', '--config', wrong), 'TLS_FILES_INVALID')).toBe(true);
    keys.remove();
  });

  function brokenRules(change: (text: string) => string): string {
    files += 1;
    const rulesDir = join(folder, `rules-${files}`);
    cpSync(new URL('../../../rules', import.meta.url), rulesDir, { recursive: true });
    const roi = join(rulesDir, 'roi.yaml');
    const before = readFileSync(roi, 'utf8');
    writeFileSync(roi, change(before));
    expect(readFileSync(roi, 'utf8')).not.toBe(before);
    return rulesDir;
  }

  it('prints file, line and column of a rule that is broken', async () => {
    const rulesDir = brokenRules((text) => text.replace('severalObjects: hold', 'severalObjects: maybe'));
    const roi = join(rulesDir, 'roi.yaml');
    const line = readFileSync(roi, 'utf8')
      .split('\n')
      .findIndex((each) => each.startsWith('severalObjects'));
    const result = await run('check', '--config', config({ rulesDir }));
    expect(result.status).toBe(1);
    expect(isOneCodedLine(result, 'RULES_INVALID')).toBe(true);
    expect(result.err).toContain(`${roi}:${line + 1}:17 severalObjects: `);
  });

  it('runs the examples of the rules: a rule that no longer does what they say is refused', async () => {
    const rulesDir = brokenRules((text) => text.replace('"GTV[-_ ]?n(?![a-z])"', '"NOTHING"'));
    const result = await run('check', '--config', config({ rulesDir }));
    expect(result.status).toBe(1);
    expect(isOneCodedLine(result, 'RULES_INVALID')).toBe(true);
    expect(result.err).toMatch(/the involved node/);
  });
});

describe('earshot echo', () => {
  const nodes = (port: number) => [
    { name: 'pacs', aeTitle: 'EARSHOT', host: '127.0.0.1', port, roles: ['destination'] },
  ];

  it('says how long a node took to answer', async () => {
    await using peer = await startListener();
    const result = await run('echo', 'pacs', '--config', config({ nodes: nodes(peer.scp.port) }));
    expect(result).toMatchObject({ status: 0, err: '' });
    expect(result.out).toMatch(/^pacs \(EARSHOT\) answered C-ECHO after \d+ ms/);
  });

  it('says that a node is down, and which nodes there are', async () => {
    const path = config({ nodes: nodes(await freePort()) });
    const down = await run('echo', 'pacs', '--config', path);
    expect(down.status).toBe(1);
    expect(isOneCodedLine(down, 'PEER_UNREACHABLE')).toBe(true);
    const unknown = await run('echo', 'ris', '--config', path);
    expect(isOneCodedLine(unknown, 'NODE_UNKNOWN')).toBe(true);
    expect(unknown.err).toContain('configured: pacs');
  });
});

describe('earshot patients import', () => {
  const known = async (dataDir: string) => {
    const { sql, patients } = await openCatalogue(await testPlace(dataDir), () => new Date());
    const all = await patients.all();
    await sql.close();
    return all;
  };

  it('shows what would change, changes nothing, and does it with --apply', async () => {
    const dataDir = join(folder, 'patients-data');
    const path = config({ dataDir });
    const csv = file('PatientID,drug,tkiStart\nP1,gefitinib,2023-01-02\nP2,,\n', 'patients.csv');
    const preview = await run('patients', 'import', csv, '--config', path);
    expect(preview.status).toBe(0);
    expect(preview.out).toMatch(/added 2, changed 0, unchanged 0, not in the file 0/);
    expect(preview.out).toMatch(/Nothing was changed/);
    expect(await known(dataDir)).toEqual([]);

    expect((await run('patients', 'import', csv, '--apply', '--config', path)).status).toBe(0);
    expect(await known(dataDir)).toMatchObject([
      { PatientID: 'P1', drug: 'gefitinib', tkiStart: '20230102' },
      { PatientID: 'P2' },
    ]);

    const changed = file('PatientID,drug\nP1,erlotinib\n', 'patients.csv');
    const second = await run('patients', 'import', changed, '--config', path);
    expect(second.out).toMatch(/added 0, changed 1, unchanged 0, not in the file 1/);
    expect(second.out).toContain('~ P1  drug: gefitinib -> erlotinib');
    await run('patients', 'import', changed, '--apply', '--config', path);
    expect(await known(dataDir)).toMatchObject([
      { PatientID: 'P1', drug: 'erlotinib', tkiStart: '20230102' },
      { PatientID: 'P2' },
    ]);
  });

  it('has the cases of every patient in the file looked at again, also where its record is what it was', async () => {
    const dataDir = join(folder, 'patients-again');
    const path = config({ dataDir });
    const csv = file('PatientID,drug\nP1,gefitinib\n', 'patients.csv');
    await run('patients', 'import', csv, '--apply', '--config', path);
    const { sql, catalogue } = await openCatalogue(await testPlace(dataDir), () => new Date());
    const header = { StudyInstanceUID: '2.25.1', SeriesInstanceUID: '2.25.2', PatientID: 'P1' };
    await add({ catalogue }, '2.25.3', header);
    await catalogue.move({ StudyInstanceUID: '2.25.1', state: 'receiving' }, { state: 'held' });
    const again = await run('patients', 'import', csv, '--apply', '--config', path);
    expect(again.out).toMatch(/added 0, changed 0, unchanged 1/);
    expect(await catalogue.study('2.25.1')).toMatchObject({ state: 'complete' });
    await sql.close();
  });

  it('names row and column of a mistake, never the value, and applies nothing of the file', async () => {
    const dataDir = join(folder, 'patients-wrong');
    const csv = file('PatientID,tkiStart\nP1,2023-01-02\nP2,SECRET\n', 'patients.csv');
    const result = await run('patients', 'import', csv, '--apply', '--config', config({ dataDir }));
    expect(result.status).toBe(1);
    expect(isOneCodedLine(result, 'TABLE_INVALID')).toBe(true);
    expect(result.err).toContain('row 3, column tkiStart');
    expect(result.err).not.toContain('SECRET');
    expect(existsSync(dataDir)).toBe(false);
  });
});
