import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openInstanceFiles } from '../../../../adapters/disk/instance-files.ts';
import { readPart10, writePart10 } from '../../../../src/dicom/part10.ts';
import { readHeader } from '../../../../src/dicom/read-header.ts';
import { digestOf } from '../../../../src/dicom/uid.ts';
import { Fault } from '../../../../src/fault.ts';
import type { IncomingInstance, InstanceFiles } from '../../../../src/ports.ts';
import { ctSlice, datasetOf } from '../../../support/ct-slice.ts';

const FILE = ctSlice({ size: 200 });
const DATASET = datasetOf(FILE);
const META = {
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
  SOPInstanceUID: '2.25.1.2.1',
  TransferSyntaxUID: '1.2.840.10008.1.2.1',
};
let dataDir: string;
let files: InstanceFiles;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'earshot-files-'));
  files = await openInstanceFiles(dataDir);
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const incomingNames = () => readdir(join(dataDir, 'incoming'));
async function feed(incoming: IncomingInstance, dataset = DATASET, size = 5000): Promise<void> {
  for (let at = 0; at < dataset.length; at += size) {
    if (!incoming.write(dataset.subarray(at, at + size))) await incoming.drained();
  }
}
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (thrown: unknown) => (thrown instanceof Fault ? thrown.code : String(thrown)),
  );

describe('receiving', () => {
  it('keeps the dataset byte for byte behind a readable Part 10 head; the digest is that of the dataset', async () => {
    const incoming = files.receive(META);
    await feed(incoming);
    const received = await incoming.finish();
    await incoming.keep('instances/a/b.dcm');
    const kept = Buffer.from(await files.read('instances/a/b.dcm'));
    expect(datasetOf(kept).equals(DATASET)).toBe(true);
    expect(received.digest).toBe(digestOf(DATASET));
    expect(received.bytes).toBe(kept.length);
    expect(received.header).toMatchObject({
      SOPInstanceUID: META.SOPInstanceUID,
      Rows: 200,
      PatientID: 'RECEIVE-1',
    });
    expect(readPart10(kept)['InstanceNumber']).toBe(1);
    expect(await incomingNames()).toEqual([]);
  });

  it('asks for room again while a large object comes, and writes no more of it below what is to stay free', async () => {
    const limits = { writeBytes: 5000, roomEveryBytes: 20_000 };
    const tight = await openInstanceFiles(dataDir, {
      isBeside: true,
      minFreeBytes: Number.MAX_SAFE_INTEGER,
      limits,
    });
    const incoming = tight.receive(META);
    await feed(incoming);
    expect(await codeOf(incoming.finish())).toBe('STORAGE_FULL');
    const [name = ''] = await incomingNames();
    expect((await stat(join(dataDir, 'incoming', name))).size).toBeLessThan(20_000);
    await incoming.discard();
    expect(await incomingNames()).toEqual([]);
    const wide = await openInstanceFiles(dataDir, { isBeside: true, minFreeBytes: 1, limits });
    const kept = wide.receive(META);
    await feed(kept);
    expect((await kept.finish()).digest).toBe(digestOf(DATASET));
    await kept.discard();
  });

  it('tells by its code that a data folder is gone when free space is asked for', async () => {
    await rm(dataDir, { recursive: true });
    expect(await codeOf(files.freeBytes())).toBe('STORAGE_FAILED');
  });

  it('goes elsewhere when a file is at its place, whoever put it there; many at once get one place once', async () => {
    const finished = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const incoming = (await openInstanceFiles(dataDir, { isBeside: true })).receive(META);
        await feed(incoming);
        await incoming.finish();
        return incoming;
      }),
    );
    const kept = await Promise.all(
      finished.map((each, at) => each.keep('instances/a/b.dcm', `later/${at}.dcm`)),
    );
    expect(kept.filter((place) => place === 'instances/a/b.dcm')).toHaveLength(1);
    expect(new Set(kept).size).toBe(8);
    for (const place of kept)
      expect(datasetOf(Buffer.from(await files.read(place))).equals(DATASET)).toBe(true);
    expect(await incomingNames()).toEqual([]);
  });

  it('is the same whatever the size of the fragments and of the writes', async () => {
    for (const [size, writeBytes] of [
      [1, 10],
      [777, 1000],
      [1_000_000, 100],
    ] as const) {
      const small = await openInstanceFiles(dataDir, {
        limits: { writeBytes, bufferBytes: 4000, headBytes: 100 },
      });
      const incoming = small.receive(META);
      await feed(incoming, DATASET, size);
      expect((await incoming.finish()).digest).toBe(digestOf(DATASET));
      await incoming.keep(`instances/${size}.dcm`);
      expect(datasetOf(Buffer.from(await small.read(`instances/${size}.dcm`))).equals(DATASET)).toBe(true);
    }
  });

  it('says when its buffer is full, and when it is empty again', async () => {
    const small = await openInstanceFiles(dataDir, { limits: { writeBytes: 1000, bufferBytes: 8000 } });
    const incoming = small.receive(META);
    let isRoom = true;
    let written = 0;
    while (isRoom && written < DATASET.length) {
      isRoom = incoming.write(DATASET.subarray(written, written + 1000));
      written += 1000;
    }
    expect(isRoom).toBe(false);
    expect(written).toBeLessThan(10_000);
    await incoming.drained();
    expect(incoming.write(DATASET.subarray(written, written + 1000))).toBe(true);
    await incoming.discard();
  });

  it('a discarded object leaves nothing, also when discarded twice or half-written', async () => {
    const incoming = files.receive(META);
    await feed(incoming, DATASET.subarray(0, 30_000));
    await Promise.all([incoming.discard(), incoming.discard()]);
    await incoming.discard();
    expect(await incomingNames()).toEqual([]);
    expect(await codeOf(incoming.keep('instances/x.dcm'))).toBe('INTERNAL');
  });

  it('discard after keep keeps', async () => {
    const incoming = files.receive(META);
    await feed(incoming);
    await incoming.finish();
    await incoming.keep('instances/x.dcm');
    await incoming.discard();
    expect((await stat(files.absolute('instances/x.dcm'))).size).toBeGreaterThan(DATASET.length);
  });

  const refused: readonly (readonly [string, Buffer, object, string])[] = [
    ['a dataset cut short', DATASET.subarray(0, 20_000), {}, 'DICOM_TRUNCATED'],
    ['an empty dataset', Buffer.alloc(0), {}, 'DICOM_TRUNCATED'],
    ['another instance than announced', DATASET, { SOPInstanceUID: '1.2.9' }, 'SOP_CLASS_MISMATCH'],
    [
      'another SOP class than announced',
      DATASET,
      { SOPClassUID: '1.2.840.10008.5.1.4.1.1.4' },
      'SOP_CLASS_MISMATCH',
    ],
  ];
  it.each(refused)('%s is refused, and can be discarded', async (_name, dataset, meta, code) => {
    const incoming = files.receive({ ...META, ...meta });
    await feed(incoming, dataset);
    expect(await codeOf(incoming.finish())).toBe(code);
    expect(await codeOf(incoming.keep('instances/x.dcm'))).toBe('INTERNAL');
    await incoming.discard();
    expect(await incomingNames()).toEqual([]);
  });

  it('an object above the limit is refused without being written on', async () => {
    const small = await openInstanceFiles(dataDir, { maxObjectBytes: 10_000, limits: { writeBytes: 1000 } });
    const incoming = small.receive(META);
    await feed(incoming);
    expect(await codeOf(incoming.finish())).toBe('DICOM_TOO_LARGE');
    await incoming.discard();
    expect(await incomingNames()).toEqual([]);
  });
});

