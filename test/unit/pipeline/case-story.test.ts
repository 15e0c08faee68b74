import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../../src/catalogue/case-view.ts';
import { storyOf } from '../../../src/pipeline/case-story.ts';

const event = (second: number, kind: string, detail: unknown = {}): StoredEvent => ({
  at: new Date(second * 1000),
  kind,
  detail,
});
const failed = (second: number, destination: string, fault = 'PEER_UNREACHABLE') =>
  event(second, 'delivery.waiting', { destination, attempts: second, fault, SOPInstanceUID: '1.2' });

describe('the story of a case', () => {
  it('tells 2500 failed tries of two destinations as two lines, with first, last and count', () => {
    const events = Array.from({ length: 2500 }, (_, at) => failed(at, at % 2 === 0 ? 'pacs' : 'other'));
    const { entries, leftOut } = storyOf(events, []);
    expect(leftOut).toBe(0);
    expect(entries.map(({ at, last, count }) => [at.getTime(), last.getTime(), count])).toEqual([
      [0, 2_498_000, 1250],
      [1000, 2_499_000, 1250],
    ]);
    expect(entries[0]?.details).toContainEqual({ name: 'attempts', value: '2498' });
  });

  it('keeps tries before and after a success apart, and other faults', () => {
    const story = storyOf(
      [
        failed(1, 'pacs'),
        failed(2, 'pacs', 'PEER_BUSY'),
        failed(3, 'pacs'),
        event(4, 'delivery.delivered', { destination: 'pacs', attempts: 4, SOPInstanceUID: '1.2' }),
        failed(5, 'pacs'),
      ],
      [],
    );
    expect(story.entries.map(({ kind, count }) => [kind, count])).toEqual([
      ['delivery.waiting', 2],
      ['delivery.waiting', 1],
      ['delivery.delivered', 1],
      ['delivery.waiting', 1],
    ]);
  });

  it('of no repeats is cut in the middle, and says how much', () => {
    const events = Array.from({ length: 1000 }, (_, at) => event(at, 'state.complete', { reasons: [] }));
    const { entries, leftOut } = storyOf(events, [], 7);
    expect(entries).toHaveLength(400);
    expect(leftOut).toBe(607);
    expect(entries[0]?.at.getTime()).toBe(0);
    expect(entries.at(-1)?.at.getTime()).toBe(999_000);
  });

  it('has arrivals in their place, who did what, and hostile values as they are', () => {
    const hostile = '<script>\u202e';
    const { entries } = storyOf(
      [event(20, 'report.withdrawn', { author: 'anna', text: hostile }), event(30, hostile, 'no object')],
      [{ from: hostile, role: 'image', count: 300, first: new Date(10_000), last: new Date(15_000) }],
    );
    expect(entries.map(({ kind, who }) => [kind, who])).toEqual([
      ['objects.arrived', null],
      ['report.withdrawn', 'anna'],
      [hostile, null],
    ]);
    expect(entries[0]?.details[0]).toEqual({ name: 'from', value: hostile });
    expect(entries[1]?.details).toEqual([{ name: 'text', value: hostile }]);
  });
});
