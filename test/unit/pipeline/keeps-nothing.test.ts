/** A disk or database that takes nothing says nothing of a case. */
import { expect, it, vi } from 'vitest';
import { Fault, type FaultCode } from '../../../src/fault.ts';
import { scoreFollowUp } from '../../../src/pipeline/score-follow-up.ts';
import type { World } from '../../../src/pipeline/world.ts';
import { destination, FOLLOW_UP, make, making, makingWorld, never } from './making-world.ts';

type Making = Awaited<ReturnType<typeof makingWorld>>;

/** The case after so many tries that met the fault. */
async function afterTries(met: FaultCode | Fault | ((world: Making) => Promise<never>), tries: number) {
  await using world = await makingWorld([]);
  await world.catalogue.move(await world.study(), { state: 'ready' });
  vi.spyOn(world.catalogue, 'studiesOfPatient').mockImplementation(() =>
    typeof met === 'function' ? met(world) : Promise.reject(typeof met === 'string' ? new Fault(met) : met),
  );
  const score = () => scoreFollowUp(world as unknown as World, { kind: 'score', key: FOLLOW_UP }, never);
  for (let count = 0; count < tries; count++) await score().catch(() => undefined);
  const { state, attempts, reasons } = await world.study();
  return { state, attempts, codes: reasons.map((reason) => reason.code) };
}

it.each(['STORAGE_FULL', 'DATABASE_FAILED', 'WORKER_NOT_STARTED'] as const)(
  'a case whose scoring meets %s waits until it has passed, however often it is tried',
  async (code) => {
    expect(await afterTries(code, 12)).toEqual({ state: 'scoring', attempts: 0, codes: [code] });
  },
);

it.each(['EROFS', 'EMFILE', 'ENFILE', 'ENOMEM'])(
  'a case whose files cannot be reached because of the machine (%s) waits, too',
  async (errno) => {
    expect(await afterTries(new Fault('STORAGE_FAILED', errno), 12)).toMatchObject({
      state: 'scoring',
      attempts: 0,
    });
  },
);

it('a case whose scoring meets another fault again and again is given up', async () => {
  expect(await afterTries('STORAGE_FAILED', 12)).toMatchObject({
    state: 'failed',
    codes: ['STORAGE_FAILED'],
  });
});

it('a case whose values the database refuses is given up: no later try would be any better', async () => {
  const refused = async ({ catalogue }: Making): Promise<never> => {
    await catalogue.sql.query(`INSERT INTO "setting" ("name", "value") VALUES ('refused', NULL)`);
    throw new Error('a value that must be there was not asked for');
  };
  expect(await afterTries(refused, 12)).toMatchObject({ state: 'failed', codes: ['INTERNAL'] });
});

it('a picture that could not be written to a full disk stays due, and is no missing one', async () => {
  const picture = making('picture');
  await using world = await makingWorld([destination('pacs', { sends: ['sr', 'picture'] })], { picture });
  const { put } = world.files as unknown as { put: (file: string, bytes: Uint8Array) => Promise<void> };
  const isReport = (file: string) => file.includes('reports/') && world.stored.size === 0;
  const files = {
    ...(world.files as object),
    put: (file: string, bytes: Uint8Array) =>
      !isReport(file) ? Promise.reject(new Fault('STORAGE_FULL')) : put(file, bytes),
  };
  await expect(make({ ...world, files: files as never })).rejects.toMatchObject({ code: 'STORAGE_FULL' });
  const [report] = await world.made();
  expect(report?.due).toMatchObject([{ kind: 'picture' }]);
  expect((await world.study()).reasons).toEqual([]);
});
