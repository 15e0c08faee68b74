/**
 * PEERS.md sections 2 and 3: clocks that jump, and dates of every kind. EARSHOT_JUMPS (default 4, the long form 200) cases whose clock
 * jumps in their midst; EARSHOT_SEED names the jumps.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openEmbeddedQueue } from '../../adapters/queue/embedded.ts';
import { Accounts } from '../../src/catalogue/accounts.ts';
import { AuditTrail } from '../../src/catalogue/audit-trail.ts';
import { ClockTrust } from '../../src/catalogue/clock-trust.ts';
import { namedRandom, pick } from '../../src/demo/random.ts';
import { Fault } from '../../src/fault.ts';
import { validateReport } from '../../src/sr/validate.ts';
import { pruneInTime } from '../../src/startup/auditing.ts';
import { retireInTime } from '../../src/startup/sweeping.ts';
import { createLogins } from '../../src/users/logins.ts';
import { clockWentOn } from '../support/clock-went-on.ts';
import { openTestSql } from '../support/databases.ts';
import { freePort } from '../support/free-port.ts';
import { keptLog } from '../support/log.ts';
import { phantomCase } from '../support/phantom-case.ts';
import { PACS, type RunningService, startPacs, startService } from '../support/running-service.ts';
import { until } from '../support/until.ts';
import { openedCatalogue } from '../unit/catalogue/opened.ts';

const CASES = Number(process.env['EARSHOT_JUMPS'] ?? 4);
const SEED = process.env['EARSHOT_SEED'] ?? 'earshot';
const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
const YEAR = 365 * DAY;
/** audit.keepDays */
const KEEP_DAYS = 365;
const JUMPS = [-10 * YEAR, -YEAR, -26 * HOUR, -HOUR, -MINUTE, MINUTE, HOUR, 26 * HOUR, YEAR, 10 * YEAR];

/** A clock of this machine that can be set. */
function settable() {
  let aheadMs = 0;
  return {
    clock: () => new Date(Date.now() + aheadMs),
    jump: (milliseconds: number) => {
      aheadMs += milliseconds;
    },
  };
}

const reportsOf = (service: RunningService, study: string) =>
  new Set(service.arrived(study).map(({ SOPInstanceUID }) => SOPInstanceUID));

