/**
 * The head and the end of a JPEG, JPEG-LS or JPEG 2000 code stream. Decoders fill what is cut off with anything, or hang:
 * so a stream is looked at before one of them gets it. All of them end with the marker FF D9.
 */
import { Fault } from '../fault.ts';

export type StreamHead = Readonly<{ rows: number; columns: number; components: number; precision: number }>;

const damaged = (detail: string): Fault => new Fault('PIXEL_DATA_DAMAGED', detail);

/** Behind the end there may be padding to an even length; some writers put more. */
const isPadding = (byte: number | undefined): boolean => byte === 0 || byte === 0xff;

/** Faults: PIXEL_DATA_DAMAGED when the stream has not its own end, or no head that can be read. */
export function readStreamHead(stream: Uint8Array): StreamHead {
  let end = stream.length;
  while (end > 2 && isPadding(stream[end - 1])) end--;
  if (stream[end - 1] !== 0xd9 || stream[end - 2] !== 0xff)
    throw damaged('a compressed frame that does not end with its end marker');
  const view = new DataView(stream.buffer, stream.byteOffset, end);
  try {
    const start = view.getUint16(0);
    if (start === 0xffd8) return jpegHead(view);
    if (start === 0xff4f) return jpeg2000Head(view);
  } catch (cause) {
    if (cause instanceof RangeError) throw damaged('a compressed frame without a head');
    throw cause;
  }
  throw damaged('a compressed frame that does not begin with its start marker');
}

/** SOF0 to SOF15 without DHT, JPG and DAC (ITU-T T.81 B.1.1.3), and SOF55 of JPEG-LS (ITU-T T.87 C.1.1). */
const isStartOfFrame = (marker: number): boolean =>
  marker === 0xfff7 || (marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker));

function jpegHead(view: DataView): StreamHead {
  let at = 2;
  for (;;) {
    const marker = view.getUint16(at);
    if (isStartOfFrame(marker)) {
      return {
        precision: view.getUint8(at + 4),
        rows: view.getUint16(at + 5),
        columns: view.getUint16(at + 7),
        components: view.getUint8(at + 9),
      };
    }
    if (marker < 0xffc0) throw damaged('a compressed frame without a head');
    at += marker === 0xffff ? 1 : 2 + view.getUint16(at + 2);
  }
}

/** SIZ is the first marker segment (ITU-T T.800 A.5.1). */
function jpeg2000Head(view: DataView): StreamHead {
  if (view.getUint16(2) !== 0xff51) throw damaged('a compressed frame without a head');
  return {
    columns: view.getUint32(8) - view.getUint32(16),
    rows: view.getUint32(12) - view.getUint32(20),
    components: view.getUint16(40),
    precision: (view.getUint8(42) & 0x7f) + 1,
  };
}
