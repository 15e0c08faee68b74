/** When free space will reach the watermark, if it goes on as it went. */
export type FreeSpace = Readonly<{ at: Date; freeBytes: number }>;

export type DiskForecast =
  | Readonly<{ kind: 'notEnoughData' }>
  /** nothing is accepted now */
  | Readonly<{ kind: 'full' }>
  /** it does not shrink, or nobody can tell that it does */
  | Readonly<{ kind: 'steady'; bytesPerDay: number }>
  | Readonly<{
      kind: 'filling';
      /** below zero */
      bytesPerDay: number;
      days: number;
      /** 95 % range of the trend */
      earliestDays: number;
      latestDays: number;
    }>;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A trend of less time is none. */
const FEWEST_MS = 6 * HOUR_MS;
/** What happened longer ago says little of what comes. */
export const FORECAST_FROM_MS = 7 * DAY_MS;
/** Medians of so many spans of time stand for their samples: neighbours swing together and are not so many witnesses. */
const MOST_SPANS = 48;
const FEWEST_SPANS = 6;
/** 95 % of a normal distribution. */
const Z = 1.96;

/**
 * The slope of Theil and Sen: the median of the slopes of all pairs, which a night's cleaning up or one large study does not move;
 * its range from the ranks of Kendall's S (Sen 1968). In the order of time.
 */
export function diskForecast(samples: readonly FreeSpace[], watermarkBytes: number): DiskForecast {
  const newest = samples.at(-1);
  if (newest && newest.freeBytes <= watermarkBytes) return { kind: 'full' };
  const recent = samples.filter(({ at }) => newest && newest.at.getTime() - at.getTime() <= FORECAST_FROM_MS);
  const [first] = recent;
  if (!newest || !first || newest.at.getTime() - first.at.getTime() < FEWEST_MS)
    return { kind: 'notEnoughData' };
  const points = medians(recent, first.at.getTime(), newest.at.getTime());
  if (points.length < FEWEST_SPANS) return { kind: 'notEnoughData' };
  const { low, median, high } = slopes(points);
  if (high >= 0) return { kind: 'steady', bytesPerDay: median };
  const room = newest.freeBytes - watermarkBytes;
  return {
    kind: 'filling',
    bytesPerDay: median,
    days: room / -median,
    earliestDays: room / -low,
    latestDays: room / -high,
  };
}

type Point = Readonly<{ day: number; bytes: number }>;

function medians(samples: readonly FreeSpace[], from: number, to: number): Point[] {
  const spans: FreeSpace[][] = Array.from({ length: MOST_SPANS }, () => []);
  for (const sample of samples) {
    const part = (sample.at.getTime() - from) / (to - from);
    spans[Math.min(MOST_SPANS - 1, Math.floor(part * MOST_SPANS))]?.push(sample);
  }
  return spans
    .filter((span) => span.length > 0)
    .map((span) => ({
      day: middle(span.map(({ at }) => at.getTime())) / DAY_MS,
      bytes: middle(span.map(({ freeBytes }) => freeBytes)),
    }));
}

/** Bytes a day: the median of all pairs, and the pairs between which the true slope lies. */
function slopes(points: readonly Point[]): { low: number; median: number; high: number } {
  const all = points
    .flatMap((a, i) => points.slice(i + 1).map((b) => (b.bytes - a.bytes) / (b.day - a.day)))
    .sort((a, b) => a - b);
  const n = points.length;
  const spread = Z * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const at = (rank: number) => all[Math.min(all.length - 1, Math.max(0, Math.round(rank)))] ?? 0;
  return {
    low: at((all.length - spread) / 2 - 1),
    median: middle(all),
    high: at((all.length + spread) / 2),
  };
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2;
}

/** Days until the disk is full, by a trend that is certain; null when there is none. */
export const fullInDays = (forecast: DiskForecast): number | null => {
  if (forecast.kind === 'full') return 0;
  return forecast.kind === 'filling' ? forecast.days : null;
};
