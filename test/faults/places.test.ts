/**
 * Names that lead elsewhere, in objects and in the data folder: each is refused with a code, and nothing is read, written or removed
 * outside of the data folder.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInstanceFiles } from '../../adapters/disk/instance-files.ts';
import { startRadiomicsPool } from '../../adapters/threads/radiomics-pool.ts';
import { type Dataset, readPart10, writePart10 } from '../../src/dicom/part10.ts';
import { asFault } from '../../src/fault.ts';
import { ctSlice, datasetOf } from '../support/ct-slice.ts';
import { PACS, type RunningService, startService } from '../support/running-service.ts';
import { ScriptedPeer, storePdus } from '../support/scripted-peer.ts';
import { stow } from '../support/stow.ts';

const STUDY = '2.25.800';
const UID = `${STUDY}.2.1`;
const SLICE = ctSlice({ study: STUDY, size: 16 });

let folder: string;
let earshot: RunningService;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earshot-places-'));
  earshot = await startService({ nodes: [{ name: 'scanner', aeTitle: PACS, roles: ['source'] }] });
}, 60_000);
afterAll(async () => {
  await earshot[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const codeOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'done',
    (thrown: unknown) => asFault(thrown).code,
  );

/** Status and comment of one C-STORE to the service. */
async function store(dataset: Buffer, SOPInstanceUID = UID) {
  await using peer = await ScriptedPeer.associate(earshot.service.dimsePort, { calling: PACS });
  peer.send(...storePdus({ SOPInstanceUID }, dataset));
  return await peer.answer();
}

let honest = 0;
async function expectServing(): Promise<void> {
  honest += 1;
  const study = `2.25.801.${honest}`;
  expect((await store(datasetOf(ctSlice({ study, size: 8 })), `${study}.2.1`))?.status).toBe(0);
  expect(earshot.incoming()).toEqual([]);
}

const file = async (name: string, bytes: Uint8Array): Promise<string> => {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
};

/** The data set of a slice with other values; of any length, as a bad writer would. */
const dataset = (changes: Dataset): Buffer =>
  datasetOf(Buffer.from(writePart10({ ...readPart10(SLICE), ...changes, _vrMap: { PixelData: 'OW' } })));

describe('what names places where nothing of it belongs', () => {
  it.each(['../../etc', '..', '/etc/passwd', '1.2/../../../x', '1.2.3\\1.2.4', '1.2\u00003'])(
    'a study or series of the UID %j is refused, and nothing is written outside',
    async (uid) => {
      for (const keyword of ['StudyInstanceUID', 'SeriesInstanceUID']) {
        const answer = await store(dataset({ [keyword]: uid }));
        expect(answer?.status).not.toBe(0);
        expect(answer?.comment).toMatch(/^DICOM_(BAD_UID|UNPARSABLE)/);
      }
      const names = await readdir(earshot.dataDir);
      expect(
        names.filter(
          (name) => !/^(incoming|instances|later|reports|service\.lock.*|catalogue.*|earshot.*)$/.test(name),
        ),
      ).toEqual([]);
      await expectServing();
    },
  );

  it.each(['..%2f..%2fetc', '%2e%2e', '1.2%00.3'])(
    'a Store request to the study %s is refused',
    async (study) => {
      const { status } = await stow([SLICE], { port: earshot.service.httpPort, study });
      expect([400, 404, 405]).toContain(status);
    },
  );

  it('a NUL within an identity is refused; within other text the object is kept', async () => {
    expect((await store(dataset({ PatientID: 'A\u0000B' })))?.status).toBe(0xc000);
    const uid = '2.25.803.2.1';
    const kept = { SOPInstanceUID: uid, StudyInstanceUID: '2.25.803', PatientID: 'NUL-1' };
    const texts = {
      PatientName: 'A\u0000B',
      IssuerOfPatientID: 'H\u0000I',
      StudyDescription: 'C\u0000D',
      PatientSex: 'F\u0000',
    };
    expect((await store(dataset({ ...kept, ...texts }), uid))?.status).toBe(0);
    expect((await earshot.service.world.catalogue.instance(uid))?.SOPInstanceUID).toBe(uid);
    await expectServing();
  });

  it('a folder of a study that is a link leads nowhere: the object is refused', async () => {
    const elsewhere = await mkdtemp(join(folder, 'elsewhere-'));
    const study = '2.25.804';
    await mkdir(join(earshot.dataDir, 'instances'), { recursive: true });
    await symlink(elsewhere, join(earshot.dataDir, 'instances', study));
    const answer = await store(datasetOf(ctSlice({ study, size: 16 })), `${study}.2.1`);
    expect(answer?.status).toBe(0xa700);
    expect(answer?.comment).toMatch(/^STORAGE_FAILED/);
    expect(await readdir(elsewhere)).toEqual([]);
    await expectServing();
  });

  it('a file that is a link is neither followed nor replaced when an object is to be kept there', async () => {
    const elsewhere = await file('precious', Buffer.from('precious'));
    const study = '2.25.805';
    const series = join(earshot.dataDir, 'instances', study, `${study}.1`);
    await mkdir(series, { recursive: true });
    await symlink(elsewhere, join(series, `${study}.2.1.dcm`));
    const answer = await store(datasetOf(ctSlice({ study, size: 16 })), `${study}.2.1`);
    expect(answer?.status).toBe(0);
    expect(await readFile(elsewhere, 'utf8')).toBe('precious');
    const row = await earshot.service.world.catalogue.instance(`${study}.2.1`);
    expect(row?.file).toMatch(/^later\//);
  });

  it('an incoming folder that is a link is refused at the start, and what lies behind it stays', async () => {
    const dataDir = await mkdtemp(join(folder, 'data-'));
    const elsewhere = await mkdtemp(join(folder, 'elsewhere-'));
    await writeFile(join(elsewhere, 'precious'), 'precious');
    await symlink(elsewhere, join(dataDir, 'incoming'));
    expect(await codeOf(openInstanceFiles(dataDir))).toBe('STORAGE_FAILED');
    expect(await readdir(elsewhere)).toEqual(['precious']);
  });

  it.each(['a pipe', 'a device'])('%s where a mask should be is refused at once', async (what) => {
    const path = join(folder, what.replace(' ', '-'));
    if (what === 'a pipe') execFileSync('mkfifo', [path]);
    else await symlink('/dev/zero', path);
    await using pool = startRadiomicsPool({ size: 1, timeoutSeconds: 30, isWarmedUp: false });
    expect(await codeOf(pool.describeMask(path, new AbortController().signal))).toBe('STORAGE_FAILED');
  });

  it.each(['a pipe', 'a device'])(
    '%s in the data folder where an instance should be is refused at once, also by all threads of files together',
    async (what) => {
      const dataDir = await mkdtemp(join(folder, 'data-'));
      const files = await openInstanceFiles(dataDir);
      await mkdir(join(dataDir, 'instances'));
      const path = join(dataDir, 'instances', 'strange.dcm');
      if (what === 'a pipe') execFileSync('mkfifo', [path]);
      else execFileSync('mknod', [path, 'c', '1', '5']);
      // libuv has four threads for files: as many that wait for ever, and nothing is read or written any more.
      const asked = Array.from({ length: 6 }, () => [
        codeOf(files.read('instances/strange.dcm')),
        codeOf(files.header('instances/strange.dcm')),
        // Before it goes to a destination or an annotator.
        codeOf(files.regular('instances/strange.dcm')),
      ]);
      expect(new Set(await Promise.all(asked.flat()))).toEqual(new Set(['STORAGE_FAILED']));
      await expectServing();
    },
  );
});
