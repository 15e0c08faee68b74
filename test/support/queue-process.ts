/** A process that takes jobs of kind assess and never ends one: to be killed. Says `took KEY` of each. */
import { openQueueAt } from '../../src/startup/open-database.ts';

const [url = '', leaseSeconds = ''] = process.argv.slice(2);
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const queue = await openQueueAt(url, { log, leaseSeconds: Number(leaseSeconds) });
await queue.work('assess', async ({ key }) => {
  process.stdout.write(`took ${key}\n`);
  await new Promise(() => undefined);
});
