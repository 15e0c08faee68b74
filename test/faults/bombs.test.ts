/**
 * Inputs that are small and ask for much: what unpacks without end, nests without end, or announces sizes that nobody has. Each is refused with a code, memory stays bounded, and the next one is served.
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileMeta } from '../../adapters/disk/file-meta.ts';
import { type RadiomicsPool, startRadiomicsPool } from '../../adapters/threads/radiomics-pool.ts';
import { type Dataset, readPart10, writePart10 } from '../../src/dicom/part10.ts';
import { asFault } from '../../src/fault.ts';
import { EAR_2023 } from '../../src/radiomics/profile.ts';
import { ctSlice, datasetOf } from '../support/ct-slice.ts';
import { niftiFile, nrrdFile } from '../support/image-files.ts';
import { COLUMNS, ctFile, patientPoint, ROWS, rtstructFile, segFile } from '../support/mask-fixtures.ts';
import { peakWhile } from '../support/peak-memory.ts';
import { endlessSequences, nestedSequences, rawElement, rawSequence } from '../support/raw-elements.ts';
import { PACS, type RunningService, startService } from '../support/running-service.ts';
import { ScriptedPeer, storePdus } from '../support/scripted-peer.ts';
import { stow } from '../support/stow.ts';
import { DEFLATED, JPEG_2000, JPEG_LS, RLE, withFrames } from '../support/transcode.ts';

const MIB = 2 ** 20;
const STUDY = '2.25.800';
const UID = `${STUDY}.2.1`;
const SLICE = ctSlice({ study: STUDY, size: 16 });
const EXPLICIT = '1.2.840.10008.1.2.1';
const never = (): AbortSignal => new AbortController().signal;

let folder: string;
let earshot: RunningService;
let pool: RadiomicsPool;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earshot-bombs-'));
  pool = startRadiomicsPool({ size: 1, timeoutSeconds: 60, isEager: true, isWarmedUp: false });
  earshot = await startService({ nodes: [{ name: 'scanner', aeTitle: PACS, roles: ['source'] }] });
}, 60_000);
afterAll(async () => {
  await earshot[Symbol.asyncDispose]();
  await pool[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const codeOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'read',
    (thrown: unknown) => asFault(thrown).code,
  );

/** Status and comment of one C-STORE to the service. */
async function store(dataset: Buffer, transferSyntax = EXPLICIT, SOPInstanceUID = UID) {
  await using peer = await ScriptedPeer.associate(earshot.service.dimsePort, {
    calling: PACS,
    transferSyntaxes: [transferSyntax],
  });
  peer.send(...storePdus({ SOPInstanceUID }, dataset));
  return await peer.answer(60_000);
}

let honest = 0;
async function expectServing(): Promise<void> {
  honest += 1;
  const study = `2.25.801.${honest}`;
  expect((await store(datasetOf(ctSlice({ study, size: 8 })), EXPLICIT, `${study}.2.1`))?.status).toBe(0);
  expect(earshot.incoming()).toEqual([]);
}

/** Elements that are put behind the header of a slice, before its pixels. */
const withElements = (elements: Buffer): Buffer => {
  const dataset = datasetOf(SLICE);
  const pixelsAt = dataset.length - 16 * 16 * 2 - 12;
  return Buffer.concat([dataset.subarray(0, pixelsAt), elements, dataset.subarray(pixelsAt)]);
};

const file = async (name: string, bytes: Uint8Array): Promise<string> => {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
};
const slices = async (): Promise<string[]> =>
  Promise.all([0, 1, 2, 3].map((index) => file(`ct${index}.dcm`, ctFile(index))));
const measuring = (images: readonly string[], mask: string, region: number) =>
  pool.measure(
    { images, mask: { file: mask, region }, features: ['original_shape_Sphericity'], settings: EAR_2023 },
    never(),
  );

