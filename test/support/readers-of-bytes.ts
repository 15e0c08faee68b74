/** Every reader of bytes that come from outside, with files that it takes: what damaged input is tried on. */
import { gzipSync } from 'node:zlib';
import { MultipartParser } from '../../adapters/dicomweb/multipart.ts';
import { boundedAnswers } from '../../adapters/dimse/bounded-answers.ts';
import { readCommandSet } from '../../adapters/dimse/command-set.ts';
import { contextsInOrder } from '../../adapters/dimse/context-order.ts';
import { MessageGate } from '../../adapters/dimse/message-gate.ts';
import { PDU, PduFramer } from '../../adapters/dimse/pdu.ts';
import { CodecsNotStarted, decodeFrame, startCodecs } from '../../adapters/threads/codecs.ts';
import { inflate, inflateRaw } from '../../adapters/threads/inflate.ts';
import { inflatedPart10 } from '../../src/dicom/deflated.ts';
import { parsePart10 } from '../../src/dicom/parse-part10.ts';
import { readPart10 } from '../../src/dicom/part10.ts';
import { readHeader } from '../../src/dicom/read-header.ts';
import { isUid } from '../../src/dicom/uid.ts';
import { Fault } from '../../src/fault.ts';
import { describeMask } from '../../src/masks/describe.ts';
import type { Random } from '../../src/model/random.ts';
import { measure } from '../../src/radiomics/measure.ts';
import { EAR_2023 } from '../../src/radiomics/profile.ts';
import { renderReport } from '../../src/sr/document.ts';
import { rejectedReports } from '../../src/sr/read-rejection.ts';
import { readReport } from '../../src/sr/read-report.ts';
import { parseImageFile } from '../../src/volume/formats/image-file.ts';
import { ctSlice, datasetOf } from './ct-slice.ts';
import { enhancedCtFile } from './enhanced-ct.ts';
import { niftiFile, nrrdFile } from './image-files.ts';
import { COLUMNS, ctFile, ROWS, rtstructFile, segFile } from './mask-fixtures.ts';
import { reportCases } from './report-content.ts';
import { shippedTemplates } from './report-template.ts';
import { associateAc } from './scripted-archive.ts';
import {
  associateRq,
  COMMAND_LAST,
  DATA_LAST,
  pdu,
  pdv,
  releaseRq,
  storeCommand,
  storePdus,
} from './scripted-peer.ts';
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

export type Reader = Readonly<{
  name: string;
  /** files that it takes */
  valid: readonly Buffer[];
  /** Answers, or throws a Fault. What it answers is looked at here: an unsound answer is thrown as an Error. */
  read(bytes: Buffer, random: Random): unknown;
  /** Before some inputs. */
  prepare?(): Promise<void>;
  /** It takes so many of all inputs, because each takes so long; default 1. */
  share?: number;
}>;

function must(claim: boolean, what: string): void {
  if (!claim) throw new Error(`unsound: ${what}`);
}

/** In pieces of any size, as a socket gives them. */
function* pieces(bytes: Buffer, random: Random): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random.index(random.index(3) === 0 ? 20 : 20_000);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const SLICE = ctSlice({ size: 16 });
const STORE = storePdus({ SOPInstanceUID: '2.25.1.2.1' }, datasetOf(SLICE), { fragment: 300 });

/** What ends an association is answered, not thrown. */
const ABORTED = new Fault('DICOM_UNPARSABLE', 'A-ABORT');

const pdus: Reader = {
  name: 'PDUs',
  valid: [
    Buffer.concat([associateRq(), ...STORE, releaseRq()]),
    Buffer.concat([
      associateRq({
        abstractSyntaxes: ['1.2.840.10008.1.1', '1.2.840.10008.5.1.4.1.1.2'],
        contextIds: [3, 1],
      }),
      ...STORE.slice(0, 3),
    ]),
  ],
  read: (bytes, random) => {
    const framer = new PduFramer(131_072, (pdu) => {
      if (pdu[0] === PDU.associateRq) {
        must(contextsInOrder(pdu).length === pdu.length, 'a request of another length');
        framer.state = 'associated';
        return undefined;
      }
      return pdu[0] === PDU.data ? gate.take(pdu) : undefined;
    });
    let fragments = 0;
    const gate = new MessageGate({
      isAccepted: (contextId) => contextId === 1 || contextId === 3,
      onCommand: () => {
        if (gate.isAnswering) gate.answered();
        return undefined;
      },
      onDataset: (fragment) => {
        fragments += fragment.length;
      },
      onDatasetEnd: () => gate.answered(),
    });
    for (const piece of pieces(bytes, random)) if (framer.push(piece) !== undefined) throw ABORTED;
    must(fragments <= bytes.length, 'more data than came');
  },
};

/** What a node answers: whole PDUs and nothing else reach the library, and no more bytes than came. */
const answers: Reader = {
  name: 'PDUs that answer us',
  valid: [
    Buffer.concat([
      associateAc(associateRq().subarray(6)),
      ...STORE,
      pdu(0x04, pdv(1, COMMAND_LAST, storeCommand({ field: 0x8020, hasDataset: true }))),
      pdu(0x04, pdv(1, DATA_LAST, datasetOf(SLICE).subarray(0, 200))),
      pdu(0x04, pdv(1, COMMAND_LAST, storeCommand({ field: 0x8020, hasDataset: false }))),
      pdu(0x06, Buffer.alloc(4)),
    ]),
    pdu(0x03, Buffer.from([0, 1, 1, 7])),
  ],
  read: (bytes, random) => {
    let handedOn = 0;
    const take = boundedAnswers((whole) => {
      must(whole.length === 6 + whole.readUInt32BE(2), 'a PDU of another length');
      handedOn += whole.length;
    });
    for (const piece of pieces(bytes, random)) if (take(piece) !== undefined) throw ABORTED;
    must(handedOn <= bytes.length, 'more than came');
  },
};

const commandSets: Reader = {
  name: 'DIMSE command sets',
  valid: [
    storeCommand(),
    storeCommand({ field: 0x0100, hasDataset: false }),
    storeCommand({ SOPInstanceUID: undefined }),
  ],
  read: (bytes) => {
    const command = readCommandSet(bytes);
    if (!command) throw ABORTED;
    must(Number.isInteger(command.CommandField), 'a command without its field');
  },
};

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
  pdus,
  answers,
  commandSets,
  headers,
  masks,
  measuredMasks,
  await measuredSlices(),
  multiparts,
  imageFiles,
  reports,
];