describe('a disk that does not work', () => {
  it('no incoming folder: STORAGE_FAILED at finish, and nothing hangs', async () => {
    await rm(join(dataDir, 'incoming'), { recursive: true });
    const incoming = files.receive(META);
    await feed(incoming);
    expect(await codeOf(incoming.finish())).toBe('STORAGE_FAILED');
    await incoming.discard();
  });

  it.runIf(process.getuid?.() !== 0)('an unwritable folder: STORAGE_FAILED', async () => {
    await chmod(join(dataDir, 'incoming'), 0o500);
    const incoming = files.receive(META);
    await feed(incoming);
    expect(await codeOf(incoming.finish())).toBe('STORAGE_FAILED');
    await chmod(join(dataDir, 'incoming'), 0o700);
  });

  it('a file where a folder is needed: STORAGE_FAILED at keep', async () => {
    await writeFile(join(dataDir, 'instances'), '');
    const incoming = files.receive(META);
    await feed(incoming);
    await incoming.finish();
    expect(await codeOf(incoming.keep('instances/x.dcm'))).toBe('STORAGE_FAILED');
    await incoming.discard();
    expect(await incomingNames()).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('a full disk: STORAGE_FULL', async () => {
    await expect(writeFile('/dev/full', 'x')).rejects.toMatchObject({ code: 'ENOSPC' });
    const { storageFault } = await import('../../../../adapters/disk/data-folder.ts');
    const thrown: unknown = await writeFile('/dev/full', 'x').catch((reason: unknown) => reason);
    expect(storageFault(thrown).code).toBe('STORAGE_FULL');
    expect(storageFault(thrown).message).not.toContain('/dev/full');
  });
});

describe('places', () => {
  const outside = [
    '../x',
    'a/../../x',
    '/etc/passwd',
    'a//b',
    '',
    '.',
    'a/./b',
    'a\0b',
    '.hidden',
    'a\\b',
    'a'.repeat(300),
  ];
  it.each(outside)('%j is no place below the data folder', async (place) => {
    expect(() => files.absolute(place)).toThrow(Fault);
    expect(await codeOf(files.put(place, Buffer.from('x')))).toBe('INTERNAL');
    expect(await codeOf(files.read(place))).toBe('INTERNAL');
  });

  it('a symbolic link does not lead out, neither for reading nor for writing', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'earshot-elsewhere-'));
    await writeFile(join(elsewhere, 'secret'), 's');
    await symlink(elsewhere, join(dataDir, 'reports'));
    expect(await codeOf(files.read('reports/secret'))).toBe('STORAGE_FAILED');
    expect(await codeOf(files.put('reports/new', Buffer.from('x')))).toBe('STORAGE_FAILED');
    expect(await readdir(elsewhere)).toEqual(['secret']);
    await rm(elsewhere, { recursive: true });
  });

  it('has the header of an object that is here, a short or a long one; what is damaged or gone is a coded fault', async () => {
    const long = writePart10({
      ...readPart10(FILE),
      ImageComments: 'x'.repeat(10_000),
      DerivationDescription: 'y'.repeat(1000),
    });
    const longer = writePart10({
      ...readPart10(FILE),
      ReferencedImageSequence: Array.from({ length: 2000 }, (_, k) => ({
        ReferencedSOPInstanceUID: `2.25.${k}`,
      })),
    });
    for (const [at, bytes] of [FILE, long, longer].entries()) {
      await files.put(`instances/${at}.dcm`, bytes);
      expect(await files.header(`instances/${at}.dcm`)).toEqual(readHeader(bytes)!.header);
    }
    await files.put('instances/cut.dcm', FILE.subarray(0, 300));
    await files.put('instances/text.dcm', Buffer.alloc(500, 'text'));
    expect(await codeOf(files.header('instances/cut.dcm'))).toBe('DICOM_TRUNCATED');
    expect(await codeOf(files.header('instances/text.dcm'))).toBe('DICOM_UNPARSABLE');
    expect(await codeOf(files.header('instances/gone.dcm'))).toBe('STORAGE_FAILED');
  });

  it('a report is put whole, and replaced whole', async () => {
    await files.put('reports/1/r.dcm', Buffer.from('first'));
    await files.put('reports/1/r.dcm', Buffer.from('second'));
    expect(Buffer.from(await files.read('reports/1/r.dcm')).toString()).toBe('second');
    expect(await incomingNames()).toEqual([]);
  });

  it('what a crash left in incoming is gone when the folder is opened; what was kept stays', async () => {
    await files.put('instances/kept', Buffer.from('k'));
    await writeFile(join(dataDir, 'incoming', 'x.part'), 'half');
    await mkdir(join(dataDir, 'incoming', 'odd'));
    const again = await openInstanceFiles(dataDir);
    expect(await incomingNames()).toEqual([]);
    expect(await readFile(again.absolute('instances/kept'), 'utf8')).toBe('k');
  });

  it('knows the free space', async () => {
    expect(await files.freeBytes()).toBeGreaterThan(0);
  });
});

