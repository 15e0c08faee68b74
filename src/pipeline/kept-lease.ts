import type { Lease, Leases } from '../ports.ts';

const AGAIN_MS = 1000;

export type KeptLease = AsyncDisposable & Pick<Lease, 'tell'>;

/**
 * A lease that is taken again whenever it was lost, as when the database was away, until it is disposed of. Of names that no other process
 * takes.
 */
export async function keepLease(leases: Pick<Leases, 'take'>, name: string, detail = ''): Promise<KeptLease> {
  let said = detail;
  let lease = await leases.take(name, said);
  if (!lease) throw new Error(`taken twice: ${name.split('/')[0]}`);
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  let taking: Promise<void> = Promise.resolve();
  const takeAgain = async (): Promise<void> => {
    if (isOver) return;
    lease = await leases.take(name, said).catch(() => undefined);
    if (lease) watch(lease);
    else timer = setTimeout(again, AGAIN_MS);
  };
  const again = (): void => {
    taking = taking.then(takeAgain);
  };
  const watch = ({ lost }: Lease): void => lost.addEventListener('abort', again, { once: true });
  watch(lease);
  return {
    tell: async (news) => {
      said = news;
      await lease?.tell(news);
    },
    [Symbol.asyncDispose]: async () => {
      isOver = true;
      clearTimeout(timer);
      await taking;
      await lease?.[Symbol.asyncDispose]();
    },
  };
}
