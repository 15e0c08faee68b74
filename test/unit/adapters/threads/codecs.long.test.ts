import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RadiomicsPool, startRadiomicsPool } from '../../../../adapters/threads/radiomics-pool.ts';
import type { Measurement, MeasureRequest } from '../../../../src/radiomics/measurement.ts';
import { EAR_2023 } from '../../../../src/radiomics/profile.ts';
import { phantomCase } from '../../../support/phantom-case.ts';
import {
  asBigEndian,
  asDeflated,
  asDeflatedFrames,
  asEncoded,
  asRle,
  HTJ2K,
  JPEG_2000,
  JPEG_LOSSLESS,
  JPEG_LS,
} from '../../../support/transcode.ts';

const { signal } = new AbortController();
const FEATURES = ['original_firstorder_Mean', 'original_glcm_DifferenceVariance'];

let folder: string;
let pool: RadiomicsPool;
const { objects } = phantomCase('CODECS');
const { ct, mask } = objects('baseline', { maskKind: 'SEG' });

const put = (name: string, bytes: Uint8Array): string => {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
};
type Transcode = (file: Uint8Array) => Uint8Array | Promise<Uint8Array>;
async function request(
  name: string,
  image: Transcode,
  of: Transcode = (file) => file,
): Promise<MeasureRequest> {
  const images = await Promise.all(ct.map(async (file, k) => put(`${name}-${k}.dcm`, await image(file))));
  return {
    images,
    mask: { file: put(`${name}-mask.dcm`, await of(mask)), region: 1 },
    features: FEATURES,
    settings: EAR_2023,
  };
}

/** The series as it was written: measured once. */
let native: Promise<Measurement> | undefined;
const ofNative = (): Promise<Measurement> => {
  native ??= request('native', (file) => file).then((asked) => pool.measure(asked, signal));
  return native;
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-codecs-'));
  pool = startRadiomicsPool({ size: 1, timeoutSeconds: 120, isWarmedUp: false });
});
afterAll(async () => {
  await pool[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

describe('one series in every transfer syntax (PS3.5 annex A)', () => {
  it.each<[string, Transcode, Transcode]>([
    ['Explicit VR Big Endian', asBigEndian, asBigEndian],
    ['Deflated Explicit VR Little Endian', asDeflated, asDeflated],
    ['RLE Lossless', asRle, asRle],
    ['Deflated Image Frame', asDeflatedFrames, asDeflatedFrames],
    ['JPEG Lossless', (file) => asEncoded(file, JPEG_LOSSLESS), asRle],
    ['JPEG-LS', (file) => asEncoded(file, JPEG_LS), asRle],
    ['JPEG 2000', (file) => asEncoded(file, JPEG_2000), asRle],
    ['High-Throughput JPEG 2000', (file) => asEncoded(file, HTJ2K, { fragments: 3 }), asRle],
  ])(
    '%s gives the voxels, the mask and the features of the native one',
    async (name, image, of) => {
      const native = await ofNative();
      const measured = await pool.measure(await request(name.replaceAll(' ', '-'), image, of), signal);
      expect(measured.imageDigest).toBe(native.imageDigest);
      expect(measured.maskDigest).toBe(native.maskDigest);
      expect(measured.features).toEqual(native.features);
      expect(measured.findings).toEqual(native.findings);
    },
    120_000,
  );
});

describe('compressed slices that are damaged', () => {
  /** A frame of which the last bytes are missing, under fragments of the right length. */
  const cut =
    (syntax: string): Transcode =>
    async (file) => {
      const whole = Buffer.from(await asEncoded(file, syntax));
      // The item of the only fragment: behind PixelData's head and the empty offset table.
      const at = whole.indexOf(Buffer.from('e07f10004f420000ffffffff', 'hex')) + 12 + 8;
      const length = whole.readUInt32LE(at + 4) - 400;
      whole.writeUInt32LE(length, at + 4);
      return Buffer.concat([whole.subarray(0, at + 8 + length), Buffer.from('feffdde000000000', 'hex')]);
    };

  it.each([
    ['JPEG Lossless', JPEG_LOSSLESS],
    ['JPEG-LS', JPEG_LS],
    ['JPEG 2000', JPEG_2000],
    ['High-Throughput JPEG 2000', HTJ2K],
  ])(
    'a %s frame that is cut off is held, at once, and the thread lives on',
    async (name, syntax) => {
      const asked = await request(`cut-${name.replaceAll(' ', '-')}`, cut(syntax));
      const started = performance.now();
      await expect(pool.measure(asked, signal)).rejects.toMatchObject({ code: 'PIXEL_DATA_DAMAGED' });
      expect(performance.now() - started).toBeLessThan(5000);
      const { features } = await pool.measure(await request('again', (file) => file), signal);
      expect(features['original_firstorder_Mean']).toBeTypeOf('number');
    },
    120_000,
  );

  it('a frame that is broken inside its markers traps the codec; the next frame gets a new one and is right', async () => {
    const broken: Transcode = async (file) => {
      const bytes = Buffer.from(await asEncoded(file, JPEG_LS));
      const from = bytes.indexOf(Buffer.from('fff7', 'hex')) + 200;
      for (let at = from; at < bytes.length - 30; at += 97) bytes.writeUInt8(bytes.readUInt8(at) ^ 0x5a, at);
      return bytes;
    };
    const asked = await request('broken', broken);
    await expect(pool.measure(asked, signal)).rejects.toMatchObject({ code: 'PIXEL_DATA_DAMAGED' });
    const native = await ofNative();
    const whole = await request('whole', (file) => asEncoded(file, JPEG_LS));
    expect((await pool.measure(whole, signal)).imageDigest).toBe(native.imageDigest);
  }, 120_000);

  it('a deflated object that unpacks to more than its limit is refused', async () => {
    const bomb = asDeflated(Buffer.concat([ct[0]!, Buffer.alloc(600 * 2 ** 20)]));
    const asked = await request('bomb', (file) => (file === ct[0] ? bomb : file));
    await expect(pool.measure(asked, signal)).rejects.toMatchObject({ code: 'DICOM_TOO_LARGE' });
  }, 120_000);
});
