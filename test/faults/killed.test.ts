/**
 * PEERS.md: a service that is killed. EARSHOT_KILLS (default 8, the long form 200) kills of one service, in rotation over the
 * steps of a case, and a few more where a step was missed; EARSHOT_SEED names the moments. Every other case comes by STOW-RS.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { between, namedRandom } from '../../src/demo/random.ts';
import type { Random } from '../../src/model/random.ts';
import { holding, sending } from '../support/case-with-archives.ts';
import { type Door, Killable } from '../support/killable.ts';
import { type PhantomCase, phantomCase } from '../support/phantom-case.ts';
import { startPacs } from '../support/running-service.ts';
import { say } from '../support/say.ts';
import { type QueryScript, startScriptedQueryArchive } from '../support/scripted-query-archive.ts';
import { until } from '../support/until.ts';

const KILLS = Number(process.env['EARSHOT_KILLS'] ?? 8);
const SEED = process.env['EARSHOT_SEED'] ?? 'earshot';

/** After each of them all that was ever acknowledged is looked at, after every other one what is new. */
const FULL_CHECK_EVERY = 20;

const STEPS = ['receive', 'assemble', 'fetch', 'score', 'report', 'deliver'] as const;
type Step = (typeof STEPS)[number];
/** How long after its beginning a step is cut off at most, in milliseconds: about as long as it lasts. */
const LASTS_MS: Readonly<Record<Step, number>> = {
  receive: 10,
  assemble: 400,
  fetch: 60,
  score: 150,
  report: 12,
  deliver: 150,
};
const ARCHIVE = 'A0';
const SETTINGS = {
  priors: {
    firstPauseSeconds: 0.2,
    maxPauseSeconds: 0.5,
    queryTimeoutSeconds: 2,
    retrieveTimeoutSeconds: 5,
    arrivalSeconds: 1,
    waitSeconds: 30,
  },
  log: { level: 'info' },
};

describe('a service on SQLite that is killed again and again', () => {
  it('at any moment of receiving, assembling, fetching, scoring, reporting and delivering loses nothing that it acknowledged, and gives one report a case', {
    timeout: 60_000 + (KILLS + 6) * 90_000,
  }, async () => {
    const world: MovedTo = { held: [] };
    await using archive = await startScriptedQueryArchive(holdingAll(world));
    await using run = await Killable.start({
      quietPeriodSeconds: 0.3,
      nodes: [
        { name: 'archive', aeTitle: ARCHIVE, host: '127.0.0.1', port: archive.port, roles: ['archive'] },
      ],
      settings: SETTINGS,
    });
    world.run = run;
    await using pacs = await startPacs(run.pacsPort, { answersAfterMs: 150 });

    const hits: Hits = new Map(STEPS.map((step) => [step, 0]));
    const cases: PhantomCase[] = [];
    const seconds: number[] = [];
    for (let step = stepOfKill(0, hits); step; step = stepOfKill(cases.length, hits)) {
      const kill = cases.length;
      const phantom = phantomCase(`kill-${kill}`);
      if (step === 'fetch') world.held.push(phantom);
      const random = namedRandom(`killed ${SEED} ${kill}`);
      cases.push(phantom);
      const started = performance.now();
      const under = await killIn(step, run, phantom, doorOf(kill), random, () => world.moving);
      const hit = under ?? stepOf(run, phantom);
      hits.set(hit, (hits.get(hit) ?? 0) + 1);
      if (kill % FULL_CHECK_EVERY === 0) run.expectNothingLost();
      else run.expectNothingNewLost();
      seconds.push((performance.now() - started) / 1000);
      await run.earshot.start();
      const isHeld = world.held.includes(phantom);
      await run.sendRest([...(isHeld ? [] : phantom.baseline.all), ...phantom.followUp.all]);
    }

    for (const { followUp } of cases) await run.inState(followUp.StudyInstanceUID, 'delivered');
    await run.earshot.stop();
    const told = [...hits].map(([step, count]) => `${step} ${count}`).join(', ');
    say(
      `killed ${cases.length} times (seed ${SEED}): ${told}; seconds ${seconds.map((each) => each.toFixed(1)).join(' ')}`,
    );
    for (const phantom of cases) run.expectOneReport(pacs, phantom);
    run.expectNothingLost();
    await run.expectSound();
    expect(readdirSync(join(run.dataDir, 'incoming'))).toEqual([]);
    expect(missed(hits)).toEqual([]);
  });
});

