type Event = Readonly<{ at: number; order: number; run: () => void }>;

/** Time and what happens in it. Events of one moment run in the order in which they were planned, so that a run repeats itself. */
export function createTimeline() {
  const heap: Event[] = [];
  let now = 0;
  let planned = 0;
  const isBefore = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

  const push = (event: Event): void => {
    let place = heap.push(event) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above] as Event;
      if (!isBefore(event, parent)) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = event;
  };

  const pop = (): Event | undefined => {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child += 1;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[place] = heap[child] as Event;
      place = child;
    }
    heap[place] = last;
    return first;
  };

  return {
    /** seconds */
    now: () => now,
    at: (time: number, run: () => void): void => {
      push({ at: Math.max(now, time), order: planned++, run });
    },
    after: (seconds: number, run: () => void): void => {
      push({ at: now + seconds, order: planned++, run });
    },
    /** Until nothing is planned any more. */
    run: (): void => {
      for (let event = pop(); event; event = pop()) {
        now = event.at;
        event.run();
      }
    },
  };
}

export type Timeline = ReturnType<typeof createTimeline>;
