import { describe, expect, test } from 'vitest';
import { afterFailure, afterSuccess, isTime, newChannel, toTell } from '../../../src/notifications/due.ts';
import type { Alert } from '../../../src/notifications/matter.ts';

const start = new Date(2026, 2, 1, 6, 0);
const hoursOn = (hours: number) => new Date(start.getTime() + hours * 3_600_000);
const immediate = { mode: 'immediate', hour: 7, repeatHours: 24 } as const;
const daily = { ...immediate, mode: 'daily' } as const;
const alert: Alert = { id: 'a', kind: 'nodeDown', subject: 'CT', since: start, detail: {}, clearedAt: null };
const channel = newChannel('email', start, 7);
const states = (
  each: Alert,
  said: 'standing' | 'over' | undefined,
  now: Date,
  digest: typeof immediate | typeof daily = immediate,
) =>
  toTell([each], said ? [{ alert: 'a', state: said, notifiedAt: start }] : [], channel, digest, now).map(
    ({ state }) => state,
  );

describe('a matter', () => {
  test('is told once, again after the hours given, and once when it is over', () => {
    expect(states(alert, undefined, start)).toEqual(['new']);
    expect(states(alert, 'standing', hoursOn(23.9))).toEqual([]);
    expect(states(alert, 'standing', hoursOn(24))).toEqual(['still']);
    expect(states({ ...alert, clearedAt: hoursOn(1) }, 'standing', hoursOn(1))).toEqual(['over']);
    expect(states({ ...alert, clearedAt: hoursOn(1) }, 'over', hoursOn(2))).toEqual([]);
  });

  test('that was over before anybody could be told is told as over', () => {
    expect(states({ ...alert, clearedAt: hoursOn(1) }, undefined, hoursOn(2))).toEqual(['over']);
    expect(states({ ...alert, clearedAt: hoursOn(-1) }, undefined, hoursOn(2))).toEqual([]);
  });

  test('a held case that is not held any more is not told of: somebody dealt with it', () => {
    expect(states({ ...alert, kind: 'caseHeld', clearedAt: hoursOn(1) }, 'standing', hoursOn(2))).toEqual([]);
  });

  test('stands in every daily message, though today is half a minute short of a day', () => {
    expect(states(alert, 'standing', hoursOn(23.99), daily)).toEqual(['still']);
  });
});

describe('a channel', () => {
  test('with daily messages waits for its hour, and has one a day, also after a late start', () => {
    expect(isTime(channel, daily, new Date(2026, 2, 1, 6, 59))).toBe(false);
    expect(isTime(channel, daily, new Date(2026, 2, 1, 9, 30))).toBe(true);
    const done = afterSuccess(channel, new Date(2026, 2, 1, 9, 30), true);
    expect(isTime(done, daily, new Date(2026, 2, 1, 23, 59))).toBe(false);
    expect(isTime(done, daily, new Date(2026, 2, 2, 7, 0))).toBe(true);
  });

  test('that is new after the hour begins the next day', () => {
    const late = newChannel('email', new Date(2026, 2, 1, 15, 0), 7);
    expect(isTime(late, daily, new Date(2026, 2, 1, 15, 1))).toBe(false);
    expect(isTime(late, daily, new Date(2026, 2, 2, 7, 1))).toBe(true);
  });

  test('pauses longer with every failure, an hour at most, and not at all after a success', () => {
    let state = channel;
    const pauses = Array.from({ length: 9 }, () => {
      state = afterFailure(state, start, 'down');
      return (state.nextAttemptAt.getTime() - start.getTime()) / 60_000;
    });
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(isTime(state, immediate, hoursOn(0.9))).toBe(false);
    expect(isTime(state, immediate, hoursOn(1))).toBe(true);
    expect(afterSuccess(state, hoursOn(1), true)).toMatchObject({ attempts: 0, fault: null });
  });

  test('does not wait for a pause that a clock set back has made endless', () => {
    const state = afterFailure(channel, hoursOn(1000), 'down');
    expect(isTime(state, immediate, start)).toBe(true);
  });
});
