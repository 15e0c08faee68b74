import { describe, expect, test } from 'vitest';
import { completeness } from '../../../src/study/completeness.ts';

const at = (seconds: number) => new Date(1_700_000_000_000 + seconds * 1000);
const arrivals = { lastReceivedAt: at(0), isStoring: false, quietPeriodSeconds: 30 };

describe('completeness', () => {
  test('a study is complete when the quiet period has passed since its last object', () => {
    expect(completeness(arrivals, at(29.999))).toEqual({ isComplete: false, lookAgainAt: at(30) });
    expect(completeness(arrivals, at(30))).toEqual({ isComplete: true });
  });

  test('an association that is still storing keeps it open, however quiet it is', () => {
    const open = completeness({ ...arrivals, isStoring: true }, at(3600));
    expect(open.isComplete).toBe(false);
  });

  test('a study that resumes after quiet is complete again only after a new quiet period', () => {
    expect(completeness({ ...arrivals, lastReceivedAt: at(40) }, at(50)).isComplete).toBe(false);
    expect(completeness({ ...arrivals, lastReceivedAt: at(40) }, at(70)).isComplete).toBe(true);
  });

  test('a clock that was set back makes it wait a whole quiet period, never a negative one', () => {
    expect(completeness(arrivals, at(-7200))).toEqual({ isComplete: false, lookAgainAt: at(-7170) });
  });
});
