/**
 * A case whose service ends in a step that was chosen, killed or without power: in rotation over the steps of a case, and a few times more
 * where a step was missed.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { between, namedRandom } from '../../src/demo/random.ts';
import type { Random } from '../../src/model/random.ts';
import { holding, sending } from './case-with-archives.ts';
import type { Door, Killable } from './killable.ts';
import { type PhantomCase, phantomCase } from './phantom-case.ts';
import type { QueryScript } from './scripted-query-archive.ts';
import { until } from './until.ts';

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
/** AE title of the archive. */
const ARCHIVE = 'A0';
/** So that an archive is asked soon. */
export const SETTINGS = {
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

/** How often each step was hit. */
type Hits = Map<Step | 'afterwards', number>;

const missed = (hits: Hits): Step[] => STEPS.filter((step) => hits.get(step) === 0);

/** In rotation `count` times; then, a bounded number of times, what was missed. */
function stepAt(at: number, count: number, hits: Hits): Step | undefined {
  if (at < count) return STEPS[at % STEPS.length];
  return at < 2 * count + 6 ? missed(hits)[0] : undefined;
}

/** What the archive holds, to which service it moves, and what it is moving just now. */
export type MovedTo = { readonly held: PhantomCase[]; run?: Killable; moving?: string };

/** The archive as a node of the service. */
export const archiveAt = (port: number) => ({
  name: 'archive',
  aeTitle: ARCHIVE,
  host: '127.0.0.1',
  port,
  roles: ['archive'],
});

type Endings = Readonly<{
  count: number;
  /** of the cases, and of the random moments */
  name: string;
  seed: string;
  end(): Promise<void>;
  /** Looks at what is left, before the service starts again. */
  look(at: number): void;
}>;

type Ended = Readonly<{
  cases: readonly PhantomCase[];
  /** how often each step was hit */
  told: string;
  missed: readonly Step[];
  /** to the end of each look, from the beginning of its case */
  seconds: readonly number[];
}>;

/** A case for each end of the service, which then starts again; until all of them are delivered. */
export async function endInEveryStep(
  run: Killable,
  world: MovedTo,
  { count, name, seed, end, look }: Endings,
): Promise<Ended> {
  world.run = run;
  const hits: Hits = new Map(STEPS.map((step) => [step, 0]));
  const cases: PhantomCase[] = [];
  const seconds: number[] = [];
  for (let step = stepAt(0, count, hits); step; step = stepAt(cases.length, count, hits)) {
    const at = cases.length;
    const phantom = phantomCase(`${name}-${at}`);
    cases.push(phantom);
    const started = performance.now();
    const hit = await endIn(run, world, { step, at, phantom, random: namedRandom(`${seed} ${at}`), end });
    hits.set(hit, (hits.get(hit) ?? 0) + 1);
    look(at);
    seconds.push((performance.now() - started) / 1000);
    await run.earshot.start();
    await sendAgain(run, world, phantom);
  }
  for (const { followUp } of cases) await run.inState(followUp.StudyInstanceUID, 'delivered');
  const told = [...hits].map(([step, times]) => `${step} ${times}`).join(', ');
  return { cases, told, missed: missed(hits), seconds };
}

export function holdingAll(world: MovedTo): QueryScript {
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
const doorAt = (at: number): Door => ((at + Math.floor(at / STEPS.length)) % 2 === 0 ? 'dimse' : 'web');

type Ending = Readonly<{
  step: Step;
  /** the how manieth it is */
  at: number;
  phantom: PhantomCase;
  random: Random;
  /** Kills the service, or takes its power. */
  end(): Promise<void>;
}>;

/** Brings a case into a step, waits a moment, and ends the service. In which step the case was then. */
async function endIn(run: Killable, world: MovedTo, ending: Ending): Promise<Step | 'afterwards'> {
  if (ending.step === 'fetch') world.held.push(ending.phantom);
  return (await endAtStep(run, ending, () => world.moving)) ?? stepOf(run, ending.phantom);
}

/** The step, where objects were under way just then. */
async function endAtStep(
  run: Killable,
  { step, at, phantom, random, end }: Ending,
  moving: () => string | undefined,
): Promise<Step | undefined> {
  const door = doorAt(at);
  const { baseline, followUp } = phantom;
  const study = followUp.StudyInstanceUID;
  const wait = () => pause(between(random, 0, LASTS_MS[step]));
  if (step !== 'fetch') await run.sendBy(door, baseline.all);
  if (step === 'receive') return endWhileSending(run, followUp.all, door, random, () => wait().then(end));
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
  await end();
  return isMoving ? 'fetch' : undefined;
}

async function endWhileSending(
  run: Killable,
  files: readonly Uint8Array[],
  door: Door,
  random: Random,
  end: () => Promise<void>,
): Promise<Step | undefined> {
  const at = 1 + random.index(files.length - 1);
  let ending: Promise<void> | undefined;
  const statuses = await run.sendBy(door, files, (answered) => {
    if (answered === at) ending = end();
  });
  await ending;
  return statuses.includes(null) ? 'receive' : undefined;
}

/** Sends what the peers of a case would send again; what an archive holds is fetched from there. */
async function sendAgain(run: Killable, world: MovedTo, phantom: PhantomCase): Promise<void> {
  const isHeld = world.held.includes(phantom);
  await run.sendRest([...(isHeld ? [] : phantom.baseline.all), ...phantom.followUp.all]);
}

/** Both time points are measured: what is left of scoring is the report. */
function measured(run: Killable, study: string): true | undefined {
  const told = run.query(`SELECT 1 FROM "event" WHERE "StudyInstanceUID" = ? AND "kind" = 'measured'`, study);
  return told.length >= 2 ? true : undefined;
}

/** What the catalogue says after the end: in which step the case was. */
function stepOf(run: Killable, { followUp }: PhantomCase): Step | 'afterwards' {
  const study = followUp.StudyInstanceUID;
  const state = run.state(study);
  if (state === 'ready' || state === 'scoring') return measured(run, study) ? 'report' : 'score';
  if (state === 'reported') return 'report';
  if (state === 'delivered') return 'afterwards';
  return state === 'delivering' ? 'deliver' : 'assemble';
}