describe('what unpacks without end', () => {
  it('a deflated data set is refused over DIMSE and HTTP, and memory stays flat', {
    timeout: 60_000,
  }, async () => {
    const bomb = deflateRawSync(Buffer.concat([datasetOf(SLICE), Buffer.alloc(600 * MIB)]), { level: 1 });
    const dimse = await peakWhile(() => store(bomb, DEFLATED));
    expect(dimse.value?.status).not.toBe(0);
    expect(dimse.value?.comment).toMatch(/^DICOM_TOO_LARGE/);
    const meta = fileMeta({
      SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
      SOPInstanceUID: UID,
      TransferSyntaxUID: DEFLATED,
    });
    const http = await peakWhile(() =>
      stow([Buffer.concat([meta, bomb])], { port: earshot.service.httpPort }),
    );
    expect(http.value.status).toBe(409);
    process.stdout.write(
      `deflated: ${JSON.stringify([bomb.length, dimse.grownMiB, dimse.ms, http.grownMiB, http.ms])}\n`,
    );
    expect(Math.max(dimse.grownMiB, http.grownMiB)).toBeLessThan(150);
    await expectServing();
  });

  it('a gzipped body is not unpacked: 415', async () => {
    const body = gzipSync(Buffer.alloc(200 * MIB));
    const { value, grownMiB } = await peakWhile(() =>
      stow([], { port: earshot.service.httpPort, body, headers: { 'Content-Encoding': 'gzip' } }),
    );
    expect(value.status).toBe(415);
    expect(grownMiB).toBeLessThan(50);
  });

  it.each([
    ['NRRD', nrrdFile([4, 4, 4], { encoding: 'gzip' }), 'nrrd'],
    ['NIfTI', gzipSync(niftiFile([4, 4, 4])), 'nii.gz'],
  ] as const)(
    'a gzipped %s file with a GiB behind four voxels a side is refused',
    async (_, small, ending) => {
      const surplus = Buffer.alloc(1024 * MIB);
      const bytes =
        ending === 'nrrd'
          ? Buffer.concat([small.subarray(0, small.indexOf('\n\n') + 2), gzipSync(surplus, { level: 1 })])
          : gzipSync(Buffer.concat([niftiFile([4, 4, 4]), surplus]), { level: 1 });
      const image = await file(`bomb.${ending}`, bytes);
      const request = { image, mask: image, features: ['original_shape_Sphericity'], settings: EAR_2023 };
      const { value, grownMiB, ms } = await peakWhile(() => codeOf(pool.measureFiles(request, never())));
      process.stdout.write(`gzip ${ending}: ${JSON.stringify([bytes.length, grownMiB, ms])}\n`);
      expect(value).toBe('IMAGE_FILE_UNREADABLE');
      expect(grownMiB).toBeLessThan(150);
    },
  );

  it.each([
    ['RLE', RLE],
    ['JPEG-LS', JPEG_LS],
    ['JPEG 2000', JPEG_2000],
  ])('a %s frame that announces half a GiB of pixels and has none is refused', async (_, syntax) => {
    const [rows, columns] = [16_000, 16_000];
    const huge = writePart10({
      ...readPart10(ctFile(0)),
      Rows: rows,
      Columns: columns,
      _vrMap: { PixelData: 'OW' },
    });
    const image = await file('huge.dcm', withFrames(huge, syntax, [headOf(syntax, rows, columns)]));
    const mask = await file('seg.dcm', segFile([{ segment: 1, slice: 0, bits: [1, 1, 1, 1] }]));
    const { value, grownMiB, ms } = await peakWhile(() => codeOf(measuring([image], mask, 1)));
    process.stdout.write(`${syntax}: ${JSON.stringify([value, grownMiB, ms])}\n`);
    expect(value).toBe('PIXEL_DATA_DAMAGED');
    // The room for the volume is reserved, and the decoder's for the frame; neither is written to.
    expect(grownMiB).toBeLessThan(1536);
  });
});

it('a damaged HTJ2K frame on which the codec never ends costs its own question, at the limit of time', {
  timeout: 60_000,
}, async () => {
  await using own = startRadiomicsPool({ size: 1, timeoutSeconds: 10, isWarmedUp: false });
  const endless = fileURLToPath(new URL('../fixtures/endless-htj2k.dcm', import.meta.url));
  const [, ...others] = await slices();
  const mask = await file('seg.dcm', segFile([{ segment: 1, slice: 1, bits: [1, 1, 1, 1] }]));
  const request = {
    images: [endless, ...others],
    mask: { file: mask, region: 1 },
    features: ['original_shape_Sphericity'],
    settings: EAR_2023,
  };
  expect(await codeOf(own.measure(request, never()))).toBe('WORKER_TIMEOUT');
  expect(await codeOf(own.describeMask(mask, never()))).toBe('read');
});

