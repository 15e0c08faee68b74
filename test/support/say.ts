/** A line on the terminal of who runs the tests: what was skipped and why, what was counted. */
export const say = (line: string): void => void process.stdout.write(`${line}\n`);
