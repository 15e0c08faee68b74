import { describe, expect, test } from 'vitest';
import { type Cost, type Costs, type Measured, STAGES } from '../../simulation/costs.ts';
import { HOURLY_PERCENT, SENDS } from '../../simulation/day.ts';
import { slowestReportFigure } from '../../simulation/figure.ts';
import { type Day, simulateDay, type Trouble } from '../../simulation/model.ts';
import { CONNECTIONS, GOALS, limits, loadOf, meanOf, plan } from '../../simulation/plan.ts';
import { measured } from '../../simulation/statistics.ts';

const just = (value: number): Measured => ({ median: value, low: value, high: value, n: 1 });
const cost = (cpuSeconds: number, databaseCpuSeconds: number, transactions: number): Cost => ({
  cpuSeconds: just(cpuSeconds),
  databaseCpuSeconds: just(databaseCpuSeconds),
  statements: just(2 * transactions),
  transactions: just(transactions),
});
const stage = (cpuSeconds: number) => ({
  ...cost(cpuSeconds, 0.01, 10),
  seconds: just(cpuSeconds),
  mainCpuSeconds: just(0),
  readBytes: just(1e6),
  writtenBytes: just(1e5),
});

/** Round numbers: a measurement takes a second, everything else tenths, an instance a hundredth. */
const COSTS: Costs = {
  machine: { date: '2026-01-01', processor: 'none', cores: 2, node: 'v20', postgres: '15', load: [0, 0] },
  study: { slices: 100, columns: 512, rows: 512, fileBytes: 500_000, cases: 1 },
  receive: {
    ...cost(0.01, 0.001, 2),
    cpuSecondsPerMiB: 0,
    cpuSecondsPerInstance: 0.01,
    databaseBytes: just(1000),
    walBytes: just(2000),
    perSecond: just(100),
  },
  stages: {
    assemble: stage(0.1),
    assessBaseline: stage(0.1),
    assessFollowUp: stage(0.1),
    measure: stage(1),
    score: stage(0.1),
    beside: stage(0.5),
    deliver: stage(0.1),
  },
  deliveries: 2,
  job: cost(0, 0, 6),
  caseDatabaseBytes: just(1e5),
  caseWalBytes: just(1e5),
  idle: {},
  capacity: [{ connections: 16, transactionsPerSecond: 1000, databaseCpuSeconds: 0.001 }],
  disk: [{ parallel: 1, filesPerSecond: 400 }],
  workers: { extraction: never(), endToEnd: never() },
};

function never(): Costs['workers']['extraction'] {
  const nobody = { workers: 0, database: 0, archive: 0 };
  return { jobs: 0, ratio: just(1), one: just(1), two: just(1), busy: { one: nobody, two: nobody } };
}

const HOSPITALS = 100;
/** Many reports, few other studies: much happens, soon computed. */
const MANY = { followUps: 60, baselines: 5, others: 5 };
const SERVERS = { receivers: 2, workers: 2, databaseCores: 2 };
const anew = (trouble: Trouble = {}, servers = SERVERS, seed = 1): Day =>
  simulateDay(COSTS, { hospitals: HOSPITALS, sends: MANY, servers, seed, trouble });
const days = new Map<string, Day>();
function day(trouble: Trouble = {}, servers = SERVERS, seed = 1): Day {
  const key = JSON.stringify([trouble, servers, seed]);
  const made = days.get(key) ?? anew(trouble, servers, seed);
  days.set(key, made);
  return made;
}

