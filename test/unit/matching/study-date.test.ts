import { describe, expect, it } from 'vitest';
import { compareStudyTime, type StudyMoment } from '../../../src/matching/study-date.ts';

const moment = (StudyDate?: string, StudyTime?: string, TimezoneOffsetFromUTC?: string): StudyMoment => ({
  StudyDate,
  StudyTime,
  TimezoneOffsetFromUTC,
});

describe('which study was first', () => {
  it.each<[string, StudyMoment, StudyMoment, number | undefined]>([
    ['days', moment('20250101'), moment('20250102'), -1],
    ['times of one day', moment('20250101', '0800'), moment('20250101', '0759'), 1],
    ['the same moment', moment('20250101', '0800'), moment('20250101', '080000'), 0],
    ['one day, one time', moment('20250101', '0800'), moment('20250101'), undefined],
    ['no day', moment(undefined, '0800'), moment('20250101', '0900'), undefined],
    ['the last second of one day', moment('20250101', '235960'), moment('20250102'), -1],
    [
      'a later day that began earlier',
      moment('20250302', '0030', '+1400'),
      moment('20250301', '2300', '+0000'),
      -1,
    ],
    [
      'the same moment in two zones',
      moment('20250301', '1300', '+0100'),
      moment('20250301', '1200', '+0000'),
      0,
    ],
    [
      'days that overlap, without times',
      moment('20250302', '', '+1400'),
      moment('20250301', '', '+0000'),
      undefined,
    ],
    ['days that do not', moment('20250303', '', '+1400'), moment('20250301', '', '-0900'), 1],
    [
      'one zone alone: taken for the same',
      moment('20250302', '0030', '+1400'),
      moment('20250301', '2300'),
      1,
    ],
    ['no zone of this world', moment('20250302', '0030', '+9900'), moment('20250301', '2300', '+0000'), 1],
  ])('%s', (_, a, b, expected) => {
    expect(compareStudyTime(a, b)).toBe(expected);
    expect(compareStudyTime(b, a)).toBe(expected === undefined ? undefined : 0 - expected);
  });
});
