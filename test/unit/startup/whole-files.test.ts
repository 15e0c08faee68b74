import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFiles, writeNew, writeWhole } from '../../../src/startup/whole-files.ts';
import { withFileLimit } from '../../support/file-limit.ts';

const WHOLE_FILES = new URL('../../../src/startup/whole-files.ts', import.meta.url).href;
let folder: string;
const at = (...names: string[]) => join(folder, ...names);
const text = (...names: string[]) => readFileSync(at(...names), 'utf8');
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-whole-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const LONG = 'x'.repeat(5000);
const onFullDisk = (write: () => void) => withFileLimit(1000, write);

describe('writeFiles', () => {
  it('makes the folders, and leaves nothing but the files', () => {
    writeFiles(at('a', 'b'), { 'one.csv': '1', 'figures/two.svg': new Uint8Array([50]) });
    expect(readdirSync(at('a', 'b')).sort()).toEqual(['figures', 'one.csv']);
    expect([text('a', 'b', 'one.csv'), text('a', 'b', 'figures', 'two.svg')]).toEqual(['1', '2']);
    expect(readdirSync(at('a', 'b', 'figures'))).toEqual(['two.svg']);
  });

  it('changes nothing when the disk does not take the last of them', async () => {
    writeFiles(folder, { one: '1', two: '2' });
    const writing = onFullDisk(() => writeFiles(folder, { one: 'new', two: LONG }, ['one', 'two']));
    await expect(writing).rejects.toMatchObject({ code: 'EFBIG' });
    expect([readdirSync(folder).sort(), text('one'), text('two')]).toEqual([['one', 'two'], '1', '2']);
  });

  it('leaves none of the earlier ones beside a new one when a place cannot be taken', () => {
    writeFiles(folder, { one: '1', two: '2' });
    mkdirSync(at('three'));
    expect(() => writeFiles(folder, { one: 'new', three: '3', two: 'new' }, ['two', 'three'])).toThrow();
    expect(() => writeFiles(folder, { one: 'new', three: '3' })).toThrow(/EISDIR/);
    expect(readdirSync(folder).sort()).toEqual(['one', 'three']);
  });

  it('goes through no link that lies at a place or at a name of old', () => {
    writeFileSync(at('target'), 'of somebody');
    for (const name of ['one', 'one.part', '.one.part']) symlinkSync(at('target'), at(name));
    writeFiles(folder, { one: '1' });
    expect([text('target'), text('one')]).toEqual(['of somebody', '1']);
  });
});

it('a folder named by a way through others is the one that is meant, and no other is made', () => {
  mkdirSync(at('a'));
  writeFiles(`${at('a')}/new/../../b`, { one: '1' });
  expect(readdirSync(folder).sort()).toEqual(['a', 'b']);
  expect(readdirSync(at('a'))).toEqual([]);
});

it('a file keeps its permissions when another takes its place', () => {
  for (const write of [() => writeFiles(folder, { one: 'new' }), () => writeWhole(at('one'), 'newer')]) {
    writeFileSync(at('one'), 'earlier', { mode: 0o600 });
    write();
    expect(statSync(at('one')).mode & 0o777).toBe(0o600);
  }
  expect(text('one')).toBe('newer');
});

describe('writeWhole', () => {
  it('makes what a link leads to that leads to nothing yet', () => {
    symlinkSync('later.csv', at('link'));
    writeWhole(at('link'), 'new');
    expect([readdirSync(folder).sort(), text('later.csv'), lstatSync(at('link')).isSymbolicLink()]).toEqual([
      ['later.csv', 'link'],
      'new',
      true,
    ]);
  });

  it('writes into our own output where that was led to a file', () => {
    const script = `import { writeWhole } from ${JSON.stringify(WHOLE_FILES)};
      writeWhole('/dev/stdout', 'whole\\n'); console.log('said after it');`;
    const output = openSync(at('output'), 'a');
    const run = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', output, 'inherit'],
    });
    closeSync(output);
    expect([run.status, text('output')]).toEqual([0, 'whole\nsaid after it\n']);
  });

  it('writes into a file whose folder takes no other one', () => {
    const script = `import { writeWhole } from ${JSON.stringify(WHOLE_FILES)};
      process.setgid(65534); process.setuid(65534);
      writeWhole(${JSON.stringify(at('closed', 'out.csv'))}, 'new');`;
    mkdirSync(at('closed'));
    writeFileSync(at('closed', 'out.csv'), 'earlier');
    if (process.getuid?.() !== 0) return;
    chmodSync(at('closed', 'out.csv'), 0o666);
    chmodSync(folder, 0o755);
    const run = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: 'inherit',
    });
    expect([run.status, text('closed', 'out.csv'), readdirSync(at('closed'))]).toEqual([
      0,
      'new',
      ['out.csv'],
    ]);
  });

  it('leaves what was there when the disk is full', async () => {
    writeFileSync(at('out.csv'), 'earlier');
    const writing = onFullDisk(() => writeWhole(at('out.csv'), LONG));
    await expect(writing).rejects.toMatchObject({ code: 'EFBIG' });
    expect([readdirSync(folder), text('out.csv')]).toEqual([['out.csv'], 'earlier']);
  });

  it('makes no folder', () => {
    expect(() => writeWhole(at('typo', 'out.csv'), '')).toThrow(/ENOENT/);
  });

  it('follows a link to its file, and replaces no device', () => {
    mkdirSync(at('results'));
    writeFileSync(at('results', 'out.csv'), 'earlier');
    symlinkSync(at('results', 'out.csv'), at('link'));
    writeWhole(at('link'), 'new');
    expect([text('results', 'out.csv'), readdirSync(folder).sort()]).toEqual(['new', ['link', 'results']]);
    symlinkSync('/dev/null', at('nothing'));
    writeWhole(at('nothing'), 'new');
    expect([statSync(at('nothing')).isCharacterDevice(), statSync('/dev/null').isCharacterDevice()]).toEqual([
      true,
      true,
    ]);
  });
});

describe('writeNew', () => {
  it('writes over nothing', () => {
    writeNew(at('model.json'), '1', 0o600);
    expect(statSync(at('model.json')).mode & 0o777).toBe(0o600);
    expect(() => writeNew(at('model.json'), '2')).toThrow(/EEXIST/);
    expect([readdirSync(folder), text('model.json')]).toEqual([['model.json'], '1']);
  });

  it('leaves no file when the disk is full, so that the next try is free to write it', async () => {
    const writing = onFullDisk(() => writeNew(at('model.json'), LONG));
    await expect(writing).rejects.toMatchObject({ code: 'EFBIG' });
    expect(readdirSync(folder)).toEqual([]);
    writeNew(at('model.json'), LONG);
    expect(text('model.json')).toBe(LONG);
  });
});
