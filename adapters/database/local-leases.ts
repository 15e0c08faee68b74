import { randomUUID } from 'node:crypto';
import type { Leases } from '../../src/ports.ts';

/** Leases of the one process that a database belongs to: in memory, and never lost. */
export function localLeases(): Leases {
  const held = new Map<string, { detail: string }>();
  return {
    holder: randomUUID(),
    take: async (name, detail = '') => {
      if (held.has(name)) return undefined;
      const mine = { detail };
      held.set(name, mine);
      return {
        lost: new AbortController().signal,
        tell: async (said) => {
          mine.detail = said;
        },
        [Symbol.asyncDispose]: async () => {
          if (held.get(name) === mine) held.delete(name);
        },
      };
    },
    held: async (prefix) => {
      const found = [...held].filter(([name]) => name.startsWith(prefix));
      return found.map(([name, { detail }]) => ({ name, detail }));
    },
    [Symbol.asyncDispose]: async () => held.clear(),
  };
}
