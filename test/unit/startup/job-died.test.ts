/** Jobs over which the process died: run again a few times, and then given up without being run. */
import { expect, it, vi } from 'vitest';
import type { World } from '../../../src/pipeline/world.ts';
import type { JobHandler, JobKind, JobQueue } from '../../../src/ports.ts';
import { startWorking } from '../../../src/startup/working.ts';
import { keptLog } from '../../support/log.ts';
import { destination, FOLLOW_UP, makeOnly, making, makingWorld, never } from '../pipeline/making-world.ts';

/** `looked`: every job that does its work looks for the studies of the patient, of which there are none to be had. */
async function working() {
  const picture = vi.fn(making('picture'));
  const made = await makingWorld([destination('pacs', { sends: ['sr', 'picture'] })], { picture });
  const handlers = new Map<JobKind, JobHandler>();
  const work: JobQueue['work'] = async (kind, handler) => {
    handlers.set(kind, handler);
    return { [Symbol.asyncDispose]: async () => undefined };
  };
  const log = keptLog();
  const world = { ...made, log, queue: { ...made.queue, work }, besideRequests: new Map() };
  await startWorking(
    () => world as unknown as World,
    () => [],
    [],
  );
  const looked = vi.spyOn(made.catalogue, 'studiesOfPatient').mockRejectedValue(new Error('looked'));
  const run = async (kind: JobKind, deaths: number): Promise<void> =>
    handlers.get(kind)?.({ kind, key: FOLLOW_UP, deaths }, never);
  const events = () => log.lines.map(({ event }) => event);
  return { ...made, log, events, looked, picture, run };
}

it('a job is run as long as the process died four times over it, and the log names nobody', async () => {
  await using one = await working();
  await one.catalogue.move(await one.study(), { state: 'scoring' });
  await expect(one.run('score', 0)).rejects.toThrow('INTERNAL');
  expect(one.events()).not.toContain('job.died');
  await expect(one.run('score', 4)).rejects.toThrow('INTERNAL');
  expect(one.looked).toHaveBeenCalledTimes(2);
  expect((await one.study()).state).toBe('scoring');
  expect(one.log.lines).toContainEqual({
    level: 'warn',
    event: 'job.died',
    fields: { kind: 'score', deaths: 4 },
  });
});

it('a case that is being scored fails at five, and is not scored', async () => {
  await using one = await working();
  await one.catalogue.move(await one.study(), { state: 'scoring' });
  await one.run('score', 5);
  expect(one.looked).not.toHaveBeenCalled();
  const { state, reasons } = await one.study();
  expect([state, reasons.map(({ code }) => code)]).toEqual(['failed', ['PROCESS_DIED']]);
  expect(reasons[0]?.text).toContain('Tried 5 times.');
  expect(one.events()).toContain('case.fault');
});

it('a case that was looked at anew since is scored once more', async () => {
  await using one = await working();
  await one.catalogue.move(await one.study(), { state: 'ready' });
  await expect(one.run('score', 5)).rejects.toThrow('INTERNAL');
  expect(one.looked).toHaveBeenCalledTimes(1);
  expect((await one.study()).state).toBe('scoring');
});

it('what is measured ahead is left to the score of its case', async () => {
  await using one = await working();
  await expect(one.run('measure', 4)).rejects.toThrow('looked');
  await one.run('measure', 5);
  expect(one.looked).toHaveBeenCalledTimes(1);
  expect(one.events()).toEqual(['job.died', 'job.died', 'measureAhead.failed']);
});

it('what is made beside a report is missing, and the report stands', async () => {
  await using one = await working();
  await makeOnly(one);
  await expect(one.run('beside', 4)).rejects.toThrow('looked');
  await one.run('beside', 5);
  expect(one.picture).not.toHaveBeenCalled();
  expect((await one.made())[0]?.due).toBeNull();
  const { state, reasons } = await one.study();
  expect(state).toBe('reported');
  expect(reasons).toMatchObject([
    { code: 'COMPANION_MISSING', text: 'The report goes out without its picture (en): PROCESS_DIED' },
  ]);
});
