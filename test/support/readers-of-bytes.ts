/** Every reader of bytes that come from outside, with files that it takes: what damaged input is tried on. */
import { gzipSync } from 'node:zlib';
import { MultipartParser } from '../../adapters/dicomweb/multipart.ts';
import { CodecsNotStarted, decodeFrame, startCodecs } from '../../adapters/threads/codecs.ts';
import { inflate, inflateRaw } from '../../adapters/threads/inflate.ts';
import { inflatedPart10 } from '../../src/dicom/deflated.ts';
import { parsePart10 } from '../../src/dicom/parse-part10.ts';
import { readPart10 } from '../../src/dicom/part10.ts';
import { readHeader } from '../../src/dicom/read-header.ts';
import { isUid } from '../../src/dicom/uid.ts';
import { describeMask } from '../../src/masks/describe.ts';
import { measure } from '../../src/radiomics/measure.ts';
import { EAR_2023 } from '../../src/radiomics/profile.ts';
import { renderReport } from '../../src/sr/document.ts';
import { rejectedReports } from '../../src/sr/read-rejection.ts';
import { readReport } from '../../src/sr/read-report.ts';
import { parseImageFile } from '../../src/volume/formats/image-file.ts';
import { ctSlice } from './ct-slice.ts';
import { enhancedCtFile } from './enhanced-ct.ts';
import { niftiFile, nrrdFile } from './image-files.ts';
import { COLUMNS, ctFile, ROWS, rtstructFile, segFile } from './mask-fixtures.ts';
import { must, pieces, type Reader } from './reader.ts';
import { READERS_OF_DIMSE } from './readers-of-dimse.ts';
import { reportCases } from './report-content.ts';
import { shippedTemplates } from './report-template.ts';
import { multipart } from './stow.ts';
import {
  asBigEndian,
  asDeflated,
  asDeflatedFrames,
  asEncoded,
  asRle,
  JPEG_2000,
  JPEG_LOSSLESS,
  JPEG_LS,
} from './transcode.ts';

const SLICE = ctSlice({ size: 16 });

const BITS = Array.from({ length: ROWS * COLUMNS }, (_, i) => (i % COLUMNS > 1 && i > COLUMNS ? 1 : 0));
const SEG = Buffer.from(segFile([1, 2].map((slice) => ({ segment: 1, slice, bits: BITS }))));
const RTSTRUCT = Buffer.from(
  rtstructFile(
    [1, 2].map((slice) => ({
      points: [
        [1, 1, slice],
        [5, 1, slice],
        [5, 4, slice],
        [1, 4, slice],
      ] as const,
    })),
  ),
);
const CT = [0, 1, 2, 3].map((index) => Buffer.from(ctFile(index)));
const SETTINGS = { ...EAR_2023, imageTypes: { Original: true, LoG: [1.5] } };
const FEATURES = ['original_shape_Sphericity', 'original_glcm_Idm', 'log-sigma-1-5-mm-3D_firstorder_Mean'];

/** Measures as a computing thread does; the codecs are started by `prepare`. */
function measured(images: readonly Buffer[], mask: Buffer, region: number): void {
  const files = new Map([...images.map((bytes, k) => [String(k), bytes] as const), ['mask', mask]]);
  const request = {
    images: images.map((_, k) => String(k)),
    mask: { file: 'mask', region },
    features: FEATURES,
    settings: SETTINGS,
  };
  const read = (file: string): Uint8Array => inflatedPart10(files.get(file) ?? new Uint8Array(0), inflateRaw);
  try {
    const { features, roi } = measure(request, read, decodeFrame);
    must(
      FEATURES.every((name) => features[name] === null || Number.isFinite(features[name])),
      'no number',
    );
    must(roi.voxels > 0, 'an empty region');
  } catch (thrown) {
    if (!(thrown instanceof CodecsNotStarted)) throw thrown;
  }
}

const headers: Reader = {
  name: 'headers of Part 10 files',
  valid: [SLICE, SEG, RTSTRUCT, Buffer.from(enhancedCtFile([0, 1])), asBigEndian(SLICE), asRle(SLICE)],
  read: (bytes) => {
    const found = readHeader(bytes);
    must(found !== undefined, 'a whole file that wants more');
    must(isUid(found?.header.SOPInstanceUID) && isUid(found?.header.StudyInstanceUID), 'no UID');
  },
};

