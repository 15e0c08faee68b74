/** Who waits for an object that it has asked for hears when it is here. */
export type Arrivals = Readonly<{
  /** Of every object that was received, after it is durable. */
  note(SOPInstanceUID: string): void;
  /** Counts from now: called before the object is asked for. `come` never resolves when it does not. */
  expect(SOPInstanceUID: string): Disposable & Readonly<{ come: Promise<void> }>;
}>;

export function createArrivals(): Arrivals {
  const waiting = new Map<symbol, Readonly<{ uid: string; come: () => void }>>();
  return {
    note: (SOPInstanceUID) => {
      for (const { uid, come } of waiting.values()) if (uid === SOPInstanceUID) come();
    },
    expect: (uid) => {
      const key = Symbol(uid);
      const { promise, resolve } = withResolvers();
      waiting.set(key, { uid, come: resolve });
      return {
        come: promise,
        [Symbol.dispose]: () => {
          waiting.delete(key);
        },
      };
    },
  };
}

function withResolvers(): Readonly<{ promise: Promise<void>; resolve: () => void }> {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** False when the time is over or it was called off. */
export function comesWithin(withinMs: number, event: Promise<void>, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (isCome: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      resolve(isCome);
    };
    const giveUp = (): void => end(false);
    const timer = setTimeout(giveUp, withinMs);
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    void event.then(() => end(true));
  });
}
