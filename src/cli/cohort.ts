import { Fault } from '../fault.ts';
import { cohortRepeatability } from './cohort-repeatability.ts';
import { cohortRun } from './cohort-run.ts';
import { cohortSplit } from './cohort-split.ts';
import type { Command } from './command.ts';

const COMMANDS: Readonly<Record<string, Command>> = {
  run: cohortRun,
  split: cohortSplit,
  repeatability: cohortRepeatability,
};

/** `earshot cohort`: from the studies of a retrospective cohort to the tables that models are made of. */
export const cohort: Command = {
  usage: Object.values(COMMANDS)
    .map(({ usage }) => usage)
    .join('\n\n'),
  run: async ([name = '', ...args]) => {
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (!command) throw new Fault('USAGE', `earshot cohort ${Object.keys(COMMANDS).join(' | ')}`);
    return command.run(args);
  },
};