describe('a clock that jumps by minutes, hours and years, back and forward', () => {
  it(
    `in the midst of ${CASES} cases: each is reported once, on its own baseline (EARSHOT_SEED=${SEED})`,
    async () => {
      const random = namedRandom(`clock ${SEED}`);
      const { clock, jump } = settable();
      await using service = await startService({}, clock);
      for (let at = 0; at < CASES; at++) {
        const { baseline, followUp, patient } = phantomCase(`jumps-${SEED}-${at}`);
        const half = Math.ceil(followUp.all.length / 2);
        const steps = [
          () => service.send(baseline.all),
          () => service.send(followUp.all.slice(0, half)),
          () => service.send(followUp.all.slice(half)),
          // While it becomes quiet, is looked at, measured, scored, or sent.
          () => pause(2500 * random.uniform()),
          () => Promise.resolve(),
        ];
        const made: number[] = [];
        for (const step of steps) {
          await step();
          made.push(pick(random, JUMPS));
          jump(made.at(-1) ?? 0);
        }
        const said = `case ${at}: ${made.map((ms) => ms / HOUR).join(', ')} h`;
        const { decision } = await service
          .inState(followUp.StudyInstanceUID, 'delivered', 30_000)
          .catch((thrown) => {
            throw new Error(said, { cause: thrown });
          });
        expect(decision, said).toMatchObject({ baseline: baseline.StudyInstanceUID });
        await service.settled(patient.PatientID);
        expect(reportsOf(service, followUp.StudyInstanceUID).size, said).toBe(1);
        expect(await service.service.world.reports.of(followUp.StudyInstanceUID), said).toHaveLength(1);
        for (const { bytes } of service.arrived(followUp.StudyInstanceUID))
          expect(() => validateReport(bytes)).not.toThrow();
      }
    },
    40_000 + CASES * 15_000,
  );

  it.each([-YEAR, -HOUR])(
    'by %i ms while a report waits for its destination: it goes out as soon as that is there',
    async (back) => {
      const { clock, jump } = settable();
      const port = await freePort();
      await using service = await startService(
        {
          nodes: [
            { name: 'scanner', aeTitle: PACS, roles: ['source'] },
            { name: 'late', aeTitle: PACS, host: '127.0.0.1', port, roles: ['destination'], sends: ['sr'] },
          ],
          delivery: { firstPauseSeconds: 1, maxPauseSeconds: 1, timeoutSeconds: 5 },
        },
        clock,
      );
      const { baseline, followUp } = phantomCase(`waits${back}`);
      await service.send(baseline.all);
      await service.send(followUp.all);
      await service.inState(followUp.StudyInstanceUID, 'delivering');
      jump(back);
      await using late = await startPacs(port);
      await service.inState(followUp.StudyInstanceUID, 'delivered', 15_000);
      expect(late.reports).toHaveLength(1);
    },
  );

  it('back while the service is stopped: what was put off before goes out after the start', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'earshot-clock-'));
    const { clock, jump } = settable();
    const port = await freePort();
    const settings = {
      dataDir,
      nodes: [
        { name: 'scanner', aeTitle: PACS, roles: ['source'] },
        { name: 'late', aeTitle: PACS, host: '127.0.0.1', port, roles: ['destination'], sends: ['sr'] },
      ],
      delivery: { firstPauseSeconds: 60, maxPauseSeconds: 60, timeoutSeconds: 5 },
    };
    const { baseline, followUp } = phantomCase('stopped-set-back');
    {
      await using service = await startService(settings, clock);
      await service.send(baseline.all);
      await service.send(followUp.all);
      await until('a try that failed', async () => {
        const [row] = await service.service.world.reports.deliveriesOf(followUp.StudyInstanceUID);
        return (row?.attempts ?? 0) > 0 || undefined;
      });
    }
    jump(-3 * YEAR);
    await using late = await startPacs(port);
    await using service = await startService(settings, clock);
    await service.inState(followUp.StudyInstanceUID, 'delivered', 15_000);
    expect(late.reports).toHaveLength(1);
    await rm(dataDir, { recursive: true, force: true });
  });

  it('forward ends no wait and removes nobody, and no audit line; after a day without a jump what is over ends', async () => {
    const { clock, jump } = settable();
    await using service = await startService({ waiting: { expireDays: 14 }, retention: { days: 30 } }, clock);
    const { world } = service.service;
    const [waits, done] = [phantomCase('waits-on'), phantomCase('at-rest')];
    await service.send(waits.baseline.all);
    await service.send(waits.followUp.ct);
    await service.send(done.baseline.all);
    await service.send(done.followUp.all);
    await service.inState(waits.followUp.StudyInstanceUID, 'waitingForMask');
    await service.inState(done.followUp.StudyInstanceUID, 'delivered');
    // The baseline of a patient at rest waits itself; a person has seen to that.
    await world.catalogue.sql.query(
      `UPDATE "study" SET "state" = 'notEligible' WHERE "StudyInstanceUID" = $1`,
      [done.baseline.StudyInstanceUID],
    );
    const trust = new ClockTrust(world.catalogue.sql, clock, keptLog());
    await trust.look();
    jump(2 * YEAR);
    const { sql } = world.catalogue;
    const trail = new AuditTrail(sql, clock, false);
    const idsOfLines = async () =>
      (await sql.query<{ id: string }>('SELECT "id" FROM "audit"')).map(({ id }) => id);
    const lines = await idsOfLines();
    expect(lines.length).toBeGreaterThan(0);
    await retireInTime(world, trust);
    await pruneInTime(trail, trust, KEEP_DAYS);
    await pause(3000);
    expect(await idsOfLines()).toEqual(expect.arrayContaining(lines));
    expect(await service.reasons(waits.followUp.StudyInstanceUID)).not.toContain('EXPIRED');
    expect((await world.catalogue.study(waits.followUp.StudyInstanceUID))?.state).toBe('waitingForMask');
    expect(await world.catalogue.study(done.followUp.StudyInstanceUID)).toBeDefined();

    await clockWentOn(world.catalogue.sql, Date.now() + 2 * YEAR + 3 * DAY);
    jump(3 * DAY);
    await service.inState(waits.followUp.StudyInstanceUID, 'notEligible');
    expect(await service.reasons(waits.followUp.StudyInstanceUID)).toEqual(['EXPIRED']);
    await retireInTime(world, trust);
    expect(await world.catalogue.study(done.followUp.StudyInstanceUID)).toBeUndefined();
    await pruneInTime(trail, trust, KEEP_DAYS);
    expect((await idsOfLines()).filter((id) => lines.includes(id))).toEqual([]);
    expect(await trail.verify()).toMatchObject({ isWhole: true });
  });
});

