import { Fault } from '../fault.ts';

/**
 * Ends the process with status 1 after so long, whatever it still waits for: a database that is gone, a thread that hangs. Nothing is
 * lost by that, as by no crash. Answers what takes that back.
 */
export function endsWithin(seconds: number): () => void {
  const end = (): void => {
    console.error(`earshot: ${new Fault('STOP_UNFINISHED', `${seconds} s`).message}`);
    process.exit(1);
  };
  const timer = setTimeout(end, seconds * 1000).unref();
  return () => clearTimeout(timer);
}
