/**
 * PEERS.md pain 21: the disk fills. EARSHOT_FULL (default 6, the long form 60) rounds of a disk that fills at a change of the
 * life of a case, which EARSHOT_SEED names.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { namedRandom } from '../../src/demo/random.ts';
import { validateReport } from '../../src/sr/validate.ts';
import { datasetOf } from '../support/ct-slice.ts';
import { type FailingDisk, failingDisk } from '../support/failing-disk.ts';
import { type Door, Killable } from '../support/killable.ts';
import { type PhantomCase, phantomCase } from '../support/phantom-case.ts';
import { type Pacs, startPacs } from '../support/running-service.ts';
import { say } from '../support/say.ts';
import { sha256 } from '../support/sha256.ts';
import { shimMissing } from '../support/shim.ts';
import { openSite } from '../support/site.ts';
import { smallDisk, smallDiskMissing } from '../support/small-disk.ts';
import { stow } from '../support/stow.ts';
import { until } from '../support/until.ts';

const ROUNDS = Number(process.env['EARSHOT_FULL'] ?? 6);
const SEED = process.env['EARSHOT_SEED'] ?? 'earshot';
const MIB = 2 ** 20;
const OUT_OF_RESOURCES = 0xa700;
const tmpfsMissing = smallDiskMissing();
for (const why of new Set([shimMissing, tmpfsMissing]))
  if (why) say(`disk-full.test.ts is skipped in part: ${why}`);

/** How a round fails: from a change on until it is healed, or that one change. An EIO that lasts is a case given up (docs/RELIABILITY.md). */
const FAILURES: readonly (readonly ['ENOSPC' | 'EDQUOT' | 'EIO', number?])[] = [
  ['ENOSPC'],
  ['EIO', 1],
  ['EDQUOT'],
  ['ENOSPC', 1],
];
const settings = { log: { level: 'info' } };
const digestsOf = (...cases: PhantomCase[]): ReadonlySet<string> =>
  new Set(
    cases.flatMap(({ baseline, followUp }) =>
      [...baseline.all, ...followUp.all].map((file) => sha256(datasetOf(Buffer.from(file)))),
    ),
  );

/**
 * Files of received objects that are not, to the last byte, what somebody sent; reports that nobody could send; and what is left of
 * receiving.
 */
function torn({ dataDir }: Killable, sent: ReadonlySet<string>): string[] {
  const below = (name: string): string[] =>
    existsSync(join(dataDir, name))
      ? readdirSync(join(dataDir, name), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name))
      : [];
  const isWhole = (file: string): boolean => {
    const bytes = readFileSync(file);
    return bytes.length > 144 && sent.has(sha256(datasetOf(bytes)));
  };
  const isReport = (file: string): boolean => {
    try {
      validateReport(readFileSync(file));
      return true;
    } catch {
      return false;
    }
  };
  return [
    ...below('incoming'),
    ...below('reports').filter((file) => !isReport(file)),
    ...[...below('instances'), ...below('later')].filter((file) => !isWhole(file)),
  ];
}

const sizeOf = ({ baseline, followUp }: PhantomCase): number =>
  [...baseline.all, ...followUp.all].reduce((sum, { length }) => sum + length, 0);

async function expectOneReport(run: Killable, pacs: Pacs, phantom: PhantomCase): Promise<void> {
  await run.inState(phantom.followUp.StudyInstanceUID, 'delivered');
  run.expectOneReport(pacs, phantom);
}