type Hits = Map<Step | 'afterwards', number>;

const missed = (hits: Hits): Step[] => STEPS.filter((step) => hits.get(step) === 0);

/** In rotation; then, a bounded number of times, what was missed. */
function stepOfKill(kill: number, hits: Hits): Step | undefined {
  if (kill < KILLS) return STEPS[kill % STEPS.length];
  return kill < 2 * KILLS + 6 ? missed(hits)[0] : undefined;
}

/** What the archive holds, to which service it moves, and what it is moving just now. */
type MovedTo = { readonly held: PhantomCase[]; run?: Killable; moving?: string };

function holdingAll(world: MovedTo): QueryScript {
  return {
    find: (keys) => {
      for (const one of world.held) {
        const reply = holding(one)(keys);
        if (typeof reply === 'object' && 'answers' in reply && reply.answers.length > 0) return reply;
      }
      return { answers: [] };
    },
    move: async (keys, destination) => {
      const one = world.held.find(({ baseline }) => baseline.StudyInstanceUID === keys['StudyInstanceUID']);
      const { run } = world;
      if (!one || !run) return { status: 0xa801 };
      world.moving = one.baseline.StudyInstanceUID;
      const send = async (files: readonly Uint8Array[]) => {
        const statuses = await run.send(files, undefined, ARCHIVE);
        if (statuses.some((status) => status !== 0)) throw new Error('the one that it moves to has gone');
      };
      try {
        return await sending(one, send)(keys, destination);
      } catch {
        return { status: 0xa702 };
      } finally {
        delete world.moving;
      }
    },
  };
}

/** Of the same step in turn by either. */
const doorOf = (kill: number): Door => ((kill + Math.floor(kill / STEPS.length)) % 2 === 0 ? 'dimse' : 'web');

/** Brings a case into a step, waits a moment, and kills. The step, where objects were under way just then. */
async function killIn(
  step: Step,
  run: Killable,
  phantom: PhantomCase,
  door: Door,
  random: Random,
  moving: () => string | undefined,
): Promise<Step | undefined> {
  const { baseline, followUp } = phantom;
  const study = followUp.StudyInstanceUID;
  const wait = () => pause(between(random, 0, LASTS_MS[step]));
  if (step !== 'fetch') await run.sendBy(door, baseline.all);
  if (step === 'receive') return killWhileSending(run, followUp.all, door, random, wait);
  await run.sendBy(door, followUp.all);
  if (step === 'fetch')
    await until(
      'the C-MOVE of the baseline',
      async () => (moving() === baseline.StudyInstanceUID ? true : undefined),
      { everyMs: 1, withinMs: 60_000 },
    );
  if (step === 'score') await run.inState(study, 'ready', 'scoring');
  if (step === 'report')
    await until('the numbers of the case', async () => measured(run, study), {
      everyMs: 1,
      withinMs: 60_000,
    });
  if (step === 'deliver') await run.inState(study, 'delivering', 'delivered');
  await wait();
  const isMoving = moving() === baseline.StudyInstanceUID;
  await run.kill();
  return isMoving ? 'fetch' : undefined;
}

async function killWhileSending(
  run: Killable,
  files: readonly Uint8Array[],
  door: Door,
  random: Random,
  wait: () => Promise<unknown>,
): Promise<Step | undefined> {
  const at = 1 + random.index(files.length - 1);
  let killing: Promise<void> | undefined;
  const statuses = await run.sendBy(door, files, (answered) => {
    if (answered === at) killing = wait().then(() => run.kill());
  });
  await killing;
  return statuses.includes(null) ? 'receive' : undefined;
}

/** Both time points are measured: what is left of scoring is the report. */
function measured(run: Killable, study: string): true | undefined {
  const told = run.query(`SELECT 1 FROM "event" WHERE "StudyInstanceUID" = ? AND "kind" = 'measured'`, study);
  return told.length >= 2 ? true : undefined;
}

/** What the catalogue says after the kill: in which step the case was. */
function stepOf(run: Killable, { followUp }: PhantomCase): Step | 'afterwards' {
  const study = followUp.StudyInstanceUID;
  const state = run.state(study);
  if (state === 'ready' || state === 'scoring') return measured(run, study) ? 'report' : 'score';
  if (state === 'reported') return 'report';
  if (state === 'delivered') return 'afterwards';
  return state === 'delivering' ? 'deliver' : 'assemble';
}