/** A code stream that has a head and an end, and nothing between them. */
function headOf(syntax: string, rows: number, columns: number): Buffer {
  if (syntax === RLE) {
    const head = Buffer.alloc(66);
    head.writeUInt32LE(2, 0);
    head.writeUInt32LE(64, 4);
    head.writeUInt32LE(65, 8);
    return head;
  }
  if (syntax === JPEG_LS) {
    const head = Buffer.from('ffd8fff7000b100000000001011100ffda0008010100000000ffd9', 'hex');
    head.writeUInt16BE(rows, 7);
    head.writeUInt16BE(columns, 9);
    return head;
  }
  const head = Buffer.from(
    `ff4fff5100290000${'00000000'.repeat(8)}00010f0101ff52000c00000001000504040001ff5c00134040484850484850484850484850484850ff90000a0000000000000001ff93ffd9`,
    'hex',
  );
  head.writeUInt32BE(columns, 8);
  head.writeUInt32BE(rows, 12);
  head.writeUInt32BE(columns, 24);
  head.writeUInt32BE(rows, 28);
  return head;
}

describe('what nests without end', () => {
  it('ten thousand levels without lengths are refused over DIMSE', async () => {
    const { value, grownMiB } = await peakWhile(() => store(withElements(endlessSequences(10_000))));
    expect(value?.status).toBe(0xc000);
    expect(value?.comment).toMatch(/^DICOM_UNPARSABLE/);
    expect(grownMiB).toBeLessThan(50);
    await expectServing();
  });

  it('ten thousand levels with lengths are passed over where they are not read, and harm no comparison', async () => {
    const study = '2.25.802';
    const dataset = (levels: number): Buffer => {
      const from = datasetOf(ctSlice({ study, size: 16 }));
      const pixelsAt = from.length - 16 * 16 * 2 - 12;
      return Buffer.concat([from.subarray(0, pixelsAt), nestedSequences(levels), from.subarray(pixelsAt)]);
    };
    // The second comes under the UID of the first with other bytes: both are read whole to be compared.
    for (const levels of [10_000, 10_001]) {
      expect((await store(dataset(levels), EXPLICIT, `${study}.2.1`))?.status).toBe(0);
    }
    await expectServing();
  });

  it.each([10_000, 200_000])(
    '%i levels in a mask: it is read or refused, and the thread lives',
    async (levels) => {
      const mask = Buffer.concat([rtstructFile([]), nestedSequences(levels)]);
      expect(['read', 'DICOM_UNPARSABLE', 'DICOM_TOO_LARGE']).toContain(
        await codeOf(pool.describeMask(await file('deep.dcm', mask), never())),
      );
      const next = await file('next.dcm', rtstructFile([]));
      expect(await codeOf(pool.describeMask(next, never()))).toBe('read');
    },
  );
});