describe.skipIf(tmpfsMissing)('a service whose disk has no room', () => {
  it('answers 0xA700 and 507, keeps what it acknowledged and no half of anything, shows its pages, and goes on when there is room again', async () => {
    const [before, within] = [phantomCase('full-before'), phantomCase('full-within')];
    using disk = smallDisk(Math.ceil((3 * sizeOf(before)) / MIB) + 32);
    await using run = await Killable.start({
      folder: join(disk.folder, 'earshot'),
      settings,
      quietPeriodSeconds: 1,
    });
    await using pacs = await startPacs(run.pacsPort);
    const site = await openSite({ dataDir: run.dataDir, httpPort: run.httpPort });
    await run.sendCase(before);
    disk.fillUpTo(sizeOf(within) / 2);
    const statuses = await run.send([...within.baseline.all, ...within.followUp.all]);
    expect(new Set(statuses)).toEqual(new Set([0, OUT_OF_RESOURCES]));
    disk.fillUpTo(0);
    expect(new Set(await run.sendRest(within.followUp.all))).toEqual(new Set([OUT_OF_RESOURCES]));
    const refused = await stow(within.followUp.all.slice(0, 2), { port: run.httpPort });
    expect([refused.status, refused.failed.map(([, reason]) => reason)]).toEqual([
      507,
      [OUT_OF_RESOURCES, OUT_OF_RESOURCES],
    ]);
    for (const path of ['/login', '/about', '/?states=all'])
      expect([path, (await site.call(path, { as: 'viewer' })).status]).toEqual([path, 200]);
    expect((await fetch(`http://127.0.0.1:${run.httpPort}/healthz`)).status).toBe(200);
    // The first case is due meanwhile, and finds no room either.
    await pause(3000);
    run.expectNothingLost();
    expect(torn(run, digestsOf(before, within))).toEqual([]);

    disk.empty();
    expect(new Set(await run.sendRest([...within.baseline.all, ...within.followUp.all]))).toEqual(
      new Set([0]),
    );
    for (const one of [before, within]) await expectOneReport(run, pacs, one);
    await run.earshot.stop();
    run.expectNothingLost();
    await run.expectSound();
    expect(torn(run, digestsOf(before, within))).toEqual([]);
  });

  it('refuses below the watermark while there is still room for the work it has, delivers that, and takes objects again by itself', async () => {
    const [before, later] = [phantomCase('mark-before'), phantomCase('mark-later')];
    using disk = smallDisk(Math.ceil((3 * sizeOf(before)) / MIB) + 48);
    await using run = await Killable.start({
      folder: join(disk.folder, 'earshot'),
      settings: { ...settings, limits: { minFreeMiB: 16 } },
    });
    await using pacs = await startPacs(run.pacsPort);
    await run.sendCase(before);
    disk.fillUpTo(15 * MIB);
    // What is free is asked once a second.
    await pause(1100);
    expect(new Set(await run.send(later.baseline.all))).toEqual(new Set([OUT_OF_RESOURCES]));
    expect((await stow(later.baseline.all.slice(0, 1), { port: run.httpPort })).status).toBe(507);
    await expectOneReport(run, pacs, before);
    expect(disk.freeBytes()).toBeGreaterThan(8 * MIB);
    const ready = await fetch(`http://127.0.0.1:${run.httpPort}/readyz`);
    expect([ready.status, (await ready.text()).includes('below the watermark')]).toEqual([503, true]);
    expect(torn(run, digestsOf(before))).toEqual([]);

    disk.empty();
    await pause(1100);
    await run.sendRest(later.baseline.all);
    await run.sendRest(later.followUp.all);
    await expectOneReport(run, pacs, later);
    run.expectNothingLost();
  });

  it('on a read-only disk refuses to start, says which fault it is, and starts when the disk can be written again', async () => {
    using disk = smallDisk(64);
    const phantom = phantomCase('read-only');
    await using run = await Killable.start({ folder: join(disk.folder, 'earshot'), settings });
    await run.send(phantom.baseline.all);
    await run.earshot.stop();
    disk.remount('ro');
    await expect(run.earshot.start()).rejects.toThrow(/earshot: (STORAGE|DATABASE)_FAILED/);
    disk.remount('rw');
    await run.earshot.start();
    run.expectNothingLost();
  });
});

