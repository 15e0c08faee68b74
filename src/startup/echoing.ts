/** The service looks by itself whether its nodes answer, so that one that does not is noticed before it is needed. */
import { every } from '../../adapters/schedule/every.ts';
import type { Clock, Log } from '../ports.ts';
import { type ConfiguredNode, whyNot } from './check-node.ts';
import { isSwitchedOff } from './destinations.ts';
import type { Duties } from './duties.ts';

const ECHO_EVERY_MINUTES = 5;

type Needs = Readonly<{
  nodes: () => readonly ConfiguredNode[];
  /** false in quiet hours, and over the rate of the node */
  mayAskNow: (name: string, now: Date) => Promise<boolean>;
  /** makes the check and records it */
  echo: (node: ConfiguredNode) => Promise<unknown>;
  clock: Clock;
  log: Log;
}>;

const ECHOED: readonly ConfiguredNode['roles'][number][] = ['source', 'archive', 'destination'];

/** A node that we have to do with now, and that can be asked. */
const isEchoed = (node: ConfiguredNode): boolean => {
  const roles = node.mode === 'off' ? node.roles.filter((role) => role !== 'destination') : node.roles;
  return (
    !isSwitchedOff(node) && roles.some((role) => ECHOED.includes(role)) && whyNot(node, 'echo') === undefined
  );
};

/** All of them at once; one that hangs keeps no other. */
export async function echoAll({ nodes, mayAskNow, echo, clock }: Needs): Promise<void> {
  const echoed = nodes().filter(isEchoed);
  await Promise.all(
    echoed.map(async (node) => {
      if (await mayAskNow(node.name, clock())) await echo(node);
    }),
  );
}

/** Every few minutes from its start. */
export function startEchoing(needs: Needs & Readonly<{ duties: Pick<Duties, 'only'> }>): AsyncDisposable {
  let minutes = 0;
  return every(
    { second: 45 },
    needs.duties.only(async () => {
      minutes += 1;
      if (minutes % ECHO_EVERY_MINUTES === 0) await echoAll(needs);
    }),
    (thrown) =>
      needs.log.error('nodes.notChecked', { code: (thrown as { code?: string }).code ?? 'INTERNAL' }),
  );
}
