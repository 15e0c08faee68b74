/** A phantom patient through the whole path of the running service: a real association to our own port, and a report that stays here. */
import { setTimeout as pause } from 'node:timers/promises';
import { sendFiles } from '../../adapters/dimse/sender.ts';
import { type PhantomPatient, phantomPatient } from '../demo/phantom.ts';
import { type PhantomObjects, phantomObjects } from '../demo/phantom-dicom.ts';
import { asFault, Fault } from '../fault.ts';
import { TEST_PATIENT_NAME, TEST_PATIENT_PREFIX } from '../patients/test-patient.ts';
import { forgetTestPatients } from '../pipeline/forget-test-patients.ts';
import type { World } from '../pipeline/world.ts';
import type { Lease, Leases, Node } from '../ports.ts';
import { validateReport } from '../sr/validate.ts';
import {
  advance,
  failRunning,
  findingsOf,
  freshSteps,
  type SelfTestFacts,
  type SelfTestProgress,
  type SelfTestStep,
  stateOf,
} from './self-test-steps.ts';
import type { SharedAdmission } from './shared-admission.ts';
import type { TestReports } from './test-reports.ts';

/** Beyond the quiet period. */
const LIMIT_SECONDS = 120;
const LOOK_EVERY_MS = 100;

export type SelfTestNeeds = Readonly<{
  world: Pick<
    World,
    'catalogue' | 'reports' | 'renditions' | 'files' | 'clock' | 'log' | 'quietPeriodSeconds'
  >;
  /** the port is the first of ours */
  admission: Pick<SharedAdmission, 'ports' | 'open'>;
  leases: Pick<Leases, 'take' | 'held'>;
  kept: TestReports;
  /** default 120 */
  limitSeconds?: number;
}>;

export type SelfTest = AsyncDisposable &
  Readonly<{
    /** Starts a run, or tells of the one that is under way, here or in another process. */
    start(author: string): Promise<SelfTestProgress>;
    /** Of the run that is under way, or of the last one; undefined: there was none. */
    status(): Promise<SelfTestProgress | undefined>;
    /** Resolves when no run is under way. */
    settled(): Promise<void>;
  }>;

type Run = { progress: SelfTestProgress; ended: Promise<void> };

/** One at a time in all processes together; its detail is how the run fares. */
const LEASE = 'selfTest';
/** Others hear so often how it fares. */
const TELL_MS = 1000;

/** The run that is under way in any process. */
export async function selfTestUnderWay(leases: Pick<Leases, 'held'>): Promise<SelfTestProgress | undefined> {
  const [found] = await leases.held(LEASE);
  return found && (JSON.parse(found.detail) as SelfTestProgress);
}

export function createSelfTest(needs: SelfTestNeeds): SelfTest {
  const stopping = new AbortController();
  let run: Run | undefined;
  return {
    start: async (author) => {
      if (run?.progress.state === 'running') return run.progress;
      const PatientID = `${TEST_PATIENT_PREFIX}${crypto.randomUUID().replaceAll('-', '').toUpperCase()}`;
      const startedAt = needs.world.clock().toISOString();
      const first: SelfTestProgress = {
        ...{ state: 'running', startedAt, milliseconds: 0, author, PatientID },
        steps: freshSteps(),
      };
      const lease = await needs.leases.take(LEASE, JSON.stringify(first));
      if (!lease) {
        const other = await selfTestUnderWay(needs.leases);
        if (other) return other;
        throw new Fault('ACTION_NOT_POSSIBLE', 'a self-test is under way');
      }
      const started: Run = { progress: first, ended: Promise.resolve() };
      const { tell, told } = telling(lease, (progress) => {
        started.progress = progress;
      });
      started.ended = runTest(needs, first, AbortSignal.any([stopping.signal, lease.lost]), tell).then(
        async (progress) => {
          await told();
          await lease[Symbol.asyncDispose]();
          started.progress = progress;
        },
      );
      run = started;
      return first;
    },
    status: async () => {
      if (run?.progress.state === 'running') return run.progress;
      return (await selfTestUnderWay(needs.leases)) ?? newer(run?.progress, await needs.kept.lastResult());
    },
    settled: async () => run?.ended,
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await run?.ended;
    },
  };
}

const newer = (one?: SelfTestProgress, other?: SelfTestProgress): SelfTestProgress | undefined =>
  one && other ? (one.startedAt < other.startedAt ? other : one) : (one ?? other);

/** How a run fares: here at once, to other processes once a second. `told`: when nothing is on its way to them. */
function telling(lease: Lease, here: (progress: SelfTestProgress) => void) {
  let last = performance.now();
  let telling = Promise.resolve();
  return {
    tell: (progress: SelfTestProgress): void => {
      here(progress);
      if (performance.now() - last < TELL_MS) return;
      last = performance.now();
      telling = telling.then(() => lease.tell(JSON.stringify(progress))).catch(() => undefined);
    },
    told: () => telling,
  };
}