describe('what announces sizes that nobody has', () => {
  it.each([
    ['Rows x Columns', { Rows: 65_535, Columns: 65_535 }, 'IMAGE_TOO_LARGE'],
    ['Rows x Columns that its pixels do not have', { Rows: 10_000, Columns: 10_000 }, 'DICOM_TRUNCATED'],
    ['a spacing of kilometres', { PixelSpacing: ['9999999', '9999999'] }, 'IMAGE_TOO_LARGE'],
    ['frames', { NumberOfFrames: '2147483647' }, 'IMAGE_PIXELS_UNSUPPORTED'],
  ] as const)('an image of absurd %s', async (_, changes, code) => {
    const images = await Promise.all(
      [0, 1, 2, 3].map((index) => file(`absurd${index}.dcm`, ctFile(index, changes as unknown as Dataset))),
    );
    const bits = Array.from({ length: ROWS * COLUMNS }, () => 1);
    const spacing = 'PixelSpacing' in changes ? { pixelSpacing: [...changes.PixelSpacing] } : {};
    const mask = await file(
      'all.dcm',
      segFile(
        [1, 2].map((slice) => ({ segment: 1, slice, bits })),
        spacing,
      ),
    );
    const { value, grownMiB, ms } = await peakWhile(() => codeOf(measuring(images, mask, 1)));
    process.stdout.write(`image ${JSON.stringify(changes)}: ${JSON.stringify([value, grownMiB, ms])}\n`);
    expect(value).toBe(code);
    expect(grownMiB).toBeLessThan(200);
  });

  it.each([
    ['Rows x Columns', { Rows: 65_535, Columns: 65_535 }],
    ['frames', { NumberOfFrames: '2147483647' }],
  ] as const)('a segmentation of absurd %s', async (_, changes) => {
    const mask = await file(
      'absurd-seg.dcm',
      segFile([{ segment: 1, slice: 1, bits: [1] }], { overrides: changes as unknown as Dataset }),
    );
    const { value, grownMiB } = await peakWhile(async () => codeOf(measuring(await slices(), mask, 1)));
    expect(['DICOM_TRUNCATED', 'MASK_UNREADABLE']).toContain(value);
    expect(grownMiB).toBeLessThan(200);
  });

  it('a hundred thousand regions, each with its observation, are described in seconds', {
    timeout: 90_000,
  }, async () => {
    const numbers = Array.from({ length: 100_000 }, (_, k) => String(k + 1));
    const numbered = (tag: string) => numbers.map((number) => rawElement(tag, 'IS', number));
    const mask = await file(
      'regions.dcm',
      Buffer.concat([
        rtstructFile([]),
        rawSequence('30060020', numbered('30060022')),
        rawSequence('30060039', numbered('30060084')),
        rawSequence('30060080', numbered('30060084')),
      ]),
    );
    const { value, grownMiB, ms } = await peakWhile(() => pool.describeMask(mask, never()));
    process.stdout.write(`regions: ${JSON.stringify([grownMiB, ms])}\n`);
    expect(value.regions).toHaveLength(numbers.length);
    expect(ms).toBeLessThan(45_000);
    expect(grownMiB).toBeLessThan(1024);
  });

  const contour = (points: readonly (readonly [number, number, number])[]): Buffer =>
    Buffer.concat([
      rawElement('30060042', 'CS', 'CLOSED_PLANAR'),
      rawElement('30060050', 'DS', points.map((point) => patientPoint(...point).join('\\')).join('\\')),
    ]);
  /** A structure set whose region 3 has these contours. */
  const contoured = (contours: readonly Buffer[]): Buffer => {
    const region = Buffer.concat([rawSequence('30060040', contours), rawElement('30060084', 'IS', '3')]);
    return Buffer.concat([rtstructFile([]), rawSequence('30060039', [region])]);
  };
  const wide = (index: number): Uint8Array => {
    const PixelData = new Int16Array(512 * 512).buffer;
    return ctFile(index, { Rows: 512, Columns: 512, PixelData, _vrMap: { PixelData: 'OW' } });
  };
  const upright = (x: number): (readonly [number, number, number])[] => [
    [x, 0, 0],
    [511, 0, 0],
    [511, 511, 0],
    [0, 511, 0],
  ];
  const tiny = (x: number): (readonly [number, number, number])[] => [
    [x, 1, 1],
    [1.01, 1, 1],
    [1, 1.01, 1],
  ];
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, k) => k);
  const winding = (count: number) => numbers(count).map((k) => [k % 7, Math.floor(k / 7) % 5, 1] as const);
  it.each([
    [
      'contours that cover the image thousands of times over',
      wide,
      () => numbers(9000).map((k) => contour(upright(k / 9000))),
      ['MASK_UNREADABLE'],
    ],
    [
      'fifty thousand contours on one slice',
      ctFile,
      () => numbers(50_000).map((k) => contour(tiny(1 + k * 1e-5))),
      ['MASK_UNREADABLE'],
    ],
    [
      'a contour of half a million points',
      ctFile,
      () => [contour(winding(500_000))],
      ['read', 'MASK_OUTSIDE', 'ROI_TOO_SMALL'],
    ],
  ] as const)(
    '%s: an answer or a code in seconds',
    { timeout: 90_000 },
    async (what, image, contours, codes) => {
      const images = await Promise.all([0, 1].map((index) => file(`image${index}.dcm`, image(index))));
      const mask = await file('contours.dcm', contoured(contours()));
      const { value, grownMiB, ms } = await peakWhile(() => codeOf(measuring(images, mask, 3)));
      process.stdout.write(`${what}: ${JSON.stringify([value, grownMiB, ms])}\n`);
      expect(codes).toContain(value);
      expect(ms).toBeLessThan(45_000);
      expect(grownMiB).toBeLessThan(512);
    },
  );
});
