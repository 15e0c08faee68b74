import { encode } from 'fast-png';
import { readPart10 } from '../dicom/part10.ts';

/** The pixels of an 8-bit RGB image as PNG, to be looked at without a DICOM viewer. */
export function pictureAsPng(part10: Uint8Array): Uint8Array {
  const { Columns, Rows, PixelData } = readPart10(part10);
  const [pixels] = PixelData as readonly ArrayBuffer[];
  const [width, height] = [Number(Columns), Number(Rows)];
  const data = new Uint8Array(pixels ?? new ArrayBuffer(0), 0, width * height * 3);
  return encode({ width, height, data, channels: 3, depth: 8 });
}
