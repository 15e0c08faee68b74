/** How much may go on at once under one name: a peer that hangs must not keep the others waiting. */
export type Slots = {
  /** A slot and the way to give it back, or undefined when all are taken. */
  take(name: string): (() => void) | undefined;
};

export function createSlots(each: number): Slots {
  const taken = new Map<string, number>();
  return {
    take: (name) => {
      const count = taken.get(name) ?? 0;
      if (count >= each) return undefined;
      taken.set(name, count + 1);
      return () => {
        taken.set(name, (taken.get(name) ?? 1) - 1);
      };
    },
  };
}
