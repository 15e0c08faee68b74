/** Several acquisitions in one series: which slices belong together (SR.md 5). */
import type { Header } from '../dicom/header.ts';

/** An attribute that tells acquisitions apart; a slice without it says nothing. */
const KEYS = [
  'AcquisitionNumber',
  'TemporalPositionIdentifier',
  'AcquisitionTime',
] as const satisfies readonly (keyof Header)[];

export type Acquisition = Readonly<{
  by: (typeof KEYS)[number];
  count: number;
  /** indices into the headers given, ascending */
  slices: readonly number[];
}>;

/**
 * Where slices share positions: the acquisition of which the mask names images, when one attribute parts the series
 * into as many acquisitions as there are slices at one position, none of which has two slices at one. Undefined
 * when no attribute does, or the mask names images of several or of none.
 */
export function acquisitionOfMask(
  headers: readonly Header[],
  positionsMm: readonly number[],
  drawnOn: ReadonlySet<string>,
): Acquisition | undefined {
  for (const by of KEYS) {
    const groups = groupsBy(headers, by);
    if (!groups || !isParted(groups, positionsMm)) continue;
    const named = groups.filter((slices) => slices.some((k) => drawnOn.has(headers[k]!.SOPInstanceUID)));
    const [slices, second] = named;
    return slices && !second ? { by, count: groups.length, slices } : undefined;
  }
  return undefined;
}

function groupsBy(headers: readonly Header[], by: (typeof KEYS)[number]): readonly number[][] | undefined {
  const groups = new Map<string, number[]>();
  for (const [k, header] of headers.entries()) {
    const value = header[by];
    if (value === undefined || value === '') return undefined;
    groups.set(String(value), [...(groups.get(String(value)) ?? []), k]);
  }
  return [...groups.values()];
}

/** Positions closer than this are one position, mm. */
const SAME_POSITION_MM = 1e-3;
const places = (positionsMm: readonly number[]): number[] =>
  positionsMm.map((mm) => Math.round(mm / SAME_POSITION_MM));

function isParted(groups: readonly (readonly number[])[], positionsMm: readonly number[]): boolean {
  const at = places(positionsMm);
  const counts = new Map<number, number>();
  for (const place of at) counts.set(place, (counts.get(place) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return (
    groups.length === most &&
    groups.every((slices) => new Set(slices.map((k) => at[k])).size === slices.length)
  );
}
