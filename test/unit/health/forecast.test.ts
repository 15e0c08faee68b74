import { describe, expect, test } from 'vitest';
import { diskForecastChart, forecastText } from '../../../src/charts/disk-forecast.ts';
import { diskForecast, type FreeSpace, fullInDays } from '../../../src/health/forecast.ts';
import { seededRandom } from '../../support/seeded-phantom.ts';

const GIB = 2 ** 30;
const start = Date.UTC(2026, 2, 1);
/** A sample every ten minutes. */
const course = (hours: number, gib: (hour: number) => number): FreeSpace[] =>
  Array.from({ length: hours * 6 + 1 }, (_, k) => ({
    at: new Date(start + k * 600_000),
    freeBytes: gib(k / 6) * GIB,
  }));

describe('the forecast of free space', () => {
  test('is none before six hours', () => {
    expect(diskForecast([], 0)).toEqual({ kind: 'notEnoughData' });
    expect(
      diskForecast(
        course(5, (hour) => 100 - hour),
        0,
      ),
    ).toEqual({ kind: 'notEnoughData' });
  });

  test('finds the days until the watermark of a straight line', () => {
    const forecast = diskForecast(
      course(48, (hour) => 100 - hour),
      4 * GIB,
    );
    expect(forecast).toMatchObject({ kind: 'filling' });
    expect(fullInDays(forecast)).toBeCloseTo(2, 1);
  });

  test('is not moved by a night in which half of the samples of three hours were wild', () => {
    const random = seededRandom(1);
    const noisy = course(72, (hour) => {
      const wild = hour > 20 && hour < 23 && random() < 0.5 ? 300 * random() : 0;
      return 200 - hour + random() + wild;
    });
    expect(fullInDays(diskForecast(noisy, 0))).toBeCloseTo(128 / 24, 0);
  });

  test('gives a range that holds the truth and widens with the noise', () => {
    const random = seededRandom(2);
    const forecast = diskForecast(
      course(72, (hour) => 200 - hour + 20 * random()),
      0,
    );
    if (forecast.kind !== 'filling') throw new Error(forecast.kind);
    const { earliestDays, days, latestDays } = forecast;
    expect(earliestDays).toBeLessThan(days);
    expect(latestDays).toBeGreaterThan(days);
    expect(latestDays - earliestDays).toBeGreaterThan(0.05);
  });

  test('calls a disk steady that grows, stands, or only swings', () => {
    expect(
      diskForecast(
        course(48, () => 50),
        0,
      ).kind,
    ).toBe('steady');
    expect(
      diskForecast(
        course(48, (hour) => 50 + hour),
        0,
      ).kind,
    ).toBe('steady');
    expect(
      diskForecast(
        course(168, (hour) => 50 + 5 * Math.sin((hour * Math.PI) / 12)),
        0,
      ).kind,
    ).toBe('steady');
  });

  test('looks back a week and no longer', () => {
    const turned = course(30 * 24, (hour) => (hour < 20 * 24 ? 500 - hour : 20 + hour / 100));
    expect(diskForecast(turned, 0).kind).toBe('steady');
  });

  test('says so when the watermark is reached', () => {
    expect(
      fullInDays(
        diskForecast(
          course(48, (hour) => 50 - hour),
          4 * GIB,
        ),
      ),
    ).toBe(0);
  });
});

describe('the chart of free space', () => {
  const samples = course(48, (hour) => 100 - hour);
  const chart = (given: Partial<Parameters<typeof diskForecastChart>[0]> = {}) =>
    diskForecastChart({
      samples,
      forecast: diskForecast(samples, 4 * GIB),
      watermarkBytes: 4 * GIB,
      now: new Date(start + 48 * 3_600_000),
      ...given,
    });

  test('is spoken as well as drawn, and leaves its looks to the style sheet', () => {
    const svg = chart();
    expect(svg).toMatch(/role="img"[^>]*aria-labelledby="disk-title disk-desc"/);
    expect(svg).toContain('used up in about 2 d');
    expect(svg).not.toMatch(/style=|#[0-9a-f]{3}|rgb/i);
    expect(svg).not.toContain('NaN');
    for (const name of ['chart-axis', 'chart-line', 'chart-mark', 'chart-text', 'chart-grid'])
      expect(svg).toContain(name);
  });

  test('of a year of minutes is small', () => {
    const many = Array.from({ length: 10_000 }, (_, k) => ({
      at: new Date(start + k * 60_000),
      freeBytes: GIB,
    }));
    expect(chart({ samples: many, now: new Date(start + 600_000_000) }).length).toBeLessThan(12_000);
  });

  test('without samples says that there are not enough', () => {
    for (const few of [[], samples.slice(0, 1)]) {
      const svg = chart({ samples: few, forecast: { kind: 'notEnoughData' } });
      expect(svg).toContain('Not enough data yet');
    }
  });

  test('has a sentence for every forecast', () => {
    expect(forecastText({ kind: 'full' })).toContain('nothing is accepted');
    expect(forecastText({ kind: 'steady', bytesPerDay: 0 })).toContain('does not shrink');
  });
});
