/** What an association stored stands in the story of every study that it stored to. */
import type { World } from './world.ts';

/** An association that has ended, as the listener knows it. */
type ClosedAssociation = Readonly<{
  callingAeTitle: string;
  address: string;
  /** milliseconds of the clock */
  openedAt: number;
  /** objects that were answered with success, by study */
  stored: ReadonlyMap<string, number>;
}>;

export type AssociationStory = AsyncDisposable &
  Readonly<{
    /** `reason`: why it was given up; undefined: its peer released it, or has gone */
    closed: (association: ClosedAssociation, reason?: string) => void;
  }>;

type Told = {
  StudyInstanceUID: string;
  callingAeTitle: string;
  address: AddressKind;
  associations: number;
  objects: number;
  seconds: number;
  aborted: string[];
  /** monotonic milliseconds */
  firstAt: number;
  lastAt: number;
};

/** Senders that open an association an object are common: those of one study that follow each other are one line. */
const TOGETHER_MS = 5000;
/** Of a sender that never pauses. */
const MOST_MS = 60_000;
/** Of one line, however many were aborted. */
const MOST_REASONS = 5;

/** Tells, a little after they ended, which associations stored to a study; what is not told yet is told when it is disposed of. */
export function associationStory(
  { catalogue, clock, log }: Pick<World, 'catalogue' | 'clock' | 'log'>,
  togetherMs = TOGETHER_MS,
): AssociationStory {
  const waiting = new Map<string, Told>();
  let timer: NodeJS.Timeout | undefined;

  const tell = async (told: readonly Told[]): Promise<void> => {
    for (const { StudyInstanceUID, firstAt: _first, lastAt: _last, ...detail } of told) {
      // What an association stored may have been dropped, or its study retired: then there is no story.
      if (!(await catalogue.study(StudyInstanceUID))) continue;
      await catalogue.sql.batch([catalogue.event(StudyInstanceUID, 'association.closed', detail)]);
    }
  };
  const take = (isDue: (told: Told) => boolean): readonly Told[] => {
    const due = [...waiting].filter(([, told]) => isDue(told));
    for (const [key] of due) waiting.delete(key);
    return due.map(([, told]) => told);
  };
  const look = async (): Promise<void> => {
    timer = undefined;
    const now = performance.now();
    const isDue = ({ firstAt, lastAt }: Told) => now - lastAt >= togetherMs || now - firstAt >= MOST_MS;
    await tell(take(isDue)).catch(() => log.warn('association.untold'));
    if (waiting.size > 0) wake();
  };
  const wake = (): void => {
    timer ??= setTimeout(() => void look(), togetherMs).unref();
  };

  return {
    closed: (association, reason) => {
      const seconds = Math.max(0, Math.round((clock().getTime() - association.openedAt) / 1000));
      for (const [study, objects] of association.stored)
        note(waiting, study, { objects, seconds }, association, reason);
      if (waiting.size > 0) wake();
    },
    [Symbol.asyncDispose]: async () => {
      clearTimeout(timer);
      await tell(take(() => true));
    },
  };
}

function note(
  waiting: Map<string, Told>,
  StudyInstanceUID: string,
  { objects, seconds }: Pick<Told, 'objects' | 'seconds'>,
  { callingAeTitle, address }: ClosedAssociation,
  reason: string | undefined,
): void {
  const now = performance.now();
  const key = `${StudyInstanceUID} ${callingAeTitle} ${address}`;
  const told = waiting.get(key) ?? {
    StudyInstanceUID,
    callingAeTitle,
    address: addressKind(address),
    associations: 0,
    objects: 0,
    seconds: 0,
    aborted: [],
    firstAt: now,
    lastAt: now,
  };
  told.associations += 1;
  told.objects += objects;
  told.seconds += seconds;
  if (reason && told.aborted.length < MOST_REASONS) told.aborted.push(reason);
  told.lastAt = now;
  waiting.set(key, told);
}

type AddressKind = 'loopback' | 'private' | 'public';

/** Where a peer sits, without saying where. */
function addressKind(address: string): AddressKind {
  const plain = address.replace(/^::ffff:/i, '');
  if (/^127\.|^::1$/.test(plain)) return 'loopback';
  if (/^10\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^169\.254\./.test(plain)) return 'private';
  return /^f[cd]|^fe[89ab]/i.test(plain) ? 'private' : 'public';
}
