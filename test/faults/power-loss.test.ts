/**
 * What a power cut leaves: files that were not synced are empty, names whose folder was not synced are gone. EARSHOT_CUTS
 * (default 4, the long form 60) cuts of one service, every other one of what comes by STOW-RS; EARSHOT_SEED names the moments.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { between, namedRandom } from '../../src/demo/random.ts';
import type { Random } from '../../src/model/random.ts';
import { type Door, Killable } from '../support/killable.ts';
import { type PhantomCase, phantomCase } from '../support/phantom-case.ts';
import { cutPower, everythingIsDurable } from '../support/power-cut.ts';
import { startPacs } from '../support/running-service.ts';
import { say } from '../support/say.ts';
import { compiledShim, preloading, shimMissing } from '../support/shim.ts';

const CUTS = Number(process.env['EARSHOT_CUTS'] ?? 4);
const SEED = process.env['EARSHOT_SEED'] ?? 'earshot';
/** From the last object of a case to its report at the archive, and a little more. */
const LASTS_MS = 2500;

if (shimMissing) say(`power-loss.test.ts is skipped: ${shimMissing}`);

type Machine = AsyncDisposable &
  Readonly<{
    run: Killable;
    /** Kills the service and leaves what is durable. */
    cut(): Promise<void>;
    /** From the next start the disk only says that it has made these durable. */
    lie(about: 'files' | 'folders'): void;
  }>;

/** A service on a disk of which it is known what is durable. */
async function startMachine(): Promise<Machine> {
  const place = realpathSync(mkdtempSync(join(tmpdir(), 'earshot-power-')));
  const [folder, shadow] = [join(place, 'disk'), join(place, 'shadow')];
  const env: Record<string, string> = {
    ...preloading(compiledShim('power-loss', place)),
    SHADOW_OF: folder,
    SHADOW_IN: shadow,
  };
  const settings = { log: { level: 'info' } };
  const run = await Killable.start({ folder, env, settings, quietPeriodSeconds: 0.3, isStarted: false });
  everythingIsDurable(folder, shadow);
  await run.earshot.start();
  return {
    run,
    cut: async () => {
      await run.kill();
      cutPower(folder, 'data', shadow);
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
    timeout: 60_000 + CUTS * 30_000,
  }, async () => {
    await using machine = await startMachine();
    const { run } = machine;
    await using pacs = await startPacs(run.pacsPort);
    const cases: PhantomCase[] = [];
    const states = new Map<string, number>();
    for (let cut = 0; cut < CUTS; cut++) {
      const phantom = phantomCase(`cut-${cut}`);
      cases.push(phantom);
      await cutWithin(machine, phantom, cut % 2 === 0 ? 'dimse' : 'web', namedRandom(`power ${SEED} ${cut}`));
      run.expectNothingLost();
      expect(run.query('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
      const state = run.state(phantom.followUp.StudyInstanceUID) ?? 'nothing of it';
      states.set(state, (states.get(state) ?? 0) + 1);
      await run.earshot.start();
      await run.sendRest(phantom.baseline.all);
      await run.sendRest(phantom.followUp.all);
    }
    for (const { followUp } of cases) await run.inState(followUp.StudyInstanceUID, 'delivered');
    await machine.cut();
    const told = [...states].map(([state, count]) => `${state} ${count}`).join(', ');
    say(`power cut ${CUTS} times (seed ${SEED}): ${told}; ${run.promised.size} objects kept`);
    for (const phantom of cases) {
      expect(run.state(phantom.followUp.StudyInstanceUID)).toBe('delivered');
      run.expectOneReport(pacs, phantom);
    }
    run.expectNothingLost();
    await run.expectSound();
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

/** About half of the cuts fall while objects are sent, the others between the last object and a while after the report. */
async function cutWithin(
  { run, cut }: Machine,
  { baseline, followUp }: PhantomCase,
  door: Door,
  random: Random,
): Promise<void> {
  const isWhileSending = random.uniform() < 0.5;
  const all = [...baseline.all, ...followUp.all];
  const at = isWhileSending ? 1 + random.index(all.length - 1) : all.length;
  const waitMs = between(random, 0, isWhileSending ? 10 : LASTS_MS);
  let cutting: Promise<void> | undefined;
  await run.sendBy(door, all, (answered) => {
    if (answered === at) cutting = pause(waitMs).then(cut);
  });
  await cutting;
}
