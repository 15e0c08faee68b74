import { describe, expect, it } from 'vitest';
import { NodeRequests } from '../../../src/catalogue/node-requests.ts';
import { createPace } from '../../../src/pipeline/node-pace.ts';
import { pacedArchive } from '../../../src/pipeline/paced-archive.ts';
import type { Archive } from '../../../src/ports.ts';
import { openedCatalogue } from '../catalogue/opened.ts';

const signal = new AbortController().signal;
const asked: string[] = [];
const archive: Archive = {
  name: 'pacs',
  findStudies: async () => {
    asked.push('studies');
    return [];
  },
  findSeries: async () => {
    asked.push('series');
    return [];
  },
  retrieve: async () => void asked.push('retrieve'),
};

describe('an archive with a pace', () => {
  it('is not asked in its quiet hours, and that is told apart from a failure', async () => {
    const pace = createPace(
      [{ name: 'pacs', quietHours: ['22:00-06:00 UTC'] }],
      new NodeRequests((await openedCatalogue()).sql),
    );
    const at = (hour: number) => pacedArchive(archive, pace, () => new Date(Date.UTC(2026, 0, 5, hour)));
    asked.length = 0;
    await expect(at(23).findStudies({ PatientID: 'X' }, signal)).rejects.toMatchObject({
      code: 'NODE_QUIET',
      disposition: 'retry',
    });
    expect(asked).toEqual([]);
    await at(7).findStudies({ PatientID: 'X' }, signal);
    expect(asked).toEqual(['studies']);
  });
  it('over its rate a request waits for its turn, and can be called off', async () => {
    const pace = createPace(
      [{ name: 'pacs', maxPerMinute: 1 }],
      new NodeRequests((await openedCatalogue()).sql),
    );
    let now = Date.UTC(2026, 0, 5, 12);
    const paced = pacedArchive(archive, pace, () => new Date(now));
    asked.length = 0;
    await paced.findStudies({ PatientID: 'X' }, signal);
    now += 59_950;
    const waiting = paced.findSeries({ PatientID: 'X', StudyInstanceUID: '1.2' }, signal);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(asked).toEqual(['studies']);
    now += 100;
    await waiting;
    expect(asked).toEqual(['studies', 'series']);
    const calledOff = new AbortController();
    const never = paced.findStudies({ PatientID: 'X' }, calledOff.signal);
    calledOff.abort();
    await expect(never).rejects.toThrow();
    expect(asked).toHaveLength(2);
  });
});
