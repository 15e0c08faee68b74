/** A process that takes jobs of kind assess and never ends one: to be killed. Says `took KEY` of each. */
import { openPgBossQueue } from '../../adapters/queue/pg-boss.ts';

const [url = '', leaseSeconds = ''] = process.argv.slice(2);
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const queue = await openPgBossQueue({ url, log, leaseSeconds: Number(leaseSeconds) });
await queue.work('assess', async ({ key }) => {
  process.stdout.write(`took ${key}\n`);
  await new Promise(() => undefined);
});
