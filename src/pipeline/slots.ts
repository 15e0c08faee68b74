import type { Lease, Leases } from '../ports.ts';

/** How much may go on at once under one name, in all processes together: a peer that hangs must not keep the others waiting. */
export type Slots = {
  /** Given back when it is disposed of; undefined when all are taken. */
  take(name: string): Promise<Lease | undefined>;
};

export const createSlots = (leases: Leases, each: number): Slots => ({
  take: async (name) => {
    for (let number = 1; number <= each; number += 1) {
      const slot = await leases.take(`slot/${name}/${number}`);
      if (slot) return slot;
    }
    return undefined;
  },
});
