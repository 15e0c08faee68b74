/** Deliveries that were given up: what they are, and sending them once more. */
import type { DeadLetter } from '../catalogue/rows.ts';
import { tell } from './delivery-outcome.ts';
import { mayHaveSince } from './holders.ts';
import type { World } from './world.ts';

type Needs = Pick<World, 'catalogue' | 'reports' | 'clock'>;

/**
 * Has deliveries that were given up tried again, as if they were new: all of them, or those of one report (with what goes
 * beside it), object or study. A report that has a successor, or was withdrawn, stays where it is. Returns what will be tried.
 */
export async function retryDeadLetters(
  { catalogue, reports, clock }: Needs,
  wanted: Readonly<{ uid?: string | undefined; author: string }>,
): Promise<DeadLetter[]> {
  const tried: DeadLetter[] = [];
  for (const letter of await reports.deadLetters()) {
    const { SOPInstanceUID, StudyInstanceUID, companionOf, destination } = letter;
    const names = [SOPInstanceUID, StudyInstanceUID, companionOf];
    if (wanted.uid !== undefined && !names.includes(wanted.uid)) continue;
    if (letter.isOutdated) continue;
    const begunAt = mayHaveSince(letter, clock());
    const fresh = { attempts: 0, refusals: 0, nextAttemptAt: clock() };
    const again = { ...letter, ...fresh, state: 'waiting', begunAt } as const;
    const { author } = wanted;
    await reports.setDelivery(again, [
      catalogue.event(StudyInstanceUID, 'delivery.retried', { SOPInstanceUID, destination, author }),
      tell({ catalogue }, again),
    ]);
    tried.push(letter);
  }
  return tried;
}
