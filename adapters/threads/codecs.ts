/** The door to dcmjs-codecs (WebAssembly): started when a thread first meets compressed pixels, then kept. */
import type { CodecCoding, DecodeFrame, FrameShape } from '../../src/dicom/frames.ts';
import { Fault } from '../../src/fault.ts';
import { inflateRaw } from './inflate.ts';

type Library = typeof import('dcmjs-codecs');
let library: Library | undefined;

/** Thrown when a codec is asked for before it was started: start the codecs and ask again. */
export class CodecsNotStarted extends Error {}

/** Loads and compiles the codecs; 4 MB of WebAssembly, some 50 ms. Safe to call again. */
export async function startCodecs(): Promise<void> {
  if (library) return;
  const loaded = (await import('dcmjs-codecs')).default as unknown as Library;
  loaded.log.setLevel('silent');
  if (loaded.NativeCodecs.isInitialized()) loaded.NativeCodecs.release();
  await loaded.NativeCodecs.initializeAsync({ logCodecsInfo: false, logCodecsTrace: false });
  library = loaded;
}

const DECODERS = {
  jpeg: 'decodeJpeg',
  jpegLs: 'decodeJpegLs',
  jpeg2000: 'decodeJpeg2000',
  htJpeg2000: 'decodeHtJpeg2000',
} as const satisfies Record<Exclude<CodecCoding, 'deflatedFrame'>, keyof Library['NativeCodecs']>;

/**
 * Faults: PIXEL_DATA_DAMAGED with the codec's own words as its cause. A codec that gave up, by an error or a trap, has left
 * its memory as it was then: it is thrown away, and the next frame is decoded by a new one.
 */
export const decodeFrame: DecodeFrame = (frame, coding, shape) => {
  if (coding === 'deflatedFrame') return inflateFrame(frame, shape);
  if (!library) throw new CodecsNotStarted();
  const { Context, NativeCodecs } = library;
  const context = new Context({
    width: shape.columns,
    height: shape.rows,
    bitsAllocated: Math.max(8, shape.bitsAllocated),
    bitsStored: shape.bitsStored,
    samplesPerPixel: 1,
    pixelRepresentation: shape.isSigned ? 1 : 0,
    planarConfiguration: 0,
    photometricInterpretation: 'MONOCHROME2',
    encodedBuffer: frame,
  });
  try {
    const decoded = NativeCodecs[DECODERS[coding]](context, {}).getDecodedBuffer();
    if (decoded) return decoded;
  } catch (cause) {
    library = undefined;
    throw new Fault('PIXEL_DATA_DAMAGED', coding, { cause });
  }
  throw new Fault('PIXEL_DATA_DAMAGED', coding);
};

/** A frame that inflates to more than it may is damaged, as is one that does not inflate. */
function inflateFrame(frame: Uint8Array, { rows, columns, bitsAllocated }: FrameShape): Uint8Array {
  const bytes = Math.ceil((rows * columns * bitsAllocated) / 8);
  try {
    return inflateRaw(frame, bytes + (bytes % 2));
  } catch (cause) {
    throw new Fault('PIXEL_DATA_DAMAGED', 'deflated frame', { cause });
  }
}
