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
 * `doubled`: slices share positions. `interleaved`: none do, but acquisitions of different numbers reach into each other.
 * Slabs one behind the other, and slices of which each has a number of its own, are one scan.
 */
export function overlapOf(
  headers: readonly Header[],
  positionsMm: readonly number[],
): 'none' | 'doubled' | 'interleaved' {
  if (new Set(places(positionsMm)).size < positionsMm.length) return 'doubled';
  const numbered = (['AcquisitionNumber', 'TemporalPositionIdentifier'] as const).map((by) =>
    groupsBy(headers, by),
  );
  return numbered.some((groups) => groups && reachIntoEachOther(groups, positionsMm))
    ? 'interleaved'
    : 'none';
}

/**
 * Where acquisitions overlap: the one of which the mask names images, when one attribute parts the series into as many
 * acquisitions as there are slices at one position (or into such that are interleaved), none of which has two slices at
 * one. Undefined when no attribute does, or the mask names images of several or of none.
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
    const group = groups.get(String(value));
    if (group) group.push(k);
    else groups.set(String(value), [k]);
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
  const most = [...counts.values()].reduce((a, b) => Math.max(a, b), 0);
  const isComplete = most > 1 ? groups.length === most : reachIntoEachOther(groups, positionsMm);
  return isComplete && groups.every((slices) => new Set(slices.map((k) => at[k])).size === slices.length);
}

function reachIntoEachOther(groups: readonly (readonly number[])[], positionsMm: readonly number[]): boolean {
  const ranges = groups
    .map((slices) => slices.map((k) => positionsMm[k]!))
    .map((mm) => ({ from: mm.reduce((a, b) => Math.min(a, b)), to: mm.reduce((a, b) => Math.max(a, b)) }))
    .sort((a, b) => a.from - b.from);
  let end = Number.NEGATIVE_INFINITY;
  for (const { from, to } of ranges) {
    if (from < end - SAME_POSITION_MM) return true;
    end = Math.max(end, to);
  }
  return false;
}