describe('trust in the clock', () => {
  const opened = async () => {
    const { sql, clock, tick } = await openedCatalogue();
    const log = keptLog();
    const jumps = () => log.lines.filter(({ event }) => event === 'clock.jumped').length;
    return { trust: () => new ClockTrust(sql, clock, log), tick, jumps };
  };

  it('is there after a day of looks without a jump, and gone for a day after each jump, told once', async () => {
    const { trust, tick, jumps } = await opened();
    const looks = trust();
    const dayOfLooks = async () => {
      let isTrusted = false;
      for (let at = 0; at < 48; at++) {
        expect(isTrusted).toBe(false);
        tick(30 * MINUTE);
        isTrusted = await looks.look();
      }
      return isTrusted;
    };
    expect(await looks.look()).toBe(false);
    expect(await dayOfLooks()).toBe(true);
    for (const jump of [YEAR, -YEAR, 2 * HOUR]) {
      tick(jump);
      expect(await looks.look()).toBe(false);
      expect(await dayOfLooks()).toBe(true);
    }
    expect(jumps()).toBe(3);
  });

  it('outlives a restart, and a stop of up to a week; a longer one is taken for a wrong clock, and one that is set back too', async () => {
    const { trust, tick, jumps } = await opened();
    const first = trust();
    await first.look();
    for (let at = 0; at < 48; at++) {
      tick(30 * MINUTE);
      await first.look();
    }
    for (const stop of [10 * MINUTE, 3 * HOUR, 7 * DAY]) {
      tick(stop);
      const looks = trust();
      // A machine may start with a wrong clock, until NTP has put it right.
      expect(await looks.look()).toBe(stop < HOUR);
      tick(30 * MINUTE);
      expect(await looks.look()).toBe(stop < HOUR);
      tick(30 * MINUTE);
      expect(await looks.look()).toBe(true);
    }
    expect(jumps()).toBe(0);
    tick(-2 * HOUR);
    expect(await trust().look()).toBe(false);
    tick(8 * DAY);
    expect(await trust().look()).toBe(false);
    expect(jumps()).toBe(2);
  });

  it('comes to an installation that stands still each night: what counts is how long it ran', async () => {
    const { trust, tick } = await opened();
    const evenings: boolean[] = [];
    for (let day = 0; day < 4; day++) {
      const looks = trust();
      let isTrusted = await looks.look();
      for (let at = 0; at < 20; at++) {
        tick(30 * MINUTE);
        isTrusted = await looks.look();
      }
      evenings.push(isTrusted);
      tick(14 * HOUR);
    }
    expect(evenings).toEqual([false, false, true, true]);
  });

  it('small steps, as NTP makes them, take it from nobody', async () => {
    const { trust, tick, jumps } = await opened();
    const looks = trust();
    await looks.look();
    for (let at = 0; at < 200; at++) {
      tick(at % 10 === 0 ? -2 * MINUTE : 20 * MINUTE);
      await looks.look();
    }
    expect(await looks.look()).toBe(true);
    expect(jumps()).toBe(0);
  });
});

