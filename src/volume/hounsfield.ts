/** Modality LUT of a slice (PS3.3 C.11.1): HU = slope * stored + intercept. */
export type SliceRescale = Readonly<{
  slope: number;
  intercept: number;
  isSigned: boolean;
  /** of the samples: tells which values can occur at all */
  bitsStored: number;
}>;

const MIN_INT16 = -32768;
const MAX_INT16 = 32767;

/**
 * HU of 16-bit patterns, slices of equal size one after the other, one rescale each. Whole slopes and intercepts give
 * an Int16Array on the memory of `stored` (which is overwritten); values beyond int16, as padding may have, are
 * clamped and counted in a finding. Otherwise a Float32Array, as the float image that ITK makes of such a series.
 */
export function toHounsfield(
  stored: Uint16Array,
  rescales: readonly SliceRescale[],
): { voxels: Int16Array | Float32Array; findings: string[] } {
  const isWhole = rescales.every(
    ({ slope, intercept }) => Number.isInteger(slope) && Number.isInteger(intercept),
  );
  const pixels = stored.length / rescales.length;
  if (!isWhole) {
    const voxels = new Float32Array(stored.length);
    for (const [slice, rescale] of rescales.entries())
      rescaleFloat(stored, voxels, slice * pixels, pixels, rescale);
    return {
      voxels,
      findings: ['rescale slope or intercept is not whole: values are not truncated to integers'],
    };
  }
  const voxels = new Int16Array(stored.buffer, stored.byteOffset, stored.length);
  const tables = new Map<string, Table>();
  let clamped = 0;
  for (const [slice, rescale] of rescales.entries()) {
    if (isIdentity(rescale)) continue;
    const key = Object.values(rescale).join();
    const table = tables.get(key) ?? tableOf(rescale);
    tables.set(key, table);
    clamped += lookUp(stored, voxels, slice * pixels, pixels, table);
  }
  return { voxels, findings: clamped > 0 ? [`${clamped} voxels beyond 16 bit were clamped`] : [] };
}

const isIdentity = ({ slope, intercept, isSigned }: SliceRescale): boolean =>
  isSigned && slope === 1 && intercept === 0;

/** Whole slope and intercept, and the ends of what the samples can hold, tell whether a value can leave int16. */
export function canOverflow({ slope, intercept, isSigned, bitsStored }: SliceRescale): boolean {
  const ends = isSigned ? [-(2 ** (bitsStored - 1)), 2 ** (bitsStored - 1) - 1] : [0, 2 ** bitsStored - 1];
  const values = ends.map((sample) => slope * sample + intercept);
  const isInside = values.every((value) => value >= MIN_INT16 && value <= MAX_INT16);
  return !(Number.isInteger(slope) && Number.isInteger(intercept) && isInside);
}

/** HU of each of the 65,536 patterns, and 1 where it had to be clamped. */
type Table = Readonly<{ hu: Int16Array; isClamped: Uint8Array }>;

function tableOf({ slope, intercept, isSigned }: SliceRescale): Table {
  const hu = new Int16Array(65_536);
  const isClamped = new Uint8Array(65_536);
  for (let pattern = 0; pattern < 65_536; pattern++) {
    const sample = isSigned ? (pattern << 16) >> 16 : pattern;
    const value = slope * sample + intercept;
    hu[pattern] = Math.min(MAX_INT16, Math.max(MIN_INT16, value));
    isClamped[pattern] = value > MAX_INT16 || value < MIN_INT16 ? 1 : 0;
  }
  return { hu, isClamped };
}

function lookUp(
  stored: Uint16Array,
  voxels: Int16Array,
  start: number,
  count: number,
  { hu, isClamped }: Table,
): number {
  let clamped = 0;
  for (let i = start; i < start + count; i++) {
    const pattern = stored[i]!;
    voxels[i] = hu[pattern]!;
    clamped += isClamped[pattern]!;
  }
  return clamped;
}

function rescaleFloat(
  stored: Uint16Array,
  voxels: Float32Array,
  start: number,
  count: number,
  { slope, intercept, isSigned }: SliceRescale,
): void {
  for (let i = start; i < start + count; i++) {
    const sample = isSigned ? (stored[i]! << 16) >> 16 : stored[i]!;
    voxels[i] = slope * sample + intercept;
  }
}
