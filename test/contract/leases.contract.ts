import { expect, test } from 'vitest';
import type { Leases } from '../../src/ports.ts';

/** What every Leases keeps. `make`: with nothing held. */
export function leasesContract(make: () => Promise<Leases>): void {
  test('a name is held once, until it is freed', async () => {
    await using leases = await make();
    const lease = await leases.take('slot/pacs/1');
    expect(lease).toBeDefined();
    expect(await leases.take('slot/pacs/1')).toBeUndefined();
    expect(await leases.take('slot/pacs/2')).toBeDefined();
    await lease?.[Symbol.asyncDispose]();
    expect(await leases.take('slot/pacs/1')).toBeDefined();
  });

  test('freeing twice does not free what was taken since', async () => {
    await using leases = await make();
    const first = await leases.take('a');
    await first?.[Symbol.asyncDispose]();
    await leases.take('a');
    await first?.[Symbol.asyncDispose]();
    expect(await leases.take('a')).toBeUndefined();
  });

  test('what is held tells by its beginning what it is, with what was said of it', async () => {
    await using leases = await make();
    const one = await leases.take('fetching/1.2/x', 'one');
    await leases.take('fetching/1.20/x');
    await leases.take('storing/1.2/x');
    await one?.tell('two');
    expect(await leases.held('fetching/1.2/')).toEqual([{ name: 'fetching/1.2/x', detail: 'two' }]);
    expect((await leases.held('fetching/')).map(({ name }) => name).sort()).toEqual([
      'fetching/1.2/x',
      'fetching/1.20/x',
    ]);
    expect(await leases.held('nothing/')).toEqual([]);
  });

  test('a name may hold any character', async () => {
    await using leases = await make();
    const name = `slot/100%_of 'PACS"\\/1`;
    await leases.take(name);
    expect(await leases.held('slot/100%_')).toEqual([{ name, detail: '' }]);
    expect(await leases.held('slot/1__%')).toEqual([]);
  });
}
