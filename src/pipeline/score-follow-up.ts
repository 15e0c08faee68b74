import { endingOrder, sameOrders } from '../catalogue/orders.ts';
import type { StudyRow } from '../catalogue/rows.ts';
import { sameConfiguration } from '../catalogue/same-configuration.ts';
import { asFault, type Fault } from '../fault.ts';
import { isTestPatient } from '../patients/test-patient.ts';
import type { Job, Statement } from '../ports.ts';
import { apply } from '../study/lifecycle.ts';
import { type FoundInputs, isSettledByReport, judgeCase, postpone, settle } from './assess.ts';
import { isAwaiting } from './await-files.ts';
import type { BesideRequest } from './companion-maker.ts';
import { obstaclesTo, outcomeOf } from './evaluate.ts';
import { historyOf } from './history.ts';
import { inputsDigest } from './judge.ts';
import { keepingPoint } from './keep-point.ts';
import { leave, makeReport } from './make-report.ts';
import { measureAndEvaluate } from './measure-case.ts';
import { type PatientStudies, patientStudies } from './patient-studies.ts';
import { saysNothing } from './says-nothing.ts';
import { scoreShadow } from './score-shadow.ts';
import { isWanted } from './wanted.ts';
import type { World } from './world.ts';

/** Tries of a case whose scoring meets the world's errors (a dead thread, a full disk) before it is given up. */
const MAX_ATTEMPTS = 5;

/**
 * Measures both time points, scores, and makes the report: one transaction holds the report, its deliveries and the
 * state of the case. Done twice it does no harm: until that transaction nothing has left the machine. What goes beside the report
 * is made when the report is on its way.
 */
export async function scoreFollowUp(
  world: World,
  { key: StudyInstanceUID }: Job,
  signal: AbortSignal,
): Promise<void> {
  const ready = await world.catalogue.study(StudyInstanceUID);
  const state = ready && apply(ready.state, 'scoringStarted');
  if (!ready || !state) return;
  if (!(await world.catalogue.move(ready, { state, reasons: [], attempts: ready.attempts }))) return;
  const row: StudyRow = { ...ready, state };
  const started = performance.now();
  // What is found out about objects that are no longer all, or under rules and a model that count no more, must not be kept: the
  // case stays, and is scored again.
  const sameRules = sameConfiguration(StudyInstanceUID, world.decisive);
  let guard: Statement | undefined;
  let beside: BesideRequest | undefined;
  try {
    const studies = await patientStudies(world, row.PatientID);
    guard = world.catalogue.nothingNewer(row, studies.asOf);
    const judgement = await judgeCase(world, row, studies);
    if (judgement?.event !== 'inputsFound') return await settle(world, row, judgement, studies);
    if (studies.isArriving) return await postpone(world, row);
    if (await isSettledByReport(world, row, judgement, studies)) return;
    beside = await scoreInputs(world, row, { judgement, studies, guard }, signal);
    world.meter.stage('score', (performance.now() - started) / 1000);
  } catch (thrown) {
    if (signal.aborted || isAwaiting(thrown)) throw thrown;
    await afterFault(world, row, asFault(thrown), guard ? [guard, ...sameRules] : sameRules);
  }
  if (!beside) return;
  // The next case does not wait for the pictures of this one.
  keepBeside(world, StudyInstanceUID, beside);
  await world.queue.put({ kind: 'beside', key: StudyInstanceUID });
}

/** The job may come to another process, which finds the request again; what nobody asks for here is not kept for ever. */
function keepBeside({ besideRequests }: World, StudyInstanceUID: string, beside: BesideRequest): void {
  besideRequests.set(StudyInstanceUID, beside);
  const [oldest] = besideRequests.keys();
  if (oldest !== undefined && besideRequests.size > MOST_BESIDE) besideRequests.delete(oldest);
}
const MOST_BESIDE = 16;

type Found = Readonly<{ judgement: FoundInputs; studies: PatientStudies; guard: Statement }>;

