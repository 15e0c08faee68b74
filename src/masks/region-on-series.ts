import { type DecodeFrame, withoutCodecs } from '../dicom/frames.ts';
import { type CtVolume, volumeFromInstances } from '../volume/from-instances.ts';
import { imagesOfRegion } from './describe.ts';
import { maskOnVolume } from './mask-on-volume.ts';
import type { Drawn } from './rasterise.ts';

/** Which slices, and which region of which mask object. Paths are absolute. */
export type SeriesRegion = Readonly<{
  images: readonly string[];
  mask: Readonly<{ file: string; region: number }>;
}>;

/**
 * The slices of a series as a volume in HU, and a region as a mask on it. `readFile` gives the whole bytes of a path and is
 * called once for each, for the mask again when slices share positions; what it gave may be gone when it is called again.
 * Faults: those of volumeFromInstances and maskOnVolume.
 */
export function regionOnSeries(
  { images, mask: source }: SeriesRegion,
  readFile: (path: string) => Uint8Array,
  decode: DecodeFrame = withoutCodecs,
): Readonly<{ ct: CtVolume; drawn: Drawn }> {
  const ct = volumeFromInstances(images.length, (i) => readFile(images[i]!), {
    decode,
    drawnOn: () => imagesOfRegion(readFile(source.file), source.region),
  });
  return { ct, drawn: maskOnVolume(readFile(source.file), source.region, ct, decode) };
}