/** How it ended. Never rejects. What is told as over is over: the test patient has left, and the port is shut again. */
async function runTest(
  needs: SelfTestNeeds,
  first: SelfTestProgress,
  stopped: AbortSignal,
  tell: (progress: SelfTestProgress) => void,
): Promise<SelfTestProgress> {
  const { world, kept } = needs;
  const started = performance.now();
  let progress = first;
  const show = (steps: readonly SelfTestStep[]): void => {
    progress = { ...progress, steps, milliseconds: Math.round(performance.now() - started) };
    tell(progress);
  };
  const seconds = (needs.limitSeconds ?? LIMIT_SECONDS) + world.quietPeriodSeconds;
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(seconds * 1000)]);
  let steps: readonly SelfTestStep[] = first.steps;
  try {
    steps = await watch(needs, first, { signal, started, show });
    if (stateOf(steps) === 'running')
      steps = failRunning(
        steps,
        stopped.aborted ? whyStopped(stopped) : `It was not over after ${seconds} s.`,
      );
  } catch (thrown) {
    const fault = asFault(thrown);
    world.log.error('selfTest.fault', { code: fault.code, detail: fault.detail });
    steps = failRunning(progress.steps, fault.message);
  }
  await forgetTestPatients(world).catch((thrown: unknown) =>
    world.log.error('selfTest.notForgotten', { code: asFault(thrown).code }),
  );
  const milliseconds = Math.round(performance.now() - started);
  const ended: SelfTestProgress = { ...progress, steps, milliseconds, state: stateOf(steps) };
  await kept.keepResult(ended).catch(() => undefined);
  world.log.info('selfTest.ended', { state: ended.state, milliseconds });
  return ended;
}

const whyStopped = ({ reason }: AbortSignal): string =>
  reason instanceof Fault ? reason.message : 'The service was stopped.';

type Watch = Readonly<{
  signal: AbortSignal;
  started: number;
  show(steps: readonly SelfTestStep[]): void;
}>;

/** Sends, and looks until a step has failed, all have passed, or the time is over. */
async function watch(
  needs: SelfTestNeeds,
  { PatientID, steps: fresh }: SelfTestProgress,
  { signal, started, show }: Watch,
): Promise<readonly SelfTestStep[]> {
  const { world, admission } = needs;
  await forgetTestPatients(world);
  const [port] = await admission.ports();
  await using _open = await admission.open(port, PatientID);
  const patient = testPatient(PatientID);
  const baseline = phantomObjects(patient, patient.baseline);
  const followUp = phantomObjects(patient, patient.followUp);
  const files = [baseline, followUp].flatMap(({ ct, mask }) => [...ct, mask]);
  const sent = sending(port.node, files, signal);
  let steps: readonly SelfTestStep[] = fresh;
  let invalid: string | undefined;
  for (;;) {
    const facts = await factsOf(needs, { baseline, followUp }, sent.state(), invalid);
    steps = advance(steps, findingsOf(facts), performance.now() - started);
    show(steps);
    if (stateOf(steps) !== 'running' || signal.aborted) break;
    if (facts.report && invalid === undefined) invalid = await keepReport(needs, facts.report);
    else await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  await sent.ended;
  return steps;
}

/** Small, with a mask of either kind; every UID is of this run. */
const testPatient = (PatientID: string): PhantomPatient => {
  const name = `self-test/${PatientID}`;
  return {
    ...phantomPatient(PHANTOM_SEED, 0),
    ...{ name, PatientID, PatientName: TEST_PATIENT_NAME, IssuerOfPatientID: '' },
  };
};
const PHANTOM_SEED = 2023;

/** One association from this machine to a port of ours, under our own title. */
function sending(own: Node, files: readonly Uint8Array[], signal: AbortSignal) {
  let state: SelfTestFacts['sent'] = { answered: 0, of: files.length };
  const onAnswer = (answered: number): void => {
    state = { answered: Math.min(answered, files.length - 1), of: files.length };
  };
  const ended = sendFiles(own, files, { callingAeTitle: own.aeTitle ?? '', signal, onAnswer }).then(
    (answers) => {
      const taken = answers.filter(({ status }) => status === 0).length;
      const refused = answers.find(({ status }) => status !== 0);
      const status = refused?.status?.toString(16).toUpperCase().padStart(4, '0');
      const problem = refused && (status ? `status 0x${status} ${refused.comment}` : 'no answer came');
      state = { answered: taken, of: files.length, problem };
    },
    (thrown: unknown) => {
      state = { answered: 0, of: files.length, problem: asFault(thrown).message };
    },
  );
  return { state: () => state, ended };
}

async function factsOf(
  { world }: SelfTestNeeds,
  pair: Readonly<{ baseline: PhantomObjects; followUp: PhantomObjects }>,
  sent: SelfTestFacts['sent'],
  invalid: string | undefined,
): Promise<SelfTestFacts> {
  const { catalogue, reports, quietPeriodSeconds, clock } = world;
  const [baseline, followUp] = await Promise.all(
    [pair.baseline, pair.followUp].map(({ StudyInstanceUID }) => catalogue.study(StudyInstanceUID)),
  );
  const series = [
    ...(await catalogue.seriesOf(pair.baseline.StudyInstanceUID)),
    ...(await catalogue.seriesOf(pair.followUp.StudyInstanceUID)),
  ];
  return {
    sent,
    received: series.reduce((sum, { instanceCount }) => sum + instanceCount, 0),
    baseline,
    followUp,
    report: (await reports.of(pair.followUp.StudyInstanceUID)).at(-1),
    invalid,
    quietPeriodSeconds,
    now: clock(),
  };
}

/** Every form of the report is looked at by our own validator and kept; the answer says what is wrong, or nothing. */
async function keepReport(
  { world, kept }: SelfTestNeeds,
  report: NonNullable<SelfTestFacts['report']>,
): Promise<string> {
  let invalid = '';
  for (const form of [report, ...(await world.renditions.of(report.SOPInstanceUID))]) {
    const bytes = await world.files.read(form.file);
    try {
      validateReport(bytes);
    } catch (thrown) {
      invalid ||= asFault(thrown).message;
    }
    await kept.keep(form, bytes);
  }
  return invalid;
}