describe.skipIf(shimMissing)('a service whose disk fails at any of its writes', () => {
  it('refuses what it cannot keep with 0xA700, and afterwards has all that it acknowledged, nothing half written, and one report a case', {
    timeout: 60_000 + ROUNDS * 60_000,
  }, async () => {
    const place = realpathSync(mkdtempSync(join(tmpdir(), 'earshot-failing-')));
    const folder = join(place, 'disk');
    using disk = failingDisk(place, folder);
    await using run = await Killable.start({ folder, env: disk.env, settings, quietPeriodSeconds: 0.3 });
    await using pacs = await startPacs(run.pacsPort);
    const whole = phantomCase('no-failure');
    disk.failAfter(Number.MAX_SAFE_INTEGER, 'ENOSPC');
    await run.sendCase(whole);
    await expectOneReport(run, pacs, whole);
    const changes = disk.changes();
    const cases = [whole];
    const failedAt: string[] = [];
    let refused = 0;

    for (let round = 0; round < ROUNDS; round++) {
      const phantom = phantomCase(`failing-${round}`);
      cases.push(phantom);
      // One of each equal part of the life of a case.
      const at = Math.floor((changes * (round + namedRandom(`full ${SEED} ${round}`).uniform())) / ROUNDS);
      const { isRefused, told } = await failWhile(run, disk, phantom, round, at);
      refused += isRefused ? 1 : 0;
      failedAt.push(told);
      await expectOneReport(run, pacs, phantom);
      run.expectNothingLost();
    }
    expect(refused).toBeGreaterThan(0);
    say(`disk full ${ROUNDS} times (seed ${SEED}), of ${changes} changes at: ${failedAt.join(', ')}`);

    const readOnly = phantomCase('turned-read-only');
    disk.failAfter(0, 'EROFS');
    expect(new Set(await run.send(readOnly.baseline.all))).toEqual(new Set([OUT_OF_RESOURCES]));
    expect(run.earshot.log()).toMatch(/"code":"(STORAGE|DATABASE)_FAILED"/);
    disk.heal();
    await run.sendCase(readOnly);
    cases.push(readOnly);
    await expectOneReport(run, pacs, readOnly);
    await run.earshot.stop();
    run.expectNothingLost();
    await run.expectSound();
    expect(torn(run, digestsOf(...cases))).toEqual([]);
    rmSync(place, { recursive: true, force: true });
  });
});

/** Each kind of failure by either in turn. */
const doorOf = (round: number): Door =>
  (round + Math.floor(round / FAILURES.length)) % 2 === 0 ? 'dimse' : 'web';

/** A round: the disk fails at that change of a case and on, and the sender sends again until all is kept. */
async function failWhile(
  run: Killable,
  disk: FailingDisk,
  { baseline, followUp }: PhantomCase,
  round: number,
  at: number,
): Promise<{ isRefused: boolean; told: string }> {
  const [how, count] = FAILURES[round % FAILURES.length]!;
  const files = [...baseline.all, ...followUp.all];
  disk.failAfter(at, how, count);
  const statuses = await run.sendBy(doorOf(round), files);
  expect([0, OUT_OF_RESOURCES]).toEqual(expect.arrayContaining(statuses));
  const isRefused = statuses.includes(OUT_OF_RESOURCES);
  if (disk.failedReceiving() > 0) expect(isRefused, `refused at ${at}`).toBe(true);
  const failure = () => until('the failure', async () => (disk.failed() > 0 ? true : undefined));
  // A disk that failed once is well again before its sender notices: what was refused comes again at once.
  if (count === undefined) {
    await failure();
    await pause(1500);
    disk.heal();
  }
  await until('all to be kept', async () =>
    (await run.sendRest(files)).every((status) => status === 0) ? true : undefined,
  );
  await failure();
  return { isRefused, told: `${at} (${how}${count === 1 ? ' once' : ''}): ${disk.failed()}` };
}
