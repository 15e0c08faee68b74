import { Fault } from '../../src/fault.ts';

/** The code of the fault that `run` throws, the text of what else it throws; undefined when it throws nothing. */
export const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
  } catch (thrown) {
    return thrown instanceof Fault ? thrown.code : String(thrown);
  }
  return undefined;
};
