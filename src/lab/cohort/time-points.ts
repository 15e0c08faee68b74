/** The time points of a patient in the order they were acquired. */
import type { TableRow } from '../table/feature-table.ts';
import { cellFault } from '../table/table-fault.ts';

const MS_PER_DAY = 86_400_000;
/** FFT, the first follow-up after therapy began, always precedes EAR. */
const ORDER = ['baseline', 'FFT', 'EAR'] as const;

type When = Pick<TableRow, 'date' | 'days' | 'visit'>;

const dateInDays = ({ date }: When): number | null =>
  date === '' ? null : Date.parse(`${date}T00:00:00Z`) / MS_PER_DAY;
const sinceBaseline = ({ days, visit }: When): number | null => days ?? (visit === 'baseline' ? 0 : null);

/** From the dates where both have one, else from `days`, which a baseline need not have; null: not known. */
export function daysBetween(earlier: When, later: When): number | null {
  for (const clock of [dateInDays, sinceBaseline]) {
    const [from, to] = [clock(earlier), clock(later)];
    if (from !== null && to !== null) return to - from;
  }
  return null;
}

/**
 * A number for each point of one patient that grows with time: from dates when all have one, else from `days`, else from the
 * visits when each is baseline, FFT or EAR. Throws TABLE_INVALID.
 */
export function timesOf(
  points: readonly (When & Pick<TableRow, 'line'>)[],
  table: string,
): readonly number[] {
  const byVisit = ({ visit }: When): number | null => {
    const place = (ORDER as readonly unknown[]).indexOf(visit);
    return place < 0 ? null : place;
  };
  for (const clock of [dateInDays, sinceBaseline, byVisit]) {
    const times = points.flatMap((point) => clock(point) ?? []);
    if (times.length === points.length) return times;
  }
  const unknown = points.find((point) => dateInDays(point) === null) ?? points[0]!;
  throw cellFault(unknown.line, 'date', 'is needed to know what came before (or days)', table);
}
