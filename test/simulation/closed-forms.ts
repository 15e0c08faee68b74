/** Queues whose waiting time is known exactly (Kleinrock, Queueing Systems, volume 1, chapters 3 and 5). Rates per second. */

/** Erlang's C formula: the chance to wait at `servers` with an offered load of `erlangs`, arrivals and services random. */
export function chanceToWait(servers: number, erlangs: number): number {
  // Erlang's B by its recursion, which does not overflow.
  let blocked = 1;
  for (let n = 1; n <= servers; n++) blocked = (erlangs * blocked) / (n + erlangs * blocked);
  const busy = erlangs / servers;
  return blocked / (1 - busy + busy * blocked);
}

/** Mean wait, in seconds, of M/M/c. */
export const waitOfMMc = (servers: number, arrivals: number, services: number): number =>
  chanceToWait(servers, arrivals / services) / (servers * services - arrivals);

/** The share that waits longer than `seconds`, of M/M/c. */
export const longerThanOfMMc = (
  servers: number,
  arrivals: number,
  services: number,
  seconds: number,
): number =>
  chanceToWait(servers, arrivals / services) * Math.exp(-(servers * services - arrivals) * seconds);

/** Mean wait of M/G/1, by Pollaczek and Khinchine; `variation`: SD of the service over its mean (0: M/D/1). */
export const waitOfMG1 = (arrivals: number, serviceSeconds: number, variation: number): number => {
  const busy = arrivals * serviceSeconds;
  return (busy * serviceSeconds * (1 + variation ** 2)) / (2 * (1 - busy));
};
