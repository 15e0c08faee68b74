import type { Timeline } from './events.ts';

type Task = Readonly<{ since: number; seconds: number; done: (waited: number) => void }>;

export type Station = Readonly<{
  /** `seconds` of one server; `rank` 0 goes first, within a rank the first come. `done` is told how long it waited. */
  serve(seconds: number, done: (waited: number) => void, rank?: number): void;
  /** from now on; who is at work finishes */
  setServers(count: number): void;
  waiting(): number;
  /** seconds since which the first of those who wait have waited; 0: nobody waits */
  oldest(): number;
  /** sum over all servers of the seconds in which they worked or will have worked */
  busySeconds(): number;
  /** integral over time of how many were there, waiting or served */
  presentSeconds(): number;
}>;

/** Servers that take one task each, and queues by rank before them; nobody is interrupted. */
export function createStation(time: Timeline, servers: number, ranks = 1): Station {
  const queues = Array.from({ length: ranks }, () => ({ tasks: [] as Task[], head: 0 }));
  let free = servers;
  let all = servers;
  let present = 0;
  let presentSeconds = 0;
  let busySeconds = 0;
  let last = 0;

  const count = (change: number): void => {
    presentSeconds += present * (time.now() - last);
    last = time.now();
    present += change;
  };
  const next = (): Task | undefined => {
    for (const queue of queues) {
      const task = queue.tasks[queue.head];
      if (!task) continue;
      queue.head += 1;
      if (queue.head > 1000 && 2 * queue.head > queue.tasks.length) {
        queue.tasks.splice(0, queue.head);
        queue.head = 0;
      }
      return task;
    }
    return undefined;
  };
  const start = (): void => {
    while (free > 0) {
      const task = next();
      if (!task) return;
      free -= 1;
      busySeconds += task.seconds;
      const waited = time.now() - task.since;
      time.after(task.seconds, () => {
        free += 1;
        count(-1);
        task.done(waited);
        start();
      });
    }
  };
  return {
    serve: (seconds, done, rank = 0) => {
      count(1);
      queues[rank]?.tasks.push({ since: time.now(), seconds, done });
      start();
    },
    setServers: (wanted) => {
      free += wanted - all;
      all = wanted;
      start();
    },
    waiting: () => queues.reduce((total, { tasks, head }) => total + tasks.length - head, 0),
    oldest: () =>
      Math.max(0, ...queues.map(({ tasks, head }) => time.now() - (tasks[head]?.since ?? time.now()))),
    busySeconds: () => busySeconds,
    presentSeconds: () => presentSeconds + present * (time.now() - last),
  };
}
