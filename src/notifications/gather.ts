import type { Alerts } from '../catalogue/alerts.ts';
import type { DeadLetter } from '../catalogue/rows.ts';
import type { Log } from '../ports.ts';
import type { DriftVerdict, Facts, FailingDelivery, NodeFailures } from './facts.ts';

export type FactSources = Readonly<{
  alerts: Pick<Alerts, 'heldCases' | 'waitingAfterFailure'>;
  deadLetters(): Promise<readonly DeadLetter[]>;
  /** a destination to which nothing goes out now: a person said so, and needs no message */
  isAway(destination: string): boolean;
  freeBytes(): Promise<number>;
  /** days until nothing is accepted any more; null: no certain trend */
  fullInDays(): Promise<number | null>;
  nodeFailures(): Promise<readonly NodeFailures[]>;
  /** null: no drift */
  drift(): Promise<DriftVerdict | null>;
}>;

/** Everything that matters are found from; what cannot be found out is undefined, and logged. */
export async function gatherFacts(sources: FactSources, now: Date, log: Log): Promise<Facts> {
  const known = async <T>(what: string, ask: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await ask();
    } catch (thrown) {
      log.warn('notification.unknown', { what, code: (thrown as { code?: string }).code ?? 'INTERNAL' });
      return undefined;
    }
  };
  return {
    now,
    held: await known('held', () => sources.alerts.heldCases()),
    deliveries: await known('deliveries', () => failingDeliveries(sources)),
    disk: await known('disk', async () => ({
      freeBytes: await sources.freeBytes(),
      fullInDays: await sources.fullInDays(),
    })),
    nodes: await known('nodes', () => sources.nodeFailures()),
    drift: await known('drift', async () => ({ verdict: await sources.drift() })),
  };
}

async function failingDeliveries({ alerts, deadLetters, isAway }: FactSources): Promise<FailingDelivery[]> {
  const waiting = await alerts.waitingAfterFailure();
  const givenUp = (await deadLetters()).filter(({ isOutdated }) => !isOutdated);
  return [
    ...waiting.filter(({ destination }) => !isAway(destination)),
    ...givenUp.map(({ StudyInstanceUID, destination, attempts, fault, since }) => ({
      StudyInstanceUID,
      destination,
      attempts,
      hasGivenUp: true,
      since,
      fault,
    })),
  ];
}