describe('a simulated day', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(anew()).toEqual(day());
    expect(day({}, SERVERS, 2).p95).not.toBe(day().p95);
  });

  test('has as many studies as are sent, and each follow-up becomes a report, whatever happens', () => {
    const { followUps, baselines, others } = MANY;
    const expected = HOSPITALS * (followUps + baselines + others);
    const normal = day();
    // Poisson counts: within four standard deviations.
    expect(Math.abs(normal.studies - expected)).toBeLessThan(4 * Math.sqrt(expected));
    expect(Math.abs(normal.reports - HOSPITALS * followUps)).toBeLessThan(
      4 * Math.sqrt(HOSPITALS * followUps),
    );
    for (const trouble of [{ databaseAwaySeconds: 60 }, { workerLostAt: 10 }])
      expect(day(trouble)).toMatchObject({ studies: normal.studies, reports: normal.reports });
    expect(HOURLY_PERCENT.reduce<number>((sum, percent) => sum + percent, 0)).toBe(100);
  });

  test('never is shorter than its work: look, measurement, score and sending of half a study', () => {
    const { p50, p95, p99, longest } = day();
    expect(p50).toBeGreaterThan(0.2 + 0.5 + 0.2);
    expect([p50, p95, p99, longest]).toEqual([p50, p95, p99, longest].sort((a, b) => a - b));
  });

  test('is as busy as the mean load says', () => {
    const load = loadOf(COSTS, MANY);
    const many = [1, 2, 3, 4, 5, 6].map((seed) => day({}, SERVERS, seed));
    const busy = (of: 'receivers' | 'workers' | 'database') => meanOf(many, (each) => each.busy[of]);
    expect(busy('receivers')).toBeCloseTo((HOSPITALS * load.receivers) / SERVERS.receivers, 2);
    expect(busy('workers')).toBeCloseTo((HOSPITALS * load.workers) / SERVERS.workers, 1);
    expect(busy('database')).toBeCloseTo((HOSPITALS * load.database) / SERVERS.databaseCores, 2);
  });

  test('a database that is away for a minute delays reports by as much, and the queue empties again', () => {
    const away = day({ databaseAwaySeconds: 60 });
    expect(away.longest).toBeGreaterThan(50);
    expect(day().longest).toBeLessThan(30);
    expect(away.queueAge.at(-1)).toBe(0);
    expect(away.queueAge).toHaveLength(24 * 60);
  });

  test('with one worker of one away for an hour, a report waits for up to an hour', () => {
    const alone = { ...SERVERS, workers: 1 };
    const lost = day({ workerLostAt: 10 }, alone);
    expect(Math.max(...lost.queueAge)).toBeGreaterThan(3000);
    expect(lost.late).toBeGreaterThan(300);
    expect(day({}, alone).late).toBe(0);
  });

  test('a night that is sent at six makes a queue at six', () => {
    const burst = day({ nightAtSix: HOSPITALS });
    expect(burst.reports).toBeGreaterThan(0);
    expect(burst.longest).toBeGreaterThan(day().longest);
  });
});

describe('a plan', () => {
  test('meets its goals with no more workers than needed, and dearer work needs more', () => {
    const seeds = [1];
    const made = plan(COSTS, HOSPITALS, MANY, { seeds });
    expect(meanOf(made.days, ({ p95 }) => p95)).toBeLessThanOrEqual(GOALS.p95);
    const fewer = { ...made.servers, workers: made.servers.workers - 1 };
    if (fewer.workers > 0) {
      const worse = day({}, fewer);
      expect(worse.p95 > GOALS.p95 || worse.waitP99 > GOALS.waitP99).toBe(true);
    }
    const dearer = plan(COSTS, HOSPITALS, MANY, { seeds, trouble: { costFactor: 4 } });
    expect(dearer.servers.workers).toBeGreaterThan(made.servers.workers);
    expect(dearer.servers.receivers).toBeGreaterThanOrEqual(made.servers.receivers);
    expect(dearer.isMet).toBe(false);
    expect(meanOf(dearer.days, ({ waitP99 }) => waitP99)).toBeLessThanOrEqual(GOALS.waitP99);
    expect(made).toMatchObject({ isMet: true, connections: made.processes * CONNECTIONS });
  });

  test('limits are in the order in which they are met, each the reciprocal of what one hospital asks', () => {
    const load = loadOf(COSTS, SENDS.everything);
    const found = limits(COSTS, SENDS.everything);
    const hospitals = found.map((limit) => limit.hospitals);
    expect(hospitals).toEqual([...hospitals].sort((a, b) => a - b));
    expect(found.find(({ what }) => what === 'one core of workers')?.hospitals).toBeCloseTo(
      1 / load.workers,
      9,
    );
    // 24 studies of 100 instances, eight percent of them in the busiest hour.
    expect(load.instancesPerSecond).toBeCloseTo((24 * 100 * 0.08) / 3600, 9);
  });

  test('the figure has a line for each day and a title for each panel', () => {
    const svg = slowestReportFigure([{ title: 'forty', lines: [{ name: 'a day', day: day() }] }]);
    expect(svg).toMatch(/^<svg .*<\/svg>\n$/s);
    expect(svg).toContain('forty');
    expect(svg.match(/<polyline/g)).toHaveLength(1);
    expect(svg).not.toContain('NaN');
  });
});

test('the interval of a median is that of the binomial distribution', () => {
  // Of six values the extremes hold the median with 1 - 2/64; of nine the second and the eighth, with 0.961.
  expect(measured([6, 1, 5, 2, 4, 3])).toEqual({ median: 3.5, low: 1, high: 6, n: 6 });
  expect(measured([9, 1, 8, 2, 7, 3, 6, 4, 5])).toEqual({ median: 5, low: 2, high: 8, n: 9 });
  expect(measured([7])).toEqual({ median: 7, low: 7, high: 7, n: 1 });
  expect(STAGES).toHaveLength(Object.keys(COSTS.stages).length);
});
