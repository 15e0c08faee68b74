/** A real chest CT as other programs compress it: DCMTK's and GDCM's encoders, our decoders. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RadiomicsPool, startRadiomicsPool } from '../../adapters/threads/radiomics-pool.ts';
import type { Measurement } from '../../src/radiomics/measurement.ts';
import { EAR_2023 } from '../../src/radiomics/profile.ts';
import { runChild } from '../support/child.ts';
import { whyNotInstalled } from '../support/installed.ts';
import { startListener } from '../support/listener.ts';
import { describeWithReference } from '../support/reference.ts';

const missing = whyNotInstalled('dcmcrle', 'dcmcjpeg', 'dcmcjpls', 'dcmconv', 'gdcmconv', 'storescu');
const { signal } = new AbortController();
const FEATURE = 'log-sigma-3-0-mm-3D_glcm_DifferenceVariance';

/** Program, its options, storescu's option to propose the syntax, and the syntax. */
const LOSSLESS: readonly (readonly [string, string, readonly string[], string, string])[] = [
  ['Explicit VR Little Endian', 'dcmconv', ['+te'], '-xe', '1.2.840.10008.1.2.1'],
  ['Implicit VR', 'dcmconv', ['+ti'], '-xi', '1.2.840.10008.1.2'],
  ['Explicit VR Big Endian', 'dcmconv', ['+tb'], '-xb', '1.2.840.10008.1.2.2'],
  ['Deflated', 'dcmconv', ['+td'], '-xd', '1.2.840.10008.1.2.1.99'],
  ['RLE of DCMTK', 'dcmcrle', [], '-xr', '1.2.840.10008.1.2.5'],
  ['RLE of GDCM', 'gdcmconv', ['--rle'], '-xr', '1.2.840.10008.1.2.5'],
  ['JPEG Lossless SV1', 'dcmcjpeg', ['+e1'], '-xs', '1.2.840.10008.1.2.4.70'],
  ['JPEG Lossless of GDCM', 'gdcmconv', ['--jpeg'], '-xs', '1.2.840.10008.1.2.4.70'],
  ['JPEG-LS', 'dcmcjpls', ['+el'], '-xt', '1.2.840.10008.1.2.4.80'],
  ['JPEG-LS of GDCM', 'gdcmconv', ['--jpegls'], '-xt', '1.2.840.10008.1.2.4.80'],
  ['JPEG 2000', 'gdcmconv', ['--j2k'], '-xv', '1.2.840.10008.1.2.4.90'],
];
const OTHERS: readonly (readonly [string, string, readonly string[]])[] = [
  ['JPEG Lossless Process 14', 'dcmcjpeg', ['+el', '+sv', '4']],
  ['JPEG-LS of several fragments', 'dcmcjpls', ['+fs', '10']],
];
const LOSSY: readonly (readonly [string, string, readonly string[], string])[] = [
  ['JPEG-LS Near-Lossless', 'dcmcjpls', ['+en'], '1.2.840.10008.1.2.4.81'],
  ['JPEG 2000 with loss', 'gdcmconv', ['--j2k', '--lossy', '-r', '10'], '1.2.840.10008.1.2.4.91'],
  ['JPEG Extended', 'dcmcjpeg', ['+ee'], '1.2.840.10008.1.2.4.51'],
];

describeWithReference('a real chest CT in every transfer syntax', (reference) => {
  const source = join(reference, 'dicom', 'lung-pair', 'baseline', 'ct');
  const mask = join(reference, 'dicom', 'lung-pair', 'baseline', 'rs.dcm');
  let folder: string;
  let pool: RadiomicsPool;
  let native: Measurement;
  /** GDCM writes what is implicit with UN for every element, which storescu does not send. */
  let explicit: string;

  const measure = async (images: readonly string[]): Promise<Measurement> => {
    const region = (await pool.describeMask(mask, signal)).regions[0]?.number ?? 0;
    const request = { images, mask: { file: mask, region }, features: [FEATURE], settings: EAR_2023 };
    return pool.measure(request, signal);
  };
  const converted = async (name: string, program: string, options: readonly string[]): Promise<string> => {
    const into = join(folder, name.replaceAll(' ', '-'));
    await mkdir(into);
    const from = program === 'gdcmconv' ? explicit : source;
    for (const file of await readdir(from)) {
      const { status, output } = await runChild(program, [...options, join(from, file), join(into, file)]);
      expect(status, output).toBe(0);
    }
    return into;
  };
  const filesIn = async (of: string): Promise<string[]> =>
    (await readdir(of)).sort().map((file) => join(of, file));

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'earshot-syntaxes-'));
    pool = startRadiomicsPool({ size: 1 });
    if (missing !== undefined) return;
    explicit = await converted('explicit', 'dcmconv', ['+te']);
    native = await measure(await filesIn(source));
  });
  afterAll(async () => {
    await pool[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it.skipIf(missing).each(LOSSLESS)(
    `%s: negotiated, stored as it came, measured as the original${missing ?? ''}`,
    async (name, program, options, proposal, syntax) => {
      const from = await converted(name, program, options);
      await using listener = await startListener();
      const port = String(listener.scp.port);
      const sent = await runChild('storescu', [proposal, '-aec', 'EARSHOT', '+sd', '127.0.0.1', port, from]);
      expect(sent.status, sent.output).toBe(0);
      expect(new Set(listener.stored.map(({ header }) => header.TransferSyntaxUID))).toEqual(
        new Set([syntax]),
      );
      const measured = await measure(await filesIn(join(listener.dataDir, 'instances')));
      expect(measured.imageDigest).toBe(native.imageDigest);
      expect(measured.features).toEqual(native.features);
    },
  );

  it.skipIf(missing).each(OTHERS)(
    `%s is measured as the original${missing ?? ''}`,
    async (name, program, options) => {
      const measured = await measure(await filesIn(await converted(name, program, options)));
      expect(measured.imageDigest).toBe(native.imageDigest);
      expect(measured.features).toEqual(native.features);
    },
  );

  it.skipIf(missing).each(LOSSY)(
    `lossy %s is measured, and says that it is lossy${missing ?? ''}`,
    async (name, program, options, syntax) => {
      const { header, imageDigest } = await measure(await filesIn(await converted(name, program, options)));
      expect(header).toMatchObject({ TransferSyntaxUID: syntax, LossyImageCompression: '01' });
      expect(imageDigest).not.toBe(native.imageDigest);
    },
  );
});