/** Measures, scores and reports a case whose inputs are found; the answer says what is to be made beside the report. */
async function scoreInputs(
  world: World,
  row: StudyRow,
  { judgement, studies, guard }: Found,
  signal: AbortSignal,
): Promise<BesideRequest | undefined> {
  const { inputs, decision } = judgement;
  const ordered = orderedOf(world, row, studies);
  const history = await historyOf(world, inputs, studies);
  const evaluation = await measureAndEvaluate(world, row, inputs, { studies, history }, signal);
  const obstacles = obstaclesTo(evaluation);
  const outcome = outcomeOf(evaluation, obstacles);
  const point = obstacles.length > 0 ? await keepingPoint(world, row, evaluation.point) : [];
  const kept = { orders: [...ordered.orders, ...point], isRescore: ordered.isRescore };
  // When what was measured is news, later reports are looked at again; a case that is still being scored has kept nothing.
  const tellLater = async (): Promise<void> => {
    if (point.length === 0 || (await world.catalogue.study(row.StudyInstanceUID))?.state === 'scoring')
      return;
    await world.queue.put({ kind: 'assess', key: row.StudyInstanceUID });
  };
  if (obstacles.length > 0 && !isTestPatient(row.PatientID) && !isWanted(world, outcome)) {
    await leave(world, row, 'doubt', obstacles, decision, [guard, ...kept.orders]);
    await tellLater();
    return undefined;
  }
  const found = {
    row,
    evaluation,
    shadow: await scoreShadow(world, { row, inputs, evaluation, studies }, signal),
    outcome,
    obstacles,
    inputs,
    inputsDigest: inputsDigest(inputs, studies.digestOf, history),
    history,
    decision,
    fileOf: (uid: string) => world.files.absolute(studies.fileOf(uid)),
    guard,
    ...kept,
  };
  const beside = await makeReport(world, found, signal);
  await tellLater();
  return beside;
}

/** A person who gave an order meanwhile, took one back, or changed rules or model, is obeyed: nothing of this score is kept. */
function orderedOf(
  { catalogue, decisive }: Pick<World, 'catalogue' | 'decisive'>,
  { StudyInstanceUID }: StudyRow,
  { known }: PatientStudies,
): Readonly<{ orders: readonly Statement[]; isRescore: boolean }> {
  const orders = known.get(StudyInstanceUID)?.orders;
  const done = orders?.rescore && [
    endingOrder(StudyInstanceUID, 'rescore'),
    catalogue.event(StudyInstanceUID, 'order.rescore.done', {}),
  ];
  const guards = [sameOrders(StudyInstanceUID, orders), ...sameConfiguration(StudyInstanceUID, decisive)];
  return { orders: [...guards, ...(done ?? [])], isRescore: done !== undefined };
}

/** The case fails, and says why and after how many tries. */
export async function giveUp(
  world: World,
  row: StudyRow,
  { code, message }: Fault,
  attempts: number,
  guards: readonly Statement[],
): Promise<void> {
  const reasons = [{ code, text: `${message} Tried ${attempts} times.` }];
  await leave(world, row, 'scoringGaveUp', reasons, undefined, guards);
}

/** The fault's own word decides: a person must look, or the world may do better next time, a few times. */
async function afterFault(
  world: World,
  row: StudyRow,
  fault: Fault,
  guards: readonly Statement[],
): Promise<void> {
  const { StudyInstanceUID } = row;
  world.log.warn('case.fault', {
    StudyInstanceUID,
    code: fault.code,
    detail: fault.detail,
    attempts: row.attempts + 1,
  });
  if (fault.disposition === 'hold') {
    await leave(world, row, 'doubt', [{ code: fault.code, text: fault.message }], undefined, guards);
    return;
  }
  const attempts = row.attempts + (saysNothing(fault) ? 0 : 1);
  if (fault.disposition === 'refuse' || attempts >= MAX_ATTEMPTS) {
    await giveUp(world, row, fault, attempts, guards);
    return;
  }
  await world.catalogue.move(row, {
    state: row.state,
    reasons: [{ code: fault.code, text: fault.message }],
    attempts,
  });
  throw fault;
}
