/**
 * What a power cut leaves: names whose folder was not synced are gone. Files that were not synced are empty, or torn: of their length, with
 * zeros for their second half; those that were synced once are as they were then, or torn: new up to a sector and as they were from there
 * on. EARSHOT_CUTS (default 6, the long form 60) cuts of one service, in rotation over the steps of a case, half of what comes by STOW-RS;
 * EARSHOT_SEED names the moments and the sectors.
 */
import { mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { namedRandom } from '../../src/demo/random.ts';
import { archiveAt, endInEveryStep, holdingAll, type MovedTo, SETTINGS } from '../support/ended-in-steps.ts';
import { Killable } from '../support/killable.ts';
import { type PhantomCase, phantomCase } from '../support/phantom-case.ts';
import { cutPower, everythingIsDurable, type Unsynced } from '../support/power-cut.ts';
import { startPacs } from '../support/running-service.ts';
import { say } from '../support/say.ts';
import { startScriptedQueryArchive } from '../support/scripted-query-archive.ts';
import { compiledShim, preloading, shimMissing } from '../support/shim.ts';

const CUTS = Number(process.env['EARSHOT_CUTS'] ?? 6);
const SEED = process.env['EARSHOT_SEED'] ?? 'earshot';

if (shimMissing) say(`power-loss.test.ts is skipped: ${shimMissing}`);

type Machine = AsyncDisposable &
  Readonly<{
    run: Killable;
    /** Kills the service and leaves what is durable. */
    cut(unsynced?: Unsynced): Promise<void>;
    /** It ends by itself when it has written a file with this name and would sync it next. */
    endAt(name: string): void;
    /** names of the files that had, after a cut, both new bytes and those of their last sync */
    torn: readonly string[];
    /** Runs `earshot` on the same disk; what it said. */
    command(...args: string[]): Promise<string>;
    /** From the next start the disk only says that it has made these durable. */
    lie(about: 'files' | 'folders'): void;
  }>;

/** Of each step, and of each door (ended-in-steps.ts), both in turn. */
const unsyncedAt = (cut: number): Unsynced =>
  ((Math.floor(cut / 2) % 3) + Math.floor(cut / 12)) % 2 === 0 ? 'empty' : 'torn';

/** A service on a disk of which it is known what is durable. */
async function startMachine(nodes: readonly Readonly<Record<string, unknown>>[] = []): Promise<Machine> {
  const place = realpathSync(mkdtempSync(join(tmpdir(), 'earshot-power-')));
  const [folder, shadow] = [join(place, 'disk'), join(place, 'shadow')];
  const env: Record<string, string> = {
    ...preloading(compiledShim('power-loss', place)),
    SHADOW_OF: folder,
    SHADOW_IN: shadow,
    SHADOW_SYNC_MS: '3',
  };
  const run = await Killable.start({
    ...{ folder, env, nodes, settings: SETTINGS },
    ...{ quietPeriodSeconds: 0.3, isStarted: false },
  });
  everythingIsDurable(folder, shadow);
  let cuts = 0;
  const torn: string[] = [];
  await run.earshot.start();
  return {
    run,
    cut: async (unsynced = unsyncedAt(cuts)) => {
      await run.kill();
      const random = namedRandom(`torn ${SEED} ${cuts}`);
      const mixed = cutPower(folder, 'data', shadow, { unsynced, random });
      // SQLite never syncs its index of the log, and makes it anew.
      torn.push(...mixed.filter((name) => !name.endsWith('-shm')));
      cuts += 1;
    },
    torn,
    endAt: (name) => writeFileSync(join(shadow, 'end-at'), `/${name}`),
    command: async (...args) => {
      const child = run.earshot.command(args);
      await child.ended;
      return child.output();
    },
    lie: (about) => {
      env['SHADOW_IGNORES'] = about;
    },
    [Symbol.asyncDispose]: async () => {
      await run[Symbol.asyncDispose]();
      rmSync(place, { recursive: true, force: true });
    },
  };
}

describe.skipIf(shimMissing)('a service on SQLite whose machine loses its power', () => {
  it('at any moment still has everything that it acknowledged in a sound catalogue, and gives one report a case', {
    timeout: 60_000 + (CUTS + 6) * 60_000,
  }, async () => {
    const world: MovedTo = { held: [] };
    await using archive = await startScriptedQueryArchive(holdingAll(world));
    await using machine = await startMachine([archiveAt(archive.port)]);
    const { run } = machine;
    await using pacs = await startPacs(run.pacsPort, { answersAfterMs: 150 });
    const { cases, told, missed } = await endInEveryStep(run, world, {
      ...{ count: CUTS, name: 'cut', seed: `power ${SEED}` },
      end: machine.cut,
      look: () => {
        run.expectNothingLost();
        expect(run.query('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
      },
    });
    await machine.cut();
    say(
      `power cut ${cases.length} times (seed ${SEED}): ${told}; ${run.promised.size} objects kept; torn in mid-write: ${machine.torn.join(', ') || 'none'}`,
    );
    for (const phantom of cases) {
      expect(run.state(phantom.followUp.StudyInstanceUID)).toBe('delivered');
      run.expectOneReport(pacs, phantom);
    }
    run.expectNothingLost();
    await run.expectSound();
    expect(missed).toEqual([]);
  });

  it('in the midst of writing its log, or its catalogue, has everything that it acknowledged, and starts', {
    timeout: 60_000 + CUTS * 20_000,
  }, async () => {
    await using machine = await startMachine();
    const { run } = machine;
    const look = () => {
      run.expectNothingLost();
      expect(run.query('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    };
    for (let at = 0; at < CUTS / 2; at++) {
      const files = phantomCase(`mid-write-${at}`).baseline.all;
      const ending = 1 + namedRandom(`mid-write ${SEED} ${at}`).index(files.length - 2);
      const statuses = await run.send(files, (answered) => {
        if (answered === ending) machine.endAt('catalogue.sqlite-wal');
      });
      expect(statuses).toContain(null);
      await machine.cut('torn');
      look();
      // What is in the log goes to the catalogue when the service starts.
      machine.endAt('catalogue.sqlite');
      await expect(run.earshot.start()).rejects.toThrow();
      await machine.cut('torn');
      look();
      await run.earshot.start();
      expect(new Set(await run.sendRest(files))).toEqual(new Set([0]));
    }
    const times = (name: string) => machine.torn.filter((one) => one === name).length;
    say(
      `torn in mid-write (seed ${SEED}): the log ${times('catalogue.sqlite-wal')} times, the catalogue ${times('catalogue.sqlite')} times`,
    );
    expect(times('catalogue.sqlite-wal')).toBeGreaterThan(0);
    expect(times('catalogue.sqlite')).toBeGreaterThan(0);
    await run.earshot.stop();
    run.expectNothingLost();
    await run.expectSound();
  });

  it('has nothing more of a patient who was forgotten before', { timeout: 120_000 }, async () => {
    await using machine = await startMachine();
    const { run } = machine;
    await using _pacs = await startPacs(run.pacsPort);
    const [gone, other] = [phantomCase('cut-forgotten'), phantomCase('cut-remembered')];
    for (const phantom of [gone, other]) {
      await run.sendCase(phantom);
      await run.inState(phantom.followUp.StudyInstanceUID, 'delivered');
    }
    await run.earshot.stop();
    expect(await machine.command('forget', gone.patient.PatientID, '--yes')).toContain('Removed.');
    await machine.cut();
    const studiesOf = ({ baseline, followUp }: PhantomCase) =>
      [baseline, followUp].map((one) => one.StudyInstanceUID);
    const files = readdirSync(run.dataDir, { recursive: true }).map(String);
    const isOnDisk = (uid: string) => files.some((file) => file.includes(uid));
    expect(studiesOf(gone).map(isOnDisk)).toEqual([false, false]);
    expect(studiesOf(gone).map((uid) => run.state(uid))).toEqual([undefined, undefined]);
    expect(studiesOf(other).map(isOnDisk)).toEqual([true, true]);
    expect(run.state(other.followUp.StudyInstanceUID)).toBe('delivered');
  });

  it.each(['files', 'folders'] as const)(
    'is seen to lose what it acknowledged when its disk only says that it has made %s durable',
    async (about) => {
      await using machine = await startMachine();
      const { run } = machine;
      await run.send(phantomCase(`honest-${about}`).baseline.all);
      await machine.cut();
      run.expectNothingLost();
      machine.lie(about);
      await run.earshot.start();
      await run.send(phantomCase(`lied-${about}`).baseline.all);
      await machine.cut();
      expect(run.lost().length).toBeGreaterThan(0);
    },
  );
});
