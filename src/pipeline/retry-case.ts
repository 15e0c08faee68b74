/** A person does not want to wait for the next try of a case. */
import { lookingAgainAtCase } from '../catalogue/look-again.ts';
import type { Statement } from '../ports.ts';
import { factsOf, type RetryStep, refuseUnlessPossible, retrySteps } from './case-actions.ts';
import { retryDeadLetters } from './dead-letters.ts';
import { putDue } from './deliver.ts';
import { checkedWords, type OrderedBy, type OrderNeeds } from './orders.ts';
import type { World } from './world.ts';

type Needs = OrderNeeds & Pick<World, 'destinations' | 'pace'>;

/**
 * Tries again at once what failed, or what a waiting case waits for. Returns which steps that are. A look at the case reads masks
 * that could not be read once more, of all studies of the patient; no other case moves. Faults: INPUT_NOT_FOUND, INPUT_INVALID, ACTION_NOT_POSSIBLE.
 */
export async function retryCase(world: Needs, uid: string, by: OrderedBy): Promise<readonly RetryStep[]> {
  const said = checkedWords(by);
  const facts = await factsOf(world, uid);
  refuseUnlessPossible('retry', facts);
  const { catalogue, queue, clock, destinations } = world;
  const { state } = facts.row;
  const steps = retrySteps(facts);
  const now = clock();
  const told = catalogue.event(uid, 'order.retry', { ...said, state, steps });
  if (steps.includes('deliver')) {
    await catalogue.sql.batch([told, deliveringNow(uid, now)]);
    await retryDeadLetters(world, { uid, author: said.author });
    for (const destination of destinations.keys()) await putDue(world, destination);
    return steps;
  }
  const again = steps.includes('request') ? [requestingNow(uid, now)] : [];
  await catalogue.sql.batch([told, ...again, ...lookingAgainAtCase(facts.row, now)]);
  if (steps.includes('fetch')) await queue.put({ kind: 'fetch', key: uid });
  await queue.put({ kind: 'assess', key: uid });
  return steps;
}

const deliveringNow = (StudyInstanceUID: string, now: Date): Statement => ({
  text: `UPDATE "delivery" SET "nextAttemptAt" = $2
    WHERE "StudyInstanceUID" = $1 AND "state" = 'waiting' AND "nextAttemptAt" > $2`,
  values: [StudyInstanceUID, now.getTime()],
});

/** What no annotator has yet; one that has the objects is not asked twice. */
const requestingNow = (StudyInstanceUID: string, now: Date): Statement => ({
  text: `UPDATE "maskRequest" SET "nextAttemptAt" = $2, "attempts" = 0
    WHERE "StudyInstanceUID" = $1 AND "state" = 'waiting'`,
  values: [StudyInstanceUID, now.getTime()],
});