describe('several processes that receive in one folder', () => {
  const anHourAgo = new Date(Date.now() - 2 * 3_600_000);

  it('leave what the others receive alone, and remove what those left that are gone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'earshot-owners-'));
    const [one, gone] = [
      await openInstanceFiles(folder, { owner: 'one' }),
      await openInstanceFiles(folder, { owner: 'gone' }),
    ];
    const receiving = one.receive(META);
    gone.receive(META).write(Buffer.alloc(10));
    receiving.write(Buffer.alloc(10));
    const isAlive = async (owner: string) => owner === 'one';
    await openInstanceFiles(folder, { owner: 'third' });
    await one.removeLeft(isAlive);
    // It may only have lost sight of the others.
    expect((await readdir(join(folder, 'incoming'))).sort()).toEqual(['gone', 'one', 'third']);
    for (const name of ['gone', 'one']) await utimes(join(folder, 'incoming', name), anHourAgo, anHourAgo);
    await one.removeLeft(isAlive);
    expect((await readdir(join(folder, 'incoming'))).sort()).toEqual(['one', 'third']);
    expect(await readdir(join(folder, 'incoming', 'one'))).toHaveLength(1);
    // Taken for dead, it goes on all the same.
    await gone.put('reports/1.dcm', Buffer.from('x'));
    expect(await gone.read('reports/1.dcm')).toEqual(Buffer.from('x'));
    await receiving.discard();
    await rm(folder, { recursive: true });
  });
});