const masks: Reader = {
  name: 'SEG and RTSTRUCT, described',
  valid: [SEG, RTSTRUCT, asRle(SEG), asBigEndian(RTSTRUCT), asDeflated(SEG)],
  read: (bytes) => {
    const { regions } = describeMask(inflatedPart10(bytes, inflateRaw));
    must(
      regions.every(({ number }) => Number.isInteger(number)),
      'a region without a number',
    );
  },
};

const measuredMasks: Reader = {
  name: 'SEG and RTSTRUCT, measured',
  valid: [SEG, RTSTRUCT, asRle(SEG), asDeflatedFrames(SEG), asBigEndian(RTSTRUCT)],
  read: (bytes, random) => measured(CT, bytes, random.index(2) === 0 ? 1 : 3),
  prepare: startCodecs,
};

/** Without HTJ2K, on which the codec may never end: a thread is ended then (bombs.test.ts). */
const measuredSlices = async (): Promise<Reader> => {
  const [slice = Buffer.alloc(0)] = CT;
  const encoded = await Promise.all(
    [JPEG_LOSSLESS, JPEG_LS, JPEG_2000].map((syntax) => asEncoded(slice, syntax)),
  );
  return {
    name: 'CT slices, measured',
    valid: [
      slice,
      asRle(slice),
      asBigEndian(slice),
      asDeflated(slice),
      Buffer.from(enhancedCtFile([0])),
      ...encoded,
    ],
    read: (bytes) => measured([bytes, ...CT.slice(1)], SEG, 1),
    prepare: startCodecs,
  };
};

const BOUNDARY = 'b0undary';
const multiparts: Reader = {
  name: 'multipart bodies',
  valid: [
    multipart([SLICE], BOUNDARY),
    multipart([SLICE.subarray(0, 200), SLICE.subarray(0, 300)], BOUNDARY),
  ],
  read: (bytes, random) => {
    const parser = new MultipartParser(BOUNDARY);
    let data = 0;
    for (const piece of pieces(bytes, random)) {
      for (const event of parser.push(piece)) data += event.kind === 'data' ? event.bytes.length : 0;
    }
    must(data <= bytes.length, 'more data than came');
    parser.end();
  },
};

const imageFiles: Reader = {
  name: 'NRRD and NIfTI',
  valid: [
    nrrdFile([6, 5, 4]),
    nrrdFile([6, 5, 4], { encoding: 'gzip' }),
    nrrdFile([3, 3, 3], { space: '', 'space directions': '', spacings: '1 1 2' }),
    niftiFile([6, 5, 4], { sformOff: 0 }),
    niftiFile([6, 5, 4], { isBigEndian: true, slope: 2, inter: -1 }),
    gzipSync(niftiFile([6, 5, 4])),
  ],
  read: (bytes) => {
    const { voxels, size, spacing } = parseImageFile(bytes, 'x', inflate);
    must(voxels.length === size[0] * size[1] * size[2], 'voxels that are not of the size');
    must(
      spacing.every((mm) => mm > 0 && Number.isFinite(mm)),
      'a spacing',
    );
  },
};

const reports: Reader = {
  name: 'SR read back',
  share: 0.2,
  valid: Object.values(reportCases())
    .slice(0, 4)
    .map((content) => Buffer.from(renderReport(shippedTemplates(), content).bytes)),
  read: (bytes) => {
    parsePart10(bytes, 500_000);
    const dataset = whatDcmjsReads(bytes);
    if (dataset === undefined) return;
    const report = readReport(dataset);
    if (report) must(isUid(report.SOPInstanceUID) && report.lesions.length > 0, 'a report without a lesion');
    rejectedReports(dataset);
  },
};

/** What dcmjs throws has no code; whoever asks drops such an object (lookAtReport). */
function whatDcmjsReads(bytes: Buffer): ReturnType<typeof readPart10> | undefined {
  try {
    return readPart10(bytes);
  } catch {
    return undefined;
  }
}

export const readersOfBytes = async (): Promise<readonly Reader[]> => [
  ...READERS_OF_DIMSE,
  headers,
  masks,
  measuredMasks,
  await measuredSlices(),
  multiparts,
  imageFiles,
  reports,
];