describe('jobs, logins and sessions when the clock is set back by a year', () => {
  it('a job that was put before is taken at once, one that failed before too', async () => {
    const sql = await openTestSql();
    let now = Date.UTC(2030, 0, 1);
    const queue = await openEmbeddedQueue({ sql, clock: () => new Date(now), log: keptLog() });
    const taken: string[] = [];
    await queue.put({ kind: 'assess', key: 'put before' });
    let hasFailed = false;
    await using _score = await queue.work('score', async ({ key }) => {
      if (hasFailed) taken.push(key);
      else {
        hasFailed = true;
        throw new Error('the first time');
      }
    });
    await queue.put({ kind: 'score', key: 'failed before' });
    await until('the failure', async () => hasFailed || undefined);
    await pause(50);
    now -= YEAR;
    await using _assess = await queue.work('assess', async ({ key }) => void taken.push(key));
    await until('both jobs', async () => taken.length === 2 || undefined, { withinMs: 5000 });
    expect(taken.sort()).toEqual(['failed before', 'put before']);
  });

  it('that the catalogue could not be told of at once is not forgotten', async () => {
    const sql = await openTestSql();
    let now = Date.UTC(2030, 0, 1);
    let isLocked = false;
    const batch: typeof sql.batch = (statements) =>
      isLocked ? Promise.reject(new Fault('DATABASE_FAILED')) : sql.batch(statements);
    const queue = await openEmbeddedQueue({
      sql: { ...sql, batch },
      clock: () => new Date(now),
      log: keptLog(),
    });
    await queue.put({ kind: 'assess', key: 'put before' });
    const taken: string[] = [];
    isLocked = true;
    now -= YEAR;
    await using _ = await queue.work('assess', async ({ key }) => void taken.push(key));
    await pause(1200);
    expect(taken).toEqual([]);
    isLocked = false;
    await until('the job', async () => taken.length === 1 || undefined, { withinMs: 5000 });
  });

  it('a step back of milliseconds, as NTP makes them, makes no job due that failed just now', async () => {
    const sql = await openTestSql();
    let now = Date.UTC(2030, 0, 1);
    const queue = await openEmbeddedQueue({ sql, clock: () => new Date(now), log: keptLog() });
    let tries = 0;
    await using _ = await queue.work('score', async () => {
      tries += 1;
      throw new Error('always');
    });
    await queue.put({ kind: 'score', key: 'failing' });
    await until('the first try', async () => tries === 1 || undefined);
    await pause(50);
    for (let at = 0; at < 8; at++) {
      now -= 20;
      await pause(200);
    }
    expect(tries).toBe(1);
    now -= 2000;
    await until('the second try', async () => tries === 2 || undefined, { withinMs: 5000 });
  });

  it('a lock is over, a session of the future too, and who is here is not kept out', async () => {
    const { sql, clock, tick } = await openedCatalogue();
    const limits = { maxFailures: 3, lockMinutes: 15, sessionHours: 10, sessionIdleMinutes: 60 };
    const logins = createLogins(new Accounts(sql, clock), limits, clock, { log2N: 10 });
    await logins.add('anna', 'correct horse battery', 'administrator', 'a test');
    const secret = await logins.login('anna', 'correct horse battery', '10.0.0.1');
    expect(await logins.session(secret, '10.0.0.1')).toBeDefined();
    for (let at = 0; at < 4; at++) await logins.login('anna', 'wrong', '10.0.0.2').catch(() => undefined);
    await expect(logins.login('anna', 'correct horse battery', '10.0.0.2')).rejects.toThrow('LOGIN_FAILED');
    tick(-YEAR);
    expect(await logins.session(secret, '10.0.0.1')).toBeUndefined();
    expect(await logins.login('anna', 'correct horse battery', '10.0.0.2')).toBeTypeOf('string');
  });
});
