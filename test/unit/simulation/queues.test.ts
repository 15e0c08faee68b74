import { describe, expect, test } from 'vitest';
import { digestOf } from '../../../src/dicom/uid.ts';
import { seededRandom } from '../../../src/model/random.ts';
import { chanceToWait, longerThanOfMMc, waitOfMG1, waitOfMMc } from '../../simulation/closed-forms.ts';
import { createTimeline } from '../../simulation/events.ts';
import { createStation } from '../../simulation/station.ts';

type Queue = Readonly<{
  servers: number;
  arrivals: number;
  serviceSeconds: (uniform: () => number) => number;
}>;

const exponential = (mean: number) => (uniform: () => number) => -mean * Math.log(1 - uniform());

/** Means over batches of a long run, which are nearly independent: their spread gives the interval of the whole. */
function simulate({ servers, arrivals, serviceSeconds }: Queue, seed: string) {
  const [batches, each, warmUp] = [20, 10_000, 2000];
  const { uniform } = seededRandom(digestOf(seed));
  const time = createTimeline();
  const station = createStation(time, servers);
  const waits: number[] = [];
  let sojourn = 0;
  const total = warmUp + batches * each;
  const arrive = (left: number): void => {
    if (left === 0) return;
    const begun = time.now();
    station.serve(serviceSeconds(uniform), (waited) => {
      waits.push(waited);
      sojourn += time.now() - begun;
    });
    time.after(exponential(1 / arrivals)(uniform), () => arrive(left - 1));
  };
  arrive(total);
  time.run();
  const interval = (of: (wait: number) => number) => {
    const means = Array.from({ length: batches }, (_, batch) => {
      const part = waits.slice(warmUp + batch * each, warmUp + (batch + 1) * each);
      return part.reduce((sum, wait) => sum + of(wait), 0) / part.length;
    });
    const mean = means.reduce((sum, value) => sum + value, 0) / batches;
    const variance = means.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (batches - 1);
    // Student's t with 19 degrees of freedom, 99.9 %.
    const half = 3.883 * Math.sqrt(variance / batches);
    return { low: mean - half, high: mean + half, relative: half / mean };
  };
  return { interval, seconds: time.now(), station, sojourn, count: total };
}

const MMC: readonly (readonly [number, number])[] = [
  [1, 0.7],
  [2, 0.8],
  [8, 0.7],
];

describe('a station against what is known exactly', () => {
  test.each(MMC)('M/M/%i at %f of its capacity waits as Erlang says', (servers, busy) => {
    const [arrivals, services] = [servers * busy, 1];
    const { interval } = simulate({ servers, arrivals, serviceSeconds: exponential(1) }, `M/M/${servers}`);
    const wait = interval((seconds) => seconds);
    expect(wait.relative).toBeLessThan(0.12);
    expect(waitOfMMc(servers, arrivals, services)).toBeGreaterThan(wait.low);
    expect(waitOfMMc(servers, arrivals, services)).toBeLessThan(wait.high);
    const any = interval((seconds) => (seconds > 0 ? 1 : 0));
    expect(chanceToWait(servers, arrivals)).toBeGreaterThan(any.low);
    expect(chanceToWait(servers, arrivals)).toBeLessThan(any.high);
    const long = interval((seconds) => (seconds > 1 ? 1 : 0));
    expect(longerThanOfMMc(servers, arrivals, services, 1)).toBeGreaterThan(long.low);
    expect(longerThanOfMMc(servers, arrivals, services, 1)).toBeLessThan(long.high);
  });

  test('M/D/1 waits half as long as M/M/1, as Pollaczek and Khinchine say', () => {
    const { interval } = simulate({ servers: 1, arrivals: 0.8, serviceSeconds: () => 1 }, 'M/D/1');
    const wait = interval((seconds) => seconds);
    expect(waitOfMG1(0.8, 1, 0)).toBeCloseTo(waitOfMG1(0.8, 1, 1) / 2, 12);
    expect(waitOfMG1(0.8, 1, 0)).toBeGreaterThan(wait.low);
    expect(waitOfMG1(0.8, 1, 0)).toBeLessThan(wait.high);
    expect(wait.relative).toBeLessThan(0.12);
  });

  test('the number present is arrivals a second times the time each stays (Little)', () => {
    const run = simulate({ servers: 3, arrivals: 2.4, serviceSeconds: exponential(1) }, 'Little');
    const present = run.station.presentSeconds() / run.seconds;
    expect(present).toBeCloseTo((run.count / run.seconds) * (run.sojourn / run.count), 9);
    // And what the servers did is the load that was offered, within four standard errors of the sum of services.
    expect(Math.abs(run.station.busySeconds() / run.count - 1)).toBeLessThan(4 / Math.sqrt(run.count));
  });

  test('Erlang C of textbooks: one server waits as often as it is busy; ten servers at eight erlangs, 0.4092', () => {
    expect(chanceToWait(1, 0.7)).toBeCloseTo(0.7, 12);
    expect(chanceToWait(10, 8)).toBeCloseTo(0.4092, 4);
  });
});

describe('a station', () => {
  /** Tells the order in which tasks end, and when. */
  function ended(tasks: readonly (readonly [name: string, at: number, seconds: number, rank: number])[]) {
    const time = createTimeline();
    const station = createStation(time, 1, 2);
    const order: string[] = [];
    for (const [name, at, seconds, rank] of tasks)
      time.at(at, () => station.serve(seconds, () => order.push(`${name} ${time.now()}`), rank));
    return { time, station, order };
  }

  test('takes the lower rank first, the first come within a rank, and interrupts nobody', () => {
    const { time, order } = ended([
      ['late', 0, 5, 1],
      ['later', 1, 1, 1],
      ['urgent', 2, 1, 0],
      ['last', 3, 1, 1],
    ]);
    time.run();
    expect(order).toEqual(['late 5', 'urgent 6', 'later 7', 'last 8']);
  });

  test('without servers nobody is served; the oldest is as old as it has waited', () => {
    const { time, station, order } = ended([
      ['first', 10, 1, 0],
      ['second', 11, 1, 0],
    ]);
    time.at(0, () => station.setServers(0));
    const ages: number[] = [];
    time.at(30, () => ages.push(station.oldest(), station.waiting()));
    time.at(40, () => station.setServers(2));
    time.run();
    expect(ages).toEqual([20, 2]);
    expect(order).toEqual(['first 41', 'second 41']);
    expect(station.oldest()).toBe(0);
  });

  test('a server that is taken away finishes what it does', () => {
    const { time, station, order } = ended([
      ['first', 0, 10, 0],
      ['second', 1, 1, 0],
    ]);
    time.at(2, () => station.setServers(0));
    time.at(50, () => station.setServers(1));
    time.run();
    expect(order).toEqual(['first 10', 'second 51']);
  });
});
